"""Dates on an axis: at the beginnings of years, months, days, hours or minutes, whichever are few enough."""

from collections.abc import Callable, Iterator

import numpy as np

MONDAY = 4  # 1970-01-05, from which weeks are counted


def date_ticks(times: np.ndarray, most: int = 6) -> dict[int, str]:
    """The places of at most so many times that begin something, and how to write them.

    Args:
        times: datetime64[s] `[steps]`, ascending.

    The finest division is taken that is not too fine. Where none has a beginning among the times, the first and the last are given.
    """
    for begins, length in divisions():
        numbers = begins(times)
        places = np.flatnonzero(np.diff(numbers)) + 1
        if 2 <= len(places) <= most:
            return {int(place): written(times[place], length) for place in places}
    return {0: written(times[0], 16), len(times) - 1: written(times[-1], 16)}


def divisions() -> Iterator[tuple[Callable[[np.ndarray], np.ndarray], int]]:
    """From fine to coarse: a function that numbers the divisions that times are in, and how much of an ISO date to write."""
    for unit, counts, length in (("s", (1, 5, 15, 30), 19), ("m", (1, 5, 15, 30), 16), ("h", (1, 3, 6, 12), 16), ("D", (1, 2), 10)):
        for count in counts:
            yield (lambda times, unit=unit, count=count: times.astype(f"datetime64[{unit}]").astype(np.int64) // count), length
    for days in (7, 14):
        yield (lambda times, days=days: (times.astype("datetime64[D]").astype(np.int64) - MONDAY) // days), 10
    for unit, counts, length in (("M", (1, 3, 6), 7), ("Y", (1, 2, 5, 10, 20, 50, 100), 4)):
        for count in counts:
            yield (lambda times, unit=unit, count=count: _of_calendar(times, unit) // count), length


def _of_calendar(times: np.ndarray, unit: str) -> np.ndarray:
    """Months or years since the year 0, so that round years begin decades."""
    return times.astype(f"datetime64[{unit}]").astype(np.int64) + 1970 * (12 if unit == "M" else 1)


def written(time: np.datetime64, length: int) -> str:
    """The first letters of an ISO date and time."""
    return str(time.astype("datetime64[s]")).replace("T", " ")[:length]
