"""Precision, recall and F1 of whole entities, as the CoNLL shared tasks count them (Tjong Kim Sang and De Meulder 2003, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.datasets.conll import spans


@dataclass(frozen=True)
class EntityScores:
    """In percent. An entity is correct if its first token, its last token and its type are."""

    precision: float
    recall: float
    f1: float


def entity_scores(wanted: Sequence[Sequence[str]], given: Sequence[Sequence[str]]) -> EntityScores:
    """Scores over all sentences together, from labels in IOB1, IOB2 or IOBES. Without any entity they are 0."""
    correct = predicted = actual = 0
    for truth, labels in zip(wanted, given, strict=True):
        found, entities = set(spans(labels)), set(spans(truth))
        correct += len(found & entities)
        predicted += len(found)
        actual += len(entities)
    return EntityScores(100 * correct / max(predicted, 1), 100 * correct / max(actual, 1), 200 * correct / max(predicted + actual, 1))
