"""Series for training and for measuring forecasts: a folder of tables, or one table.

A table is a CSV or Parquet file with a column for each series, or M4's layout, a row for each series after its name (V1, V2, …).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import DataError, InputError
from mediakit.media.seasons import find_season
from mediakit.media.series import Series, read_series
from mediakit.media.timestamps import regular, seconds_of

ENDINGS = (".csv", ".csv.gz", ".tsv", ".parquet", ".txt.gz")
SHORTEST = 24  # values; shorter series are left out


@dataclass(frozen=True)
class KnownSeries:
    """A series without gaps and what is known of it.

    Args:
        name: file and column.
        values: float64 `[steps]`.
        season: in steps; 1 for none.
        weight: how often it is drawn; those of a file with n series add up to n^0.75.
    """

    name: str
    values: np.ndarray
    season: int
    weight: float = 1.0


def read(source: Path) -> list[KnownSeries]:
    """The series of a table, or of all tables in a folder and its subfolders. Raises DataError if there are none."""
    if not source.exists():
        raise DataError(f"{source}: does not exist; give a table of series or a folder of tables")
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.name.endswith(ENDINGS))
    found: list[KnownSeries] = []
    for file in files:
        try:
            columns = _m4(file) or [(series.name, *_regular(series)) for series in read_series(file)]
        except InputError as error:
            raise DataError(str(error)) from error
        usable = [(name, values, season) for name, values, season in columns if len(values) >= SHORTEST and np.ptp(values) > 0]
        found += [KnownSeries(f"{file.name}: {name}", values, season, len(usable) ** -0.25) for name, values, season in usable]
    if not found:
        raise DataError(f"{source}: holds no series of at least {SHORTEST} values in {', '.join(ENDINGS)} files")
    return found


def _regular(series: Series) -> tuple[np.ndarray, int]:
    """Values at equal steps without gaps, and their season."""
    values, step = series.values, None
    if series.times is not None:
        _, values, step = regular(series.times, values, series.name)
    present = np.flatnonzero(~np.isnan(values))
    if not len(present):
        return np.zeros(0), 1
    values = np.interp(np.arange(present[0], present[-1] + 1), present, values[present])
    return values, find_season(values, None if step is None else seconds_of(step))


def _m4(file: Path) -> list[tuple[str, np.ndarray, int]]:
    """The series of a file in M4's layout, such as `Hourly-train.csv`; empty if it is another."""
    seasons = {"hourly": 24, "daily": 1, "weekly": 52, "monthly": 12, "quarterly": 4, "yearly": 1}
    season = next((steps for name, steps in seasons.items() if file.name.lower().startswith(name)), None)
    if season is None:
        return []
    import csv
    import gzip

    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as text:
        head, *rows = csv.reader(text)
    if head[:2] != ["V1", "V2"]:
        return []
    series: Sequence[tuple[str, list[str]]] = [(row[0], [cell for cell in row[1:] if cell not in ("", "NA")]) for row in rows]
    return [(name, np.array(cells, np.float64), season) for name, cells in series]
