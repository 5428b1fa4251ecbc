"""Batches of sequences of similar length."""

from mediakit.runtime.batching import batches_by_length


def test_groups():
    lengths = [5, 0, 2, 9, 2, 7]
    assert [group.tolist() for group in batches_by_length(lengths, 2)] == [[2, 4], [0, 5], [3]]
    # No group's longest sentence times its number is more than 12, unless it is alone.
    assert [group.tolist() for group in batches_by_length([*lengths, 20], 4, max_positions=12)] == [[2, 4], [0], [5], [3], [6]]
    assert [group.tolist() for group in batches_by_length([3, 3, 3, 3, 3], max_positions=6)] == [[0, 1], [2, 3], [4]]
    assert list(batches_by_length([])) == [] and list(batches_by_length([0, 0])) == []
