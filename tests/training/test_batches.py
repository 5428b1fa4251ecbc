"""Batches of rows and padding."""

import numpy as np

from mediakit.training.batches import of_bounded_size, of_like_length, padded, shuffled


def test_each_row_once_in_full_batches():
    rows = shuffled(11, 3, np.random.default_rng(0))
    assert [len(batch) for batch in rows] == [3, 3, 3]
    assert len(set(np.concatenate(rows).tolist())) == 9
    assert [len(batch) for batch in shuffled(2, 3, np.random.default_rng(0))] == [2]


def test_rows_of_like_length_stand_together():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 50, 120)
    rows = of_like_length(rng.permutation(120), lengths, 6, 5, rng)
    assert sorted(np.concatenate(rows).tolist()) == list(range(120))
    spread = np.mean([np.ptp(lengths[batch]) for batch in rows])
    assert spread < np.mean([np.ptp(lengths[batch]) for batch in shuffled(120, 6, rng)]) / 2


def test_batches_of_bounded_size():
    lengths = [5, 1, 9, 2, 2, 30]
    rows = of_bounded_size(lengths, 10)
    assert [batch.tolist() for batch in rows] == [[1, 3, 4], [0], [2], [5]]
    assert of_bounded_size([], 10) == []


def test_padding_fills_every_axis():
    table = padded([np.ones((1, 2), np.int64), np.full((3, 1), 2)], fill=-1, dtype=np.int32)
    assert table.dtype == np.int32
    assert table.tolist() == [[[1, 1], [-1, -1], [-1, -1]], [[2, -1], [2, -1], [2, -1]]]
