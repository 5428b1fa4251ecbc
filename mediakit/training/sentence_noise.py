"""Tagged sentences as a tagger sees them in training: with other names, in another case, without some of their words."""

from dataclasses import dataclass

import numpy as np

from mediakit.text.word_features import UNKNOWN
from mediakit.training.recipe import Batch
from mediakit.training.tagged_sentences import EncodedSentences


@dataclass(frozen=True)
class Noise:
    """How sentences are changed at random.

    Args:
        recased: share of the sentences that change case, in each way alike.
        swapped: share of the sentences that are taken in a version with other names.
        word_dropout: a word seen n times is hidden with probability this / (this + n).
        tuning_dropout: likewise, a word loses its own embedding but keeps its vector.
    """

    recased: float = 0.0
    swapped: float = 0.0
    word_dropout: float = 0.0
    tuning_dropout: float = 0.0

    def batch(self, sentences: EncodedSentences, rows: np.ndarray, rng: np.random.Generator) -> Batch:
        """A batch for training. `rows` are those of sentences as they are; versions with other names follow in `sentences`."""
        versions = len(sentences.lengths) // sentences.originals
        if versions > 1:
            swap = rng.random(len(rows)) < self.swapped
            rows = rows + sentences.originals * np.where(swap, rng.integers(1, versions, len(rows)), 0)
        changed = rng.random(len(rows)) < self.recased
        cases = np.where(changed, rng.integers(1, 1 + max(sentences.recasings, 1), len(rows)), 0)
        tokens = sentences.tokens(rows, cases)
        batch, counts = sentences.batch(rows, tokens), sentences.counts[tokens]
        hidden = rare_first(rng, counts, self.word_dropout)
        batch["vectors"][hidden] = 0
        untuned = rare_first(rng, counts, self.tuning_dropout) & batch["vectors"].any(axis=-1)
        batch["words"][hidden | untuned] = UNKNOWN
        return batch


def rare_first(rng: np.random.Generator, counts: np.ndarray, strength: float) -> np.ndarray:
    """Draws words; one seen n times with probability strength / (strength + n)."""
    return rng.random(counts.shape) * (strength + counts) < strength
