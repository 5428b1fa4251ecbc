"""Data for a tagger of names: the splits of a set, word vectors, and sentences with names of the world."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mediakit.datasets import conll, invented_news, word_vectors, world_names
from mediakit.datasets.conll import TaggedSentence
from mediakit.datasets.origin import Origin
from mediakit.text.word_features import all_forms
from mediakit.training.name_swaps import swap_names
from mediakit.training.recipe import require

SWAPS, SWAPPED = 3, 0.5  # versions of a sentence with other names, and the share of its names that is replaced


def read_splits(folder: Path, dataset: str | None, batch: int) -> tuple[list[TaggedSentence], list[TaggedSentence]]:
    """The training and dev sentences of a set. Raises DataError when they do not fit together, or are fewer than one batch."""
    train, validation = (conll.read(folder, split, dataset) for split in ("train", "dev"))
    types = types_of(train)
    require(bool(types), f"{folder}: no entity in the training sentences: is the label the last column?")
    new = ", ".join(sorted(types_of(validation) - types))
    require(not new, f"{folder}: the dev sentences have entities that are not in training: {new}")
    require(len(train) >= batch, f"{folder}: {len(train)} training sentences, fewer than one batch of {batch}")
    return train, validation


def types_of(sentences: Sequence[TaggedSentence]) -> set[str]:
    """The types of the sentences' entities."""
    return {span.type for sentence in sentences for span in conll.spans(sentence.labels)}


def in_iobes(sentences: Sequence[TaggedSentence]) -> list[TaggedSentence]:
    """The sentences with labels in IOBES."""
    return [replace(sentence, labels=conll.iobes(sentence.labels)) for sentence in sentences]


def read_vectors(name: str | None, folder: Path, frequent: int, words: Collection[str]) -> dict[str, np.ndarray]:
    """The vectors of the most frequent words and of these; none without a file. Raises DataError when it is missing or malformed."""
    if not name:
        return {}
    return dict(zip(*word_vectors.read(word_vectors.find(name, folder), frequent, all_forms(words)), strict=True))


def with_world_names(
    sentences: list[TaggedSentence], folder: Path, swap: bool, invented: int, seed: int
) -> tuple[list[TaggedSentence], list[TaggedSentence], tuple[Origin, ...]]:
    """The sentences and `invented` ones of news; if wanted, versions of all with other names; and where names and news come from.

    Raises DataError when invented news has types of entities that the sentences do not have.
    """
    rng = np.random.default_rng(seed)
    if invented:
        other = ", ".join(sorted(set(invented_news.TYPES.values()) - types_of(sentences)))
        require(not other, f"{folder}: has no entities of the types {other}: set invented=0")
        sentences = [*sentences, *invented_news.write(invented, rng)]
    swapped = [each for _ in range(SWAPS if swap else 0) for each in swap_names(sentences, SWAPPED, rng)]
    named = ((world_names.ORIGIN, swap or invented), (invented_news.ORIGIN, invented))
    return sentences, swapped, tuple(origin for origin, used in named if used)
