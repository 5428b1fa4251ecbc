"""Batches of sequences of similar length, so that little of a padded batch is padding."""

from collections.abc import Iterator, Sequence

import numpy as np

MAX_ROWS = 64  # with more, a step's arrays leave the cache
MAX_POSITIONS = 8192  # rows times the longest sequence: bounds the memory that a batch takes


def batches_by_length(lengths: Sequence[int], max_rows: int = MAX_ROWS, max_positions: int = MAX_POSITIONS) -> Iterator[np.ndarray]:
    """Indices of sequences in batches of at most `max_rows`, fewer where sequences are long, the shortest first.

    Empty sequences are in no batch.
    """
    batch: list[int] = []
    for index in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) == max_rows or (len(batch) + 1) * lengths[index] > max_positions):
            yield np.array(batch)
            batch = []
        if lengths[index]:
            batch.append(index)
    if batch:
        yield np.array(batch)
