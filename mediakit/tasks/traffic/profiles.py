"""Daily profiles: how far each road usually is below its free-flow speed at each time of the day, and what time it seems to be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

KINDS = 2  # of days: weekdays and weekends
SMOOTHED = 15  # minutes before and after that a profile's mean covers
TURNS = (1, 2)  # harmonics of the time of day
# Readings of neighbouring roads and moments say much the same: their likelihood counts this much. Chosen on left-out days.
TEMPER = 0.003
FORGETTING = 0.998  # a row's evidence, one row later
FARTHEST = 3.0  # deviations: beyond, a reading says no more
NEXT_DAY = np.array([[4 / 5, 1 / 5], [1 / 2, 1 / 2]], np.float32)  # the kinds of the days after a weekday and a day of a weekend
LOG_SHARES = np.log(np.array([5 / 7, 2 / 7], np.float32))  # of the kinds of days


@dataclass(frozen=True)
class DailyProfile:
    """The mean course of a day.

    Args:
        mean: deviations from free flow, float32 `[KINDS, slots, roads]`, where a slot is a step of the day.
        spread: their standard deviation around the mean, float32 `[roads]`.
    """

    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, deviations: np.ndarray, slots: np.ndarray, kinds: np.ndarray, per_day: int) -> "DailyProfile":
        """The profile of rows.

        A time of day without readings on one kind of day has the mean of the other, then that of the road.

        Args:
            deviations: `[rows, roads]`, NaN where a reading is missing.
            slots, kinds: of the rows, `[rows]`.
            per_day: slots of a day.
        """
        seen = ~np.isnan(deviations)
        sums, counts = (np.zeros((KINDS, per_day, deviations.shape[1])) for _ in range(2))
        np.add.at(sums, (kinds, slots), np.where(seen, deviations, 0.0))
        np.add.at(counts, (kinds, slots), seen)
        reach = round(SMOOTHED * per_day / 1440)
        around = range(-reach, reach + 1)
        sums, counts = (np.sum([np.roll(part, shift, axis=1) for shift in around], axis=0) for part in (sums, counts))
        road = sums.sum((0, 1)) / np.maximum(counts.sum((0, 1)), 1)
        both = np.where(counts.sum(0) > 0, sums.sum(0) / np.maximum(counts.sum(0), 1), road)
        mean = np.where(counts > 0, sums / np.maximum(counts, 1), both)
        errors = np.where(seen, deviations - mean[kinds, slots], 0.0)
        spread = np.sqrt((errors**2).sum(0) / np.maximum(seen.sum(0), 1))
        return cls(mean.astype(np.float32), spread.astype(np.float32))


class Clock:
    """A belief about the kind of day and the time of day, from the readings alone: a Bayes filter over the slots of a profile.

    Where the time is known it takes the place of the belief.
    """

    def __init__(self, profile: DailyProfile):
        self._profile = profile
        self._scale = 1 / (profile.spread + 0.03)
        self._scaled = profile.mean * self._scale
        self._per_day = profile.mean.shape[1]
        self._belief = np.repeat(LOG_SHARES[:, None], self._per_day, axis=1)  # logarithms, up to a constant

    def observe(self, deviations: np.ndarray) -> None:
        """Take the next row of readings, `[roads]` with NaN where one is missing."""
        earlier = np.roll(self._belief, 1, axis=1)
        earlier[:, 0] = np.log(np.exp(earlier[:, 0]) @ NEXT_DAY + 1e-30)
        distance = np.abs(self._scaled - deviations * self._scale)
        errors = np.minimum(np.nan_to_num(distance, nan=FARTHEST), FARTHEST)
        belief = FORGETTING * earlier - 0.5 * TEMPER * np.einsum("ksr,ksr->ks", errors, errors)
        self._belief = belief - belief.max()

    def probabilities(self, now: tuple[int, int] | None = None) -> np.ndarray:
        """Of each kind and slot, `[KINDS, slots]`, after the last row; `now`: the kind and slot that it is by the readings' times."""
        if now is not None:
            certain = np.zeros_like(self._belief)
            certain[now] = 1.0
            return certain
        weights = np.exp(self._belief - self._belief.max())
        return weights / weights.sum()


def expected(profile: DailyProfile, probabilities: np.ndarray, steps: Sequence[int] | np.ndarray) -> np.ndarray:
    """The expected deviations so many steps from now, float32 `[steps, roads]`, under the probabilities of a `Clock`."""
    per_day = profile.mean.shape[1]
    moved = np.stack([np.roll(probabilities, step, axis=1) for step in steps]).astype(np.float32)
    return moved.reshape(len(moved), -1) @ profile.mean.reshape(KINDS * per_day, -1)


def time_of_day(probabilities: np.ndarray) -> np.ndarray:
    """Expected sines and cosines of the time of day, float32 `[2 * len(TURNS)]`: zeros where nothing is known of it."""
    per_day = probabilities.shape[1]
    angles = 2 * np.pi * np.arange(per_day) / per_day
    waves = np.stack([wave(turns * angles) for turns in TURNS for wave in (np.sin, np.cos)])
    return (waves @ probabilities.sum(axis=0)).astype(np.float32)


def slots_of(times: np.ndarray, minutes: int) -> np.ndarray:
    """The slots of the day of times, datetime64[s] `[rows]`."""
    inside = (times - times.astype("datetime64[D]")).astype(np.int64)
    return inside // (60 * minutes)


def kinds_of(times: np.ndarray) -> np.ndarray:
    """0 for weekdays, 1 for weekends, of times, datetime64[s] `[rows]`."""
    days = times.astype("datetime64[D]").astype(np.int64)
    return ((days + 3) % 7 >= 5).astype(np.int64)  # 1 January 1970 was a Thursday
