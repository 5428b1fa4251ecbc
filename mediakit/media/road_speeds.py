"""Tables of traffic: speeds by time and road, adjacency of roads, their positions."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from mediakit.errors import InputError
from mediakit.media.series import Readable, text_of
from mediakit.media.tables import MISSING, Dialect, is_number
from mediakit.media.timestamps import parse_times, regular, seconds_of

FASTEST = 500.0  # no road is faster, in km/h or mph
MOST_ROADS = 5000


@dataclass(frozen=True)
class RoadSpeeds:
    """Speeds of roads at equal steps of time.

    Args:
        names: of the roads.
        speeds: float64 `[rows, roads]`, NaN where a reading is missing.
        times: datetime64[s] `[rows]`, or None.
        minutes: of a step, or None where there are no times.
    """

    names: list[str]
    speeds: np.ndarray
    times: np.ndarray | None = None
    minutes: float | None = None


def read_speeds(source: Path | Readable) -> RoadSpeeds:
    """The speeds of a CSV file with a row for each moment and a column for each road, plain or compressed by gzip.

    The first row may name the roads, the first column may hold times. Blanks and zeros are missing readings; moments that are left
    out are missing rows.

    Raises InputError for a file that is no such table.
    """
    where = str(source) if isinstance(source, Path) else "standard input"
    rows = _rows(text_of(source, where), where)
    names, rows, first = split_header(rows)
    if not rows:
        raise InputError(f"{where}: has no row of readings")
    times = parse_times([row[0] for row in rows]) if _is_text(rows[0][0]) else None
    if times is not None:
        rows, names = [row[1:] for row in rows], names[1:] if names else None
    if not rows[0]:
        raise InputError(f"{where}: has no column of readings")
    speeds = np.stack([parse_readings(row, f"{where}: row {first + i}") for i, row in enumerate(rows)])
    names = names or [f"road {i + 1}" for i in range(speeds.shape[1])]
    if len(names) > MOST_ROADS:
        raise InputError(f"{where}: has {len(names):,} roads; at most {MOST_ROADS:,} are taken: leave some out")
    if times is None or len(times) < 2:
        return RoadSpeeds(names, speeds, times)
    moments, speeds, seconds = _regular(times, speeds, where)
    return RoadSpeeds(names, speeds, moments, seconds / 60)


def split_header(rows: list[list[str]]) -> tuple[list[str] | None, list[list[str]], int]:
    """The names in the first row or None, the rows of readings, and the number of the first of these in the file."""
    return (rows[0], rows[1:], 2) if is_header(rows[0]) else (None, rows, 1)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names roads: by words after its first cell, by numbers above all speeds, or by 0, 1, 2, …"""
    named = [cell for cell in cells[1:] or cells if cell.lower() not in MISSING]
    if any(_is_text(cell) for cell in named):
        return True
    if not named or not all(cell.isdecimal() for cell in named):
        return False
    numbers = [int(cell) for cell in named]
    counts = numbers[0] in (0, 1) and all(after == before + 1 for before, after in pairwise(numbers))
    return counts or min(numbers) > FASTEST


def parse_readings(cells: Sequence[str], where: str) -> np.ndarray:
    """A row of readings, float64 `[roads]`, NaN where one is missing. Raises InputError for what is no speed."""
    try:
        readings = np.array(cells, np.float64)
    except ValueError:
        readings = np.array([_reading(cell, where, column) for column, cell in enumerate(cells)], np.float64)
    wrong = np.flatnonzero(~((readings >= 0) & (readings <= FASTEST)) & ~np.isnan(readings))
    if len(wrong):
        cell = cells[wrong[0]]
        raise InputError(f"{where}, reading {wrong[0] + 1}: {cell} is no speed; give 0 to {FASTEST:g}, or leave missing ones blank")
    return np.where(readings == 0, math.nan, readings)


