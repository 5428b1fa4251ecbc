"""Sentences whose names are replaced by others of the same type, so that a tagger learns what surrounds a name.

Dai and Adel 2020 ("An Analysis of Simple Data Augmentation for Named Entity Recognition", section 3) call it mention replacement.
"""

from collections.abc import Sequence

import numpy as np

from mediakit.datasets import world_names
from mediakit.datasets.conll import TaggedSentence, spans
from mediakit.text.tokens import tokenize

KINDS = {"PER": "person", "person": "person", "LOC": "place", "location": "place", "ORG": "organisation", "corporation": "organisation"}
DEGREES = 0.06  # share of the new persons' full names that are followed by an academic degree


def swap_names(sentences: Sequence[TaggedSentence], share: float, rng: np.random.Generator) -> list[TaggedSentence]:
    """The sentences, with a share of their persons, places and organisations replaced. Labels are in IOB2."""
    return [_swapped(sentence, share, rng) for sentence in sentences]


def _swapped(sentence: TaggedSentence, share: float, rng: np.random.Generator) -> TaggedSentence:
    tokens, labels, done = [], [], 0
    for span in spans(sentence.labels):
        kind = KINDS.get(span.type)
        if kind is None or rng.random() >= share:
            continue
        name = _like(sentence.tokens[span.start : span.end], kind, rng)
        tokens += [*sentence.tokens[done : span.start], *name]
        labels += [*sentence.labels[done : span.start], f"B-{span.type}", *[f"I-{span.type}"] * (len(name) - 1)]
        if kind == "person" and len(name) > 1 and rng.random() < DEGREES:
            degree = [",", *_words(world_names.draw("degree", rng))]
            tokens += degree
            labels += ["O"] * len(degree)
        done = span.end
    return TaggedSentence((*tokens, *sentence.tokens[done:]), (*labels, *sentence.labels[done:]))


def _like(old: Sequence[str], kind: str, rng: np.random.Generator) -> list[str]:
    """The tokens of a random name in the case of another; a person's surname alone for a single word."""
    name = world_names.draw("surname" if kind == "person" and len(old) == 1 else kind, rng)
    text = " ".join(old)
    if text.isupper() and len(text) > 4:  # a headline or dateline, not an acronym
        name = name.upper()
    elif text.islower():
        name = name.lower()
    return _words(name)


def _words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]
