"""Predictions for a whole validation set, batch by batch."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from mediakit.training.recipe import Batch


class Predictor:
    """Calls `function`, compiled once, on batches of rows of like length and returns one answer for each row, in order.

    Args:
        function: a batch of tensors, by name, to a tensor whose first axis is the batch.
        batch: row numbers `[rows]` to a batch of arrays.
        lengths: of all rows; ones where all are alike.
        size: rows of a batch.
    """

    def __init__(
        self,
        function: Callable[[dict[str, tf.Tensor]], tf.Tensor],
        batch: Callable[[np.ndarray], Batch],
        lengths: Sequence[int] | np.ndarray,
        size: int,
    ):
        self._function = tf.function(function, reduce_retracing=True, autograph=False)
        self._batch, self._order, self._size = batch, np.argsort(lengths, kind="stable"), size

    def __call__(self) -> list[np.ndarray]:
        answers: list[Any] = [None] * len(self._order)
        for start in range(0, len(self._order), self._size):
            rows = self._order[start : start + self._size]
            batch = {name: tf.convert_to_tensor(part) for name, part in self._batch(rows).items()}
            for row, answer in zip(rows, self._function(batch).numpy(), strict=True):
                answers[row] = answer
        return answers
