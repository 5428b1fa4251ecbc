"""Predictions and metrics for a whole validation set, batch by batch."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from mediakit.training.recipe import Batch, Loss


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


class MeanMetrics:
    """Calls a loss, compiled once, on batches and returns the mean of each of its metrics.

    Args:
        loss: a batch of tensors, by name, to a Loss.
        batches: the batches, anew at each call.
    """

    def __init__(self, loss: Callable[[dict[str, tf.Tensor]], Loss], batches: Callable[[], Iterable[Batch]]):
        self._metrics = tf.function(lambda batch: loss(batch).metrics, reduce_retracing=True, autograph=False)
        self._batches = batches

    def __call__(self) -> dict[str, float]:
        sums: dict[str, np.ndarray] = {}
        for batch in self._batches():
            tensors = {name: tf.convert_to_tensor(part) for name, part in batch.items()}
            for name, sum_and_weight in self._metrics(tensors).items():
                sums[name] = sums.get(name, np.zeros(2)) + np.array(sum_and_weight, np.float64)
        return {name: float(total / weight) for name, (total, weight) in sums.items()}
