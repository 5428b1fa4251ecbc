"""Precision, recall and F1 of whole entities, as the CoNLL shared tasks count them (Tjong Kim Sang and De Meulder 2003, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.datasets.conll import spans


@dataclass(frozen=True)
class EntityScores:
    """In percent. An entity is right when its first token, its last and its type are."""

    precision: float
    recall: float
    f1: float


def entity_scores(wanted: Sequence[Sequence[str]], given: Sequence[Sequence[str]]) -> EntityScores:
    """Scores over all sentences together, from labels in IOB1, IOB2 or IOBES; nothing found and nothing wanted is 0."""
    right = said = there = 0
    for gold, guess in zip(wanted, given, strict=True):
        ours, theirs = set(spans(guess)), set(spans(gold))
        right += len(ours & theirs)
        said += len(ours)
        there += len(theirs)
    return EntityScores(100 * right / max(said, 1), 100 * right / max(there, 1), 200 * right / max(said + there, 1))
