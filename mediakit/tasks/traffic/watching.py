"""Reading a road network row by row: at any moment, what the network is to see of it."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.traffic.profiles import SMOOTHED, Clock, expected, kinds_of, slots_of, time_of_day
from mediakit.tasks.traffic.road_network import RoadNetwork, free_flow_of
from mediakit.tasks.traffic.windows import CLOCK, HORIZON, STEPS

SPAN = np.arange(1 - STEPS, HORIZON + 1)  # the rows of a window, seen from its last reading
DAYS = 7  # that are kept of roads without a profile
SETTLED = 12  # rows after which the free-flow speeds of such roads are measured again


@dataclass(frozen=True)
class Moment:
    """What is known when a row has been read.

    Args:
        deviations: from free flow, `[STEPS, roads]`, NaN where a reading is missing.
        typical: what is usual then and in the next hour, `[STEPS + HORIZON, roads]`.
        clock: the time of day, `[CLOCK]`.
        free_flow: speeds `[roads]`.
    """

    deviations: np.ndarray
    typical: np.ndarray
    clock: np.ndarray
    free_flow: np.ndarray


class KnownRoads:
    """The roads that a model has learned from: their profile and free-flow speeds are its own."""

    def __init__(self, network: RoadNetwork, minutes: int):
        self._network, self._minutes, self._clock = network, minutes, Clock(network.profile)
        self._rows: deque[np.ndarray] = deque(maxlen=STEPS)
        self._now: tuple[int, int] | None = None

    def observe(self, speeds: np.ndarray, time: np.datetime64 | None = None) -> None:
        """Take a row of readings `[roads]`, NaN where one is missing, and when it was if that is known."""
        deviations = speeds / self._network.free_flow - 1
        self._rows.append(deviations)
        self._clock.observe(deviations)
        if time is not None:
            self._now = int(kinds_of(np.array([time]))[0]), int(slots_of(np.array([time]), self._minutes)[0])

    def moment(self) -> Moment | None:
        """What is known now; None until there are STEPS rows."""
        if len(self._rows) < STEPS:
            return None
        probabilities = self._clock.probabilities(self._now)
        typical = expected(self._network.profile, probabilities, SPAN)
        return Moment(np.stack(self._rows), typical, time_of_day(probabilities), self._network.free_flow)


class OtherRoads:
    """Roads that a model has not seen: what is usual is the mean of their own earlier days, and before there is one, of all rows."""

    def __init__(self, roads: int, minutes: int):
        self._per_day, self._minutes = 24 * 60 // minutes, minutes
        self._rows: deque[np.ndarray] = deque(maxlen=DAYS * self._per_day)
        self._free_flow = np.ones(roads)
        self._time: np.datetime64 | None = None
        self._unsettled = 0

    def observe(self, speeds: np.ndarray, time: np.datetime64 | None = None) -> None:
        """Take a row of readings `[roads]`, NaN where one is missing, and when it was if that is known."""
        self._rows.append(speeds)
        self._time = time
        self._unsettled += 1

    def moment(self) -> Moment | None:
        """What is known now; None until there are STEPS rows."""
        if len(self._rows) < STEPS:
            return None
        rows = np.stack(self._rows)
        if self._unsettled >= SETTLED:
            self._free_flow, self._unsettled = free_flow_of(rows), 0
        deviations = rows / self._free_flow - 1
        clock = np.zeros(CLOCK, np.float32)
        if self._time is not None:
            now = np.zeros((1, self._per_day))
            now[0, slots_of(np.array([self._time]), self._minutes)] = 1
            clock = time_of_day(now)
        return Moment(deviations[-STEPS:], self._typical(deviations), clock, self._free_flow)

    def _typical(self, deviations: np.ndarray) -> np.ndarray:
        """The mean of the same time on earlier days, of the same kind if the times tell and there are such; else of all rows."""
        reach = round(SMOOTHED / self._minutes)
        earlier = np.arange(1, len(deviations) // self._per_day + 2)
        if self._time is not None:
            kinds = kinds_of(self._time - earlier * np.timedelta64(1, "D"))
            alike = earlier[kinds == kinds_of(np.array([self._time]))]
            earlier = alike if len(alike) and alike[0] * self._per_day < len(deviations) else earlier
        last = len(deviations) - 1
        places = last + SPAN[:, None, None] - earlier[:, None] * self._per_day + np.arange(-reach, reach + 1)
        places = places.reshape(len(SPAN), -1)
        found = deviations[np.clip(places, 0, last)]
        found[(places < 0) | (places > last)] = np.nan
        seen = ~np.isnan(found)
        total, count = np.where(seen, found, 0.0).sum(axis=1), seen.sum(axis=1)
        everywhere = ~np.isnan(deviations)
        mean = np.where(everywhere, deviations, 0.0).sum(axis=0) / np.maximum(everywhere.sum(axis=0), 1)
        return np.where(count > 0, total / np.maximum(count, 1), mean).astype(np.float32)
