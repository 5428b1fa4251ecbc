"""Roads whose readings are not what was forecast, and detectors that seem to be broken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.traffic.forecast import TrafficForecast
from mediakit.tasks.traffic.windows import HORIZON, STEPS

LATELY = 6  # readings that are judged together
MOMENTS = 48  # earlier forecasts that show how good forecasts of a road are
LEAST = 0.05  # of free-flow speed: smaller errors are never unusual


@dataclass(frozen=True)
class UnusualRoad:
    """A road that is not as expected.

    Args:
        road: its name.
        what: `slower`, `faster`, `stuck` (the same reading all the time) or `silent` (no reading).
        read: its mean speed lately; NaN for a silent one.
        expected: the mean of what was forecast an hour before.
        score: how many times the usual error of its forecasts the difference is; infinite for broken detectors.
    """

    road: str
    what: str
    read: float
    expected: float
    score: float


def unusual(speeds: np.ndarray, forecasts: Sequence[TrafficForecast], threshold: float) -> list[UnusualRoad]:
    """The roads whose last readings are unusual, the most unusual first.

    Args:
        speeds: the last rows of readings, `[rows, roads]`; they end HORIZON rows after the last forecast's origin.
        forecasts: of consecutive moments.
        threshold: the least score of a road that is reported.
    """
    made = np.stack([forecast.speeds[-LATELY:].mean(axis=0) for forecast in forecasts])
    read = np.stack([_mean_of(speeds[end - LATELY : end]) for end in range(len(speeds) - len(forecasts) + 1, len(speeds) + 1)])
    errors = read - made
    squared = np.where(np.isnan(errors), 0.0, errors) ** 2
    everywhere = squared[:-1].mean()
    scale = np.sqrt(0.5 * squared[:-1].mean(axis=0) + 0.5 * everywhere) + LEAST * forecasts[-1].free_flow
    found = []
    last = speeds[-STEPS:]
    for road, name in enumerate(forecasts[-1].roads):
        expected, now = float(made[-1, road]), float(read[-1, road])
        if np.isnan(last[:, road]).all():
            found.append(UnusualRoad(name, "silent", float("nan"), expected, float("inf")))
        elif not np.isnan(last[:, road]).any() and np.ptp(last[:, road]) == 0:
            found.append(UnusualRoad(name, "stuck", now, expected, float("inf")))
        elif abs(now - expected) >= threshold * scale[road]:
            found.append(
                UnusualRoad(name, "slower" if now < expected else "faster", now, expected, abs(now - expected) / float(scale[road]))
            )
    return sorted(found, key=lambda one: -one.score)


def rows_needed(most: int) -> int:
    """How many of the last rows are read for it, of so many."""
    return min(most, STEPS + HORIZON + MOMENTS)


def _mean_of(readings: np.ndarray) -> np.ndarray:
    """The mean of each road's readings, NaN where there is none."""
    seen = ~np.isnan(readings)
    total = np.where(seen, readings, 0.0).sum(axis=0)
    return np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), np.nan)
