"""A linear-chain conditional random field over labels."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

FORBIDDEN = -1e4  # low enough to rule out a path, but finite, so that gradients are too


@keras.saving.register_keras_serializable("mediakit")
class LinearChainCRF(keras.layers.Layer):
    """A linear-chain conditional random field (Lafferty et al. 2001; Lample et al. 2016, section 2.2, equations 1 to 3).

    A sequence's score is the sum of its label scores and its transition scores, including those from the start to the first label
    and from the last label to the end. Called with label scores `[batch, steps, labels]`, the layer returns them unchanged; it is
    in the model to hold the transitions. Train with `log_likelihood`; predict with Viterbi.

    Args:
        allowed: `[labels + 1][labels + 1]`, whether the row's label may be followed by the column's. The last row is the start,
            the last column the end. Other transitions have the score FORBIDDEN, whatever is learned.
    """

    def __init__(self, allowed: Sequence[Sequence[bool]], **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.allowed = [[bool(cell) for cell in row] for row in allowed]
        self.labels = len(self.allowed) - 1
        if any(len(row) != len(self.allowed) for row in self.allowed):
            raise ValueError("allowed must have as many columns as rows, one more than there are labels")

    def build(self, scores_shape):
        if scores_shape[-1] != self.labels:
            raise ValueError(f"got scores of {scores_shape[-1]} labels, but allowed is for {self.labels}")
        self.weight = self.add_weight(shape=(self.labels + 1, self.labels + 1), initializer="zeros", name="transitions")

    def call(self, scores):
        return scores

    @property
    def transitions(self):
        """Scores `[labels + 1, labels + 1]` from the row's label (the last row is the start) to the column's (the last is the end)."""
        return ops.where(np.array(self.allowed), self.weight, FORBIDDEN)

    def log_likelihood(self, scores, labels, mask):
        """Log-probabilities `[batch]` of label sequences.

        `scores` is `[batch, steps, labels]` and `labels` int `[batch, steps]`. `mask` `[batch, steps]` is true for tokens and
        false for the padding on the right. The result for an empty sequence is meaningless; leave it out of the loss.
        """
        mask = ops.cast(mask, "bool")
        return self._path_score(scores, labels, mask) - self._log_partition(scores, mask)

    def _path_score(self, scores, labels, mask):
        each = ops.cast(mask, scores.dtype)
        transitions = self.transitions
        labels = ops.cast(labels, "int32")
        own = ops.sum(ops.take_along_axis(scores, labels[..., None], axis=-1)[..., 0] * each, axis=1)
        # In the flat table, the transition from label i to j has the index i * (labels + 1) + j.
        flat, width = ops.reshape(transitions, (-1,)), self.labels + 1
        between = ops.sum(ops.take(flat, labels[:, :-1] * width + labels[:, 1:]) * each[:, 1:], axis=1)
        last = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True) - 1
        final = ops.take_along_axis(labels, ops.maximum(last, 0), axis=1)[:, 0]
        return own + between + ops.take(transitions[-1], labels[:, 0]) + ops.take(transitions[:, -1], final)

    def _log_partition(self, scores, mask):
        """The log of the sum over all label sequences `[batch]`, by the forward algorithm."""
        transitions = self.transitions
        between, start, end = transitions[:-1, :-1], transitions[-1, :-1], transitions[:-1, -1]

        def advance(before, step):
            after = ops.logsumexp(before[:, :, None] + between, axis=1) + step[:, :-1]
            after = ops.where(step[:, -1:] > 0, after, before)
            return after, after

        forward, _ = ops.scan(advance, start + scores[:, 0], _steps(scores, mask))
        return ops.logsumexp(forward + end, axis=1)

    def decode(self, scores, mask):
        """The best label sequences, int32 `[batch, steps]`, with zeros in the padding (Viterbi in graph operations)."""
        transitions = self.transitions
        between, start, end = transitions[:-1, :-1], transitions[-1, :-1], transitions[:-1, -1]
        mask = ops.cast(mask, "bool")
        first = start + scores[:, 0]

        def advance(before, step):
            after = ops.where(step[:, -1:] > 0, ops.max(before[:, :, None] + between, axis=1) + step[:, :-1], before)
            return after, after

        best, after = ops.scan(advance, first, _steps(scores, mask))
        last = ops.cast(ops.argmax(best + end, axis=1), "int32")
        before = ops.concatenate([first[None], after[:-1]], axis=0)
        backpointers = ops.cast(ops.argmax(before[..., None] + between, axis=2), "int32")
        # Padding points back to the same label, so that it passes on the sequence's last label.
        backpointers = ops.where(ops.swapaxes(mask[:, 1:], 0, 1)[..., None], backpointers, ops.arange(self.labels, dtype="int32"))

        def go_back(label, backpointers):
            before = ops.take_along_axis(backpointers, label[:, None], axis=1)[:, 0]
            return before, before

        _, path = ops.scan(go_back, last, backpointers, reverse=True)
        path = ops.concatenate([ops.swapaxes(path, 0, 1), last[:, None]], axis=1)
        return path * ops.cast(mask, "int32")

    def compute_output_shape(self, scores_shape):
        return scores_shape

    def get_config(self):
        return {**super().get_config(), "allowed": self.allowed}


def _steps(scores, mask):
    """The steps from the second on, time first: scores followed by the mask, `[steps - 1, batch, labels + 1]`.

    It is a single array because Keras's `scan` takes several only when the number of steps is static.
    """
    both = ops.concatenate([scores, ops.cast(mask, scores.dtype)[..., None]], axis=-1)
    return ops.swapaxes(both[:, 1:], 0, 1)
