"""Training examples of traffic: windows of readings with what was usual on the other days."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.traffic.profiles import Clock, DailyProfile, expected, time_of_day
from mediakit.tasks.traffic.windows import CLOCK, HORIZON, STEPS, filled
from mediakit.training.batches import shuffled, steps_per_epoch
from mediakit.training.recipe import Batch, require

RESTARTS = (24, 96, 288)  # rows after which a clock begins anew: it then knows as little as one that has just been started
SPAN = np.arange(1 - STEPS, HORIZON + 1)  # the rows of a window, seen from its origin


@dataclass(frozen=True)
class Readings:
    """Rows of readings and when they were.

    Args:
        deviations: from free flow, float64 `[rows, roads]`, NaN where missing.
        slots, kinds: of the rows, `[rows]`; see `DailyProfile`.
        per_day: slots of a day.
    """

    deviations: np.ndarray
    slots: np.ndarray
    kinds: np.ndarray
    per_day: int

    def profile(self, rows: np.ndarray) -> DailyProfile:
        """The daily profile of some rows, given as a mask or as numbers."""
        return DailyProfile.of(self.deviations[rows], self.slots[rows], self.kinds[rows], self.per_day)


@dataclass(frozen=True)
class Knowledge:
    """What may be known besides the readings at each origin, in several variants.

    Args:
        origins: rows `[origins]`.
        typical: float16 `[variants, origins, STEPS + HORIZON, roads]`.
        clock: float32 `[variants, origins, CLOCK]`.
    """

    origins: np.ndarray
    typical: np.ndarray
    clock: np.ndarray


def training_knowledge(readings: Readings, rows: int) -> Knowledge:
    """For the origins whose windows lie in the first `rows`: what clocks say that have run for a while, what one says that is told
    the time, and nothing but the roads' means.

    The day of a window is left out of its profile, and so is the next one if the window reaches into it.
    """
    days = np.arange(rows) // readings.per_day
    parts = []
    for day in np.unique(days):
        inside = np.flatnonzero(days == day)
        inside = inside[(inside >= STEPS - 1) & (inside + HORIZON < rows)]
        reaching = (inside + HORIZON) // readings.per_day > day
        for origins, left_out in ((inside[~reaching], days == day), (inside[reaching], (days == day) | (days == day + 1))):
            if len(origins):
                parts.append(_variants(readings, readings.profile(np.flatnonzero(~left_out)), origins))
    require(bool(parts), f"{rows:,} rows of readings are too few to learn from; give a day of them at least")
    origins, typical, clock = zip(*((part.origins, part.typical, part.clock) for part in parts), strict=True)
    return Knowledge(np.concatenate(origins), np.concatenate(typical, axis=1), np.concatenate(clock, axis=1))


def _variants(readings: Readings, profile: DailyProfile, origins: np.ndarray) -> Knowledge:
    """The variants of consecutive origins under one profile."""
    begin = max(0, int(origins[0]) - max(RESTARTS))
    walks = [_walk(readings, profile, origins, begin, restart) for restart in RESTARTS]
    walks.append(_walk(readings, profile, origins, begin, max(RESTARTS), timed=True))
    means = np.broadcast_to(profile.mean.mean(axis=(0, 1)), walks[0][0].shape).astype(np.float16)
    walks.append((means, np.zeros((len(origins), CLOCK), np.float32)))
    return Knowledge(origins, np.stack([typical for typical, _ in walks]), np.stack([clock for _, clock in walks]))


def running_knowledge(readings: Readings, profile: DailyProfile, origins: np.ndarray) -> Knowledge:
    """What a clock says at consecutive origins that starts with the first window and is not told the time: one variant."""
    begin = int(origins[0]) + 1 - STEPS
    typical, clock = _walk(readings, profile, origins, begin, len(readings.deviations))
    return Knowledge(origins, typical[None], clock[None])


def _walk(
    readings: Readings, profile: DailyProfile, origins: np.ndarray, begin: int, restart: int, timed: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """What a clock says at consecutive origins that reads from row `begin` on and starts anew every `restart` rows: what is usual,
    float16 `[origins, STEPS + HORIZON, roads]`, and the time of day, float32 `[origins, CLOCK]`."""
    clock, typical, times = Clock(profile), [], []
    for row in range(begin, int(origins[-1]) + 1):
        if (row - begin) % restart == 0:
            clock = Clock(profile)
        clock.observe(readings.deviations[row])
        if row >= origins[0]:
            probabilities = clock.probabilities((int(readings.kinds[row]), int(readings.slots[row])) if timed else None)
            typical.append(expected(profile, probabilities, SPAN).astype(np.float16))
            times.append(time_of_day(probabilities))
    return np.stack(typical), np.stack(times)


class Windows:
    """Windows of readings as a model takes them.

    Args:
        readings: all of them.
        knowledge: of the origins.
        size: windows of a batch.
        seed: of the order, the variants and what is left out.
        missing: the share of a window's readings that is left out of every other one.
    """

    def __init__(self, readings: Readings, knowledge: Knowledge, size: int, seed: int, missing: float):
        self._readings, self._knowledge, self._size, self._seed, self._missing = readings, knowledge, size, seed, missing
        self.steps = steps_per_epoch(len(knowledge.origins), size)

    def training(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of an epoch from a step on, which follow from seed, epoch and step alone."""
        order = list(shuffled(len(self._knowledge.origins), self._size, np.random.default_rng([self._seed, epoch])))
        for step in range(start, len(order)):
            rng = np.random.default_rng([self._seed, epoch, step])
            rows = np.asarray(order[step])
            left_out = (rng.random(len(rows)) < 0.5)[:, None, None] & (rng.random((len(rows), STEPS, self.roads)) < self._missing)
            yield self._batch(rows, rng.integers(0, len(self._knowledge.typical), len(rows)), left_out)

    def whole(self) -> Iterator[Batch]:
        """All windows in order, with the first variant of what is known and nothing left out."""
        for begin in range(0, len(self._knowledge.origins), self._size):
            rows = np.arange(begin, min(begin + self._size, len(self._knowledge.origins)))
            yield self._batch(rows, np.zeros(len(rows), np.int64), np.False_)

    @property
    def roads(self) -> int:
        """How many."""
        return self._readings.deviations.shape[1]

    def _batch(self, rows: np.ndarray, variants: np.ndarray, left_out: np.ndarray) -> Batch:
        origins = self._knowledge.origins[rows, None]
        typical = self._knowledge.typical[variants, rows].astype(np.float32)
        last = len(self._readings.deviations) - 1
        places = origins + np.arange(1, HORIZON + 1)
        target = self._readings.deviations[np.minimum(places, last)]
        target[places > last] = np.nan
        window = self._readings.deviations[origins + np.arange(1 - STEPS, 1)]
        speeds, seen = filled(np.where(left_out, np.nan, window), typical[:, :STEPS])
        batch = {"speeds": speeds, "seen": seen, "typical": typical, "clock": self._knowledge.clock[variants, rows]}
        measured = ~np.isnan(target)
        return batch | {"target": np.where(measured, target, 0.0).astype(np.float32), "measured": measured.astype(np.float32)}
