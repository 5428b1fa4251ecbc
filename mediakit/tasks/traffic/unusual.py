"""Roads whose readings are not what was forecast, and detectors that seem to be broken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.traffic.forecast import TrafficForecast
from mediakit.tasks.traffic.windows import HORIZON, STEPS

LATELY = 6  # readings that are judged together
MOMENTS = 48  # earlier moments that show how large errors usually are
LEAST = 0.1  # of free-flow speed, added to the usual error: smaller differences are never unusual
NORMAL = 1.4826  # a normal distribution's standard deviation, in units of the median of its absolute values


@dataclass(frozen=True)
class UnusualRoad:
    """A road that is not as expected.

    Args:
        road: its name.
        what: `slower`, `faster`, `stuck` (the same reading all the time) or `silent` (no reading).
        read: its mean speed lately; NaN for a silent one.
        expected: the mean of what was forecast an hour before, or of what is usual.
        score: how many times the usual error the difference is; infinite for broken detectors.
        reference: what is expected: `forecast` or `usual`, whichever gives the larger score.
    """

    road: str
    what: str
    read: float
    expected: float
    score: float
    reference: str = "forecast"


def unusual(speeds: np.ndarray, forecasts: Sequence[TrafficForecast], threshold: float) -> list[UnusualRoad]:
    """The roads whose last readings are unusual, the most unusual first.

    Readings are compared with what was forecast an hour before. Forecasts follow a jam that lasts longer than that, so readings of
    roads that the model has learned from are also compared with what is usual at this time of day.

    Args:
        speeds: the last rows of readings, `[rows, roads]`; they end HORIZON rows after the last forecast's origin.
        forecasts: of consecutive moments.
        threshold: the least score of a road that is reported.
    """
    newest = forecasts[-1]
    read = np.stack([_mean_of(speeds[end - LATELY : end]) for end in range(len(speeds) - len(forecasts) + 1, len(speeds) + 1)])
    expected = {"forecast": np.stack([forecast.speeds[-LATELY:].mean(axis=0) for forecast in forecasts])}
    if newest.known:
        expected["usual"] = np.stack([forecast.usual[-LATELY:].mean(axis=0) for forecast in forecasts])
    scores = {name: _score(read - made, newest.free_flow) for name, made in expected.items()}
    found = []
    last = speeds[-STEPS:]
    for road, name in enumerate(newest.roads):
        now = float(read[-1, road])
        reference = max(scores, key=lambda one: scores[one][road])
        wanted, score = float(expected[reference][-1, road]), float(scores[reference][road])
        if np.isnan(last[:, road]).all():
            found.append(UnusualRoad(name, "silent", float("nan"), wanted, float("inf")))
        elif not np.isnan(last[:, road]).any() and np.ptp(last[:, road]) == 0:
            found.append(UnusualRoad(name, "stuck", now, wanted, float("inf")))
        elif score >= threshold:
            found.append(UnusualRoad(name, "slower" if now < wanted else "faster", now, wanted, score, reference))
    return sorted(found, key=lambda one: -one.score)


def _score(errors: np.ndarray, free_flow: np.ndarray) -> np.ndarray:
    """The last errors `[roads]` of `[moments, roads]`, NaN where nothing was read, in units of the usual ones: medians of a road's
    own and of all roads' earlier errors, which a jam among them hardly changes. 0 where nothing was read."""
    size = np.abs(np.nan_to_num(errors))
    own, everywhere = np.median(size[:-1], axis=0), np.median(size[:-1])
    return size[-1] / (NORMAL * np.sqrt((own**2 + everywhere**2) / 2) + LEAST * free_flow)


def rows_needed(most: int) -> int:
    """How many of the last rows are read for it, of so many."""
    return min(most, STEPS + HORIZON + MOMENTS)


def _mean_of(readings: np.ndarray) -> np.ndarray:
    """The mean of each road's readings, NaN where there is none."""
    seen = ~np.isnan(readings)
    total = np.where(seen, readings, 0.0).sum(axis=0)
    return np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), np.nan)
