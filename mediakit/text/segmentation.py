"""Subword regularisation: words are segmented at random, so that a model sees many segmentations of the same text (Kudo 2018)."""

from collections.abc import Sequence

import numpy as np

from mediakit.text.subwords import Subwords


class SegmentedText:
    """Sentences whose words are segmented anew for each epoch.

    Each word's `count` best segmentations are kept and sampled with probability proportional to their own probability to the
    power `alpha`; None always takes the best. Words are segmented independently, so this samples from whole sentences'
    segmentations.

    Args:
        subwords: the subword model.
        sentences: the text.
        count: segmentations kept per word.
        alpha: smoothing exponent; 0 samples uniformly.
    """

    def __init__(self, subwords: Subwords, sentences: Sequence[str], count: int, alpha: float | None):
        numbers: dict[str, int] = {}
        split = [subwords.words(sentence) for sentence in sentences]
        self._words = np.array([numbers.setdefault(word, len(numbers)) for words in split for word in words], np.int64)
        self._sentence = np.repeat(np.arange(len(split)), [len(words) for words in split])
        self._count = len(split)
        choices = [subwords.segmentations(word, 1 if alpha is None else count) for word in numbers]
        scores = np.full((len(choices), max(map(len, choices))), -np.inf)
        for row, segmentations in zip(scores, choices, strict=True):
            row[: len(segmentations)] = [(alpha or 0.0) * score for _, score in segmentations]
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        self._cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)[:, :-1]
        self._first = np.cumsum([0, *map(len, choices)])[:-1]  # index of each word's first segmentation
        self._lengths = np.array([len(ids) for segmentations in choices for ids, _ in segmentations])
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._ids = np.array([i for segmentations in choices for ids, _ in segmentations for i in ids], np.int32)

    def draw(self, rng: np.random.Generator) -> list[np.ndarray]:
        """A random segmentation: each sentence's subword ids, int32."""
        chosen = (rng.random((len(self._words), 1)) > self._cumulative[self._words]).sum(axis=1) + self._first[self._words]
        lengths = self._lengths[chosen]
        ends = np.cumsum(lengths)
        # Subword k of a word is at the start of its segmentation plus k.
        ids = self._ids[np.repeat(self._starts[chosen] - (ends - lengths), lengths) + np.arange(ends[-1])]
        return np.split(ids, np.cumsum(np.bincount(self._sentence, lengths, self._count).astype(int))[:-1])