def read_graph(source: Path | Readable, roads: int | None = None) -> np.ndarray:
    """The adjacency matrix of a CSV file, float64 `[roads, roads]`; it may have a row of names, a column of names, or both.

    Raises InputError for a file that holds no square matrix of weights, or one of another number of roads.
    """
    where = str(source) if isinstance(source, Path) else "the adjacency matrix"
    rows = _rows(text_of(source, where), where)
    height, width = len(rows), len(rows[0])
    if height == width + 1:
        rows = rows[1:]
    elif width == height + 1:
        rows = [row[1:] for row in rows]
    elif height == width and not is_number(rows[0][0]):
        rows = [row[1:] for row in rows[1:]]
    elif height != width:
        raise InputError(
            f"{where}: is no adjacency matrix but {height:,} rows of {width:,} cells; it needs a row and a column for each road"
        )
    if roads is not None and len(rows) != roads:
        raise InputError(
            f"{where}: joins {len(rows):,} roads, but there are speeds of {roads:,}; both need the same roads in the same order"
        )
    try:
        graph = np.array(rows, np.float64)
    except ValueError as error:
        raise InputError(f"{where}: holds a weight that is no number: {str(error).rpartition(': ')[2]}") from error
    if not np.isfinite(graph).all() or (graph < 0).any():
        raise InputError(f"{where}: holds weights that are negative or not finite; 0 means no edge, and a larger weight a nearer road")
    return graph


def read_positions(path: Path, names: Sequence[str]) -> np.ndarray:
    """Positions of roads, float64 `[roads, 2]`, eastward and northward, from a CSV file with columns for the name, latitude or y, and
    longitude or x, named in the first row.

    Raises InputError where a road or a column is missing.
    """
    rows = _rows(text_of(path, str(path)), str(path))
    heads = [cell.lower() for cell in rows[0]]
    named = [next((head for head in known if head in heads), "") for known in (_NAMES, _EAST, _NORTH)]
    if not all(named):
        raise InputError(f"{path}: its first row must name the columns of name, latitude and longitude (or name, y and x)")
    name_at, east_at, north_at = map(heads.index, named)
    try:
        found = {row[name_at]: (float(row[east_at]), float(row[north_at])) for row in rows[1:]}
    except ValueError as error:
        raise InputError(f"{path}: holds a position that is no number: {str(error).rpartition(': ')[2]}") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"{path}: has no position of {missing[0]} ({len(missing):,} of {len(names):,} roads are missing)")
    east, north = np.array([found[name] for name in names]).T
    if named[1] in _DEGREES:
        east = east * math.cos(math.radians(float(north.mean())))
    return np.stack([east, north], axis=1)


_NAMES = ("name", "road", "id", "sensor_id", "sensor", "station", "detector")
_DEGREES = ("longitude", "lon", "lng")
_EAST, _NORTH = (*_DEGREES, "x", "east"), ("latitude", "lat", "y", "north")


def _rows(text: str, where: str) -> list[list[str]]:
    """The cells of a CSV text. Raises InputError unless all rows have equally many."""
    lines = [line for line in io.StringIO(text, newline="").readlines() if line.strip()]
    rows = Dialect.of(lines, where).split(lines, where)
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise InputError(f"{where}: row {number} has {len(row):,} cells, the first has {len(rows[0]):,}")
    return rows


def _regular(times: np.ndarray, speeds: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Times and speeds at equal steps, and the step in seconds; rows that are left out become NaN."""
    moments, places, step = regular(times, np.arange(len(times), dtype=np.float64), where)
    present = ~np.isnan(places)
    whole = np.full((len(moments), speeds.shape[1]), math.nan)
    whole[present] = speeds[places[present].astype(np.int64)]
    return moments, whole, seconds_of(step)


def _reading(cell: str, where: str, column: int) -> float:
    """A speed, or NaN for a blank. Raises InputError for a text."""
    if cell.strip().lower() in MISSING:
        return math.nan
    if not is_number(cell):
        raise InputError(f"{where}, reading {column + 1}: {cell[:40]!r} is no number")
    return float(cell)


def _is_text(cell: str) -> bool:
    return cell.strip().lower() not in MISSING and not is_number(cell)
