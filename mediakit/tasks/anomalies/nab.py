"""The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015, section III), standard profile.

A window counts by its earliest alarm, the more the earlier it is; an alarm outside all windows costs a little, less just behind a
window. 0 is the score of no alarm at all, 100 that of one alarm at the begin of each window and no other.
"""

import math
from collections.abc import Sequence

import numpy as np

Windows = Sequence[tuple[int, int]]
PROBATION, LONGEST_PROBATION = 0.15, 750  # of a series, in rows: not scored
FALSE_ALARM, MISSED = 0.11, 1.0  # what each costs


def probation(rows: int) -> int:
    """How many rows at the start are not scored."""
    return min(int(PROBATION * rows), LONGEST_PROBATION)


def scored_windows(rows: int, windows: Windows) -> list[tuple[int, int]]:
    """The windows that do not end within the probation."""
    return [window for window in windows if window[1] >= probation(rows)]


def raw_score(alarms: np.ndarray, rows: int, windows: Windows) -> float:
    """The score of one series before it is scaled.

    Args:
        alarms: the rows with an alarm, ascending.
        rows: of the series.
        windows: first and last row of each.
    """
    found: dict[tuple[int, int], float] = {}
    false = 0.0
    for row in (int(row) for row in alarms if row >= probation(rows)):
        window = next(((first, last) for first, last in windows if first <= row <= last), None)
        if window:
            position = -(window[1] - row + 1) / (window[1] - window[0] + 1)
            found[window] = max(found.get(window, 0.0), weight(position) / weight(-1.0))
        else:
            before = [(first, last) for first, last in windows if last < row]
            width = max(before[-1][1] - before[-1][0], 1) if before else 1
            false += FALSE_ALARM * (weight((row - before[-1][1]) / width) if before else -1.0)
    return false + sum(found.get(window, -MISSED) for window in scored_windows(rows, windows))


def weight(position: float) -> float:
    """The value of an alarm at a position: -1 is the begin of a window, 0 its end."""
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def scaled(raw: float, windows: int) -> float:
    """The sum of raw scores over series with so many windows, from 0 for no alarm to 100 for perfect ones."""
    return 100 * (raw + MISSED * windows) / (2 * windows) if windows else math.nan
