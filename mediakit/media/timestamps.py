"""Dates and times as tables hold them, and the steps between them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import numpy as np

from mediakit.errors import InputError

# Formats besides ISO 8601. A day above 12 tells day and month apart; where none does, the month stands first.
_FORMATS = (
    "%Y-%m", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%m/%d/%y", "%d/%m/%y", "%b %Y", "%B %Y", "%d %b %Y", "%d-%b-%Y", "%Y%m%dT%H%M%S",
)  # fmt: skip
MONTH = "month"


def parse_times(cells: Sequence[str]) -> np.ndarray | None:
    """Cells as datetime64[s] `[cells]`, or None if they are no dates or times of one format. Those with a zone become UTC."""
    if not cells:
        return None
    if all(len(cell) == 4 and cell.isdecimal() for cell in cells):
        return _years([int(cell) for cell in cells])
    parsers: list[Callable[[str], datetime]] = [_iso, *(partial(_format, form) for form in _FORMATS)]
    for parse in parsers:
        if _attempt(parse, cells[0]) is None:
            continue
        times = [_attempt(parse, cell) for cell in cells]
        if None not in times:
            return np.array(times, "datetime64[s]")
    return None


def regular(times: np.ndarray, values: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray, int | str]:
    """Times and values at equal steps, and the step in seconds or `MONTH`s; moments that are left out become NaN.

    Args:
        times: datetime64[s] `[steps]`, ascending.
        values: float64 `[steps]`.
        name: of the series, for messages.

    Raises InputError where times repeat, go back, or are not multiples of one step apart.
    """
    if len(times) < 2:
        return times, values, 1
    steps = np.diff(times).astype(np.int64)
    if (steps <= 0).any():
        row = int(np.flatnonzero(steps <= 0)[0]) + 1
        what = "repeats" if steps[row - 1] == 0 else "is earlier than the one before"
        raise InputError(f"{name}: the time {times[row]} {what}; sort the rows, and keep one row for each moment")
    months = times.astype("datetime64[M]").astype(np.int64)
    if steps.min() >= 28 * 86_400 and len(np.unique(months)) == len(times) and _same_day(times):
        gap = int(np.gcd.reduce(np.diff(months)))
        months_apart = MONTH if gap == 1 else f"{gap} {MONTH}s"
        return *_filled(times, values, (months - months[0]) // gap, lambda place: shift_months(times[0], place * gap)), months_apart
    for step in (int(np.median(steps)), int(steps.min())):  # the usual step may hold small errors; else gaps are as common as steps
        places = np.cumsum(np.concatenate([[0], steps])) / step
        nearest = np.round(places).astype(np.int64)
        if np.abs(places - nearest).max() <= 0.05 and (np.diff(nearest) >= 1).all():
            return *_filled(times, values, nearest, partial(_moment, times[0], step)), step
    raise InputError(f"{name}: the times are irregular, {steps.min():,} to {steps.max():,} seconds apart; resample the series")


def seconds_of(step: int | str) -> float:
    """A step in seconds; a month has 30.4 days."""
    if isinstance(step, str):
        return 86_400 * 30.4 * (int(step.split()[0]) if " " in step else 1)
    return float(step)


def following(last: np.datetime64, step: int | str, count: int) -> np.ndarray:
    """The `count` moments after `last`."""
    if isinstance(step, str):
        months = int(step.split()[0]) if " " in step else 1
        return np.array([shift_months(last, months * (i + 1)) for i in range(count)], "datetime64[s]")
    return last + step * np.arange(1, count + 1).astype("timedelta64[s]")


def shift_months(moment: np.datetime64, months: int) -> np.datetime64:
    """A moment some months later; on the last day of a month where the day does not exist."""
    month = moment.astype("datetime64[M]")
    inside = moment - month.astype("datetime64[s]")
    shifted = month + months
    last_day = (shifted + 1).astype("datetime64[D]") - 1
    is_last = moment.astype("datetime64[D]") == (month + 1).astype("datetime64[D]") - 1
    if is_last or shifted.astype("datetime64[s]") + inside >= (shifted + 1).astype("datetime64[s]"):
        return last_day.astype("datetime64[s]") + (moment - moment.astype("datetime64[D]").astype("datetime64[s]"))
    return shifted.astype("datetime64[s]") + inside


def _moment(first: np.datetime64, step: int, place: int) -> np.datetime64:
    return first + place * step


def written(times: np.ndarray) -> list[str]:
    """Times in ISO 8601; as dates if all are at midnight."""
    days = times.astype("datetime64[D]")
    return [str(time) for time in (days if (days == times).all() else times)]


def _same_day(times: np.ndarray) -> bool:
    """Whether all fall on one day of the month, or all on its last days."""
    days = times.astype("datetime64[D]")
    inside = (days - times.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    return bool(np.ptp(inside) == 0 or (inside >= 27).all())


def _filled(
    times: np.ndarray, values: np.ndarray, places: np.ndarray, moment: Callable[[int], np.datetime64]
) -> tuple[np.ndarray, np.ndarray]:
    """Times and values at every place from 0 on, NaN where there is none."""
    count = int(places[-1]) + 1
    if count == len(values):
        return times, values
    whole = np.full(count, np.nan)
    whole[places] = values
    return np.array([moment(i) for i in range(count)], "datetime64[s]"), whole


def _years(numbers: list[int]) -> np.ndarray | None:
    """Years in order, which are times; other numbers of four digits are not."""
    plausible = all(1600 <= year <= 2200 for year in numbers) and len(numbers) > 1
    if not plausible or any(after != before + 1 for before, after in pairwise(numbers)):
        return None
    return np.array([f"{year:04d}-01-01" for year in numbers], "datetime64[s]")


def _attempt(parse: Callable[[str], datetime], cell: str) -> datetime | None:
    try:
        moment = parse(cell)
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _iso(cell: str) -> datetime:
    if not cell[:4].isdigit() or len(cell) < 8:
        raise ValueError(cell)
    return datetime.fromisoformat(cell)


def _format(form: str, cell: str) -> datetime:
    return datetime.strptime(cell, form)
