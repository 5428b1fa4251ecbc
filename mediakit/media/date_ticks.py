"""Dates on an axis: at the beginnings of years, months, days, hours or minutes, whichever are few enough."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

# Units, how many of them make a division, and how many letters of an ISO date tell the divisions apart.
UNITS: tuple[tuple[str, tuple[int, ...], int], ...] = (
    ("s", (1, 5, 15, 30), 19),
    ("m", (1, 5, 15, 30), 16),
    ("h", (1, 3, 6, 12), 16),
    ("D", (1, 7, 14), 10),
    ("M", (1, 3, 6), 7),
    ("Y", (1, 2, 5, 10, 20, 50, 100), 4),
)
# What to add to numpy's numbers of units since 1970, so that weeks begin on Mondays, and round years decades.
FIRST = {"D": 3, "M": 12 * 1970, "Y": 1970}


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
    for unit, counts, length in UNITS:
        for count in counts:
            yield partial(_numbers, unit=unit, count=count), length


def _numbers(times: np.ndarray, unit: str, count: int) -> np.ndarray:
    """The number of each time's division, of so many units each."""
    numbers = times.astype(f"datetime64[{unit}]").astype(np.int64)
    return (numbers + FIRST.get(unit, 0)) // count


def written(time: np.datetime64, length: int) -> str:
    """The first letters of an ISO date and time."""
    return str(time.astype("datetime64[s]")).replace("T", " ")[:length]
