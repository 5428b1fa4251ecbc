"""CIDEr-D, fast enough to serve as the reward of every training step.

Vedantam, Zitnick and Parikh 2015, "CIDEr: Consensus-based Image Description Evaluation", section 3 and (for the D variant:
clipped counts, a Gaussian penalty on length, a factor of ten) section 7.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ORDERS = 4  # n-grams of one to four words
SIGMA = 6.0  # words; standard deviation of the penalty on differences in length
Tokens = Sequence[int]
NGram = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Vector:
    """A caption as tf-idf weights of its n-grams, their norm for each order, and its length in words."""

    weights: dict[NGram, float]
    norms: tuple[float, ...]
    length: int


def count_ngrams(tokens: Tokens) -> Counter[NGram]:
    """How often each n-gram of one to four tokens occurs."""
    tokens = tuple(tokens)
    return Counter(tokens[i : i + n] for n in range(1, ORDERS + 1) for i in range(len(tokens) - n + 1))


class CiderD:
    """Scores captions of known photos.

    Args:
        references: for each photo its reference captions as token ids. An end token counts as a token. Document frequencies are
            counted over these photos.
    """

    def __init__(self, references: Sequence[Sequence[Tokens]]):
        counted = [[count_ngrams(tokens) for tokens in captions] for captions in references]
        documents = Counter(ngram for captions in counted for ngram in set().union(*captions))
        self._log_photos = math.log(max(len(references), 1))
        self._idf = {ngram: self._log_photos - math.log(count) for ngram, count in documents.items()}
        self._references = [
            [self._vector(counts, len(tokens)) for counts, tokens in zip(captions, texts, strict=True)]
            for captions, texts in zip(counted, references, strict=True)
        ]

    def _vector(self, counts: Counter[NGram], length: int) -> _Vector:
        weights, squares = {}, [0.0] * ORDERS
        for ngram, count in counts.items():
            # An n-gram that no reference has is weighted as if one photo had it.
            weight = count * self._idf.get(ngram, self._log_photos)
            weights[ngram] = weight
            squares[len(ngram) - 1] += weight * weight
        return _Vector(weights, tuple(math.sqrt(square) for square in squares), length)

    def score(self, photos: Sequence[int], captions: Sequence[Tokens]) -> np.ndarray:
        """Scores float32 `[captions]`; `photos` has the index of each caption's photo. A perfect match is 10."""
        return np.array([self._score(photo, tokens) for photo, tokens in zip(photos, captions, strict=True)], np.float32)

    def _score(self, photo: int, tokens: Tokens) -> float:
        candidate = self._vector(count_ngrams(tokens), len(tokens))
        total = 0.0
        for reference in self._references[photo]:
            products = [0.0] * ORDERS
            for ngram, weight in candidate.weights.items():
                other = reference.weights.get(ngram)
                if other is not None:
                    products[len(ngram) - 1] += min(weight, other) * other
            cosine = sum(p / (a * b) for p, a, b in zip(products, candidate.norms, reference.norms, strict=True) if a * b > 0)
            total += cosine * math.exp(-((candidate.length - reference.length) ** 2) / (2 * SIGMA**2))
        return 10.0 * total / ORDERS / max(len(self._references[photo]), 1)
