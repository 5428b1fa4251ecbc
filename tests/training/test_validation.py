"""Predictions in batches come back in order; means of metrics are over all batches."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import tensorflow as tf

from mediakit.training.recipe import Loss
from mediakit.training.validation import MeanMetrics, Predictor


def test_rows_of_like_length_together_and_answers_in_order():
    lengths, batches = np.array([5, 1, 4, 2, 3]), []

    def batch(rows):
        batches.append(rows.tolist())
        return {"x": rows.astype(np.float32), "pad": np.zeros((len(rows), lengths[rows].max()))}

    predict = Predictor(lambda batch: 10 * batch["x"] + tf.cast(tf.shape(batch["pad"])[1], tf.float32), batch, lengths, size=2)
    assert [float(answer) for answer in predict()] == [5, 12, 24, 32, 44]
    assert batches == [[1, 3], [4, 2], [0]]


def test_means_are_over_all_batches():
    parts = [np.array([1.0, 2.0, 3.0]), np.array([10.0])]

    def loss(batch):
        total, count = tf.reduce_sum(batch["x"]), tf.size(batch["x"])
        return Loss(total, count, {"mean": (total, count)})

    measure = MeanMetrics(loss, lambda: ({"x": part} for part in parts))
    assert measure() == {"mean": 4.0}
    parts[0] += 1
    assert measure() == {"mean": 4.75}
