"""Which rows make a batch, and rows of different lengths as one array. All of it follows from a seed alone."""

from collections.abc import Sequence

import numpy as np


def shuffled(count: int, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The rows of each batch of an epoch, in random order. A last batch that is not full is dropped, unless it is the only one."""
    return _full(rng.permutation(count), size)


def steps_per_epoch(count: int, size: int) -> int:
    """Batches of an epoch of `count` rows."""
    return max(1, count // size)


def of_like_length(order: np.ndarray, lengths: np.ndarray, size: int, per_bucket: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The rows of each batch of an epoch, with little padding.

    Args:
        order: rows in random order.
        lengths: what rows are sorted by, within a bucket; one number for each row of the data.
        size: rows of a batch; a last batch that is not full is dropped, unless it is the only one.
        per_bucket: batches whose rows are sorted together: the fewer, the more random and the more padding.
        rng: shuffles the batches.
    """
    bucket = size * per_bucket
    parts = np.split(order, range(bucket, len(order), bucket))
    batches = _full(np.concatenate([part[np.argsort(lengths[part], kind="stable")] for part in parts]), size)
    return [batches[i] for i in rng.permutation(len(batches))]


def of_bounded_size(lengths: Sequence[int] | np.ndarray, most: int) -> list[np.ndarray]:
    """All rows, the shortest first, in batches of at most `most` steps with padding. A longer row is a batch of its own."""
    batches: list[list[int]] = []
    for row in np.argsort(lengths, kind="stable").tolist():
        if batches and (len(batches[-1]) + 1) * lengths[row] <= most:
            batches[-1].append(row)
        else:
            batches.append([row])
    return [np.array(batch) for batch in batches]


def padded(rows: Sequence[np.ndarray], fill: float = 0, dtype: np.typing.DTypeLike = None) -> np.ndarray:
    """Arrays of different sizes as one array `[rows, longest, …]`, each filled up at the end of every axis."""
    rows = [np.asarray(row) for row in rows]
    table = np.full((len(rows), *np.max([row.shape for row in rows], axis=0)), fill, dtype or rows[0].dtype)
    for place, row in zip(table, rows, strict=True):
        place[tuple(map(slice, row.shape))] = row
    return table


def _full(order: np.ndarray, size: int) -> list[np.ndarray]:
    steps = steps_per_epoch(len(order), size)
    return [order[i * size : (i + 1) * size] for i in range(steps)]
