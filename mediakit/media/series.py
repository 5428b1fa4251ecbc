"""Series of numbers from tables: CSV in its dialects, Parquet, standard input.

A table has a row for each moment and a column for each series. A column of dates or times is optional; other columns of text are
left out. Gaps are NaN.
"""

import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mediakit.errors import InputError, did_you_mean
from mediakit.media.tables import MISSING, SAMPLED, Dialect, Table, column_names, has_header, is_number, numbers, read_parquet
from mediakit.media.timestamps import parse_times

MOST_CELLS = 200_000_000


class Readable(Protocol):
    """An open binary file."""

    def read(self) -> bytes:
        """All of it."""


@dataclass(frozen=True)
class Series:
    """A named series.

    Args:
        name: of its column.
        values: float64 `[steps]`; NaN where a value is missing.
        times: datetime64[s] `[steps]` in UTC, or None.
    """

    name: str
    values: np.ndarray
    times: np.ndarray | None = None


def read_series(source: Path | Readable, time: str | None = None, columns: Sequence[str] = ()) -> list[Series]:
    """The series of a CSV or Parquet file.

    Args:
        source: a path, or an open binary file with CSV; either may be compressed by gzip.
        time: the column of dates or times; by default the first one that holds nothing else.
        columns: which series, by name; by default all columns of numbers but the time.

    Raises InputError for a file without numbers, a column that is not there, or a cell that is no number.
    """
    name = str(source) if isinstance(source, Path) else "standard input"
    table = read_parquet(source) if isinstance(source, Path) and source.suffix == ".parquet" else _csv(text_of(source, name), name)
    for wanted in [*columns, *([time] if time else [])]:
        if wanted not in table.names:
            known = ", ".join(table.names[:20])
            raise InputError(f"{name}: no column {wanted!r}; the columns are {known}{did_you_mean(wanted, table.names)}")
    time_column, times = _times(table, time, name)
    found = []
    for column, cells in zip(table.names, table.columns, strict=True):
        if column == time_column or (columns and column not in columns):
            continue
        values = numbers(cells)
        if values is None:
            if column in columns:
                raise InputError(f"{name}: column {column!r} holds {_first_text(cells, table.header)}, which is no number")
            continue
        _check_finite(cells, values, table.header, f"{name}: column {column!r}")
        found.append(Series(column, values, times))
    if not found:
        raise InputError(f"{name}: has no column of numbers")
    return found


def text_of(source: Path | Readable, name: str) -> str:
    """The text of a file, unpacked and decoded. Raises InputError, which begins with `name`, for what is no text."""
    try:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise InputError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if b"\x00" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{name}: is no text; series are read from CSV or Parquet files")
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _csv(text: str, name: str) -> Table:
    """The cells of a CSV text, short rows padded."""
    lines = io.StringIO(text, newline="").readlines()
    dialect = Dialect.of([line for line in lines[: 2 * SAMPLED] if line.strip()], name)
    rows = dialect.split(lines, name)
    width = max(map(len, rows))
    if len(rows) * width > MOST_CELLS:
        raise InputError(f"{name}: has {len(rows):,} rows of {width:,} columns; at most {MOST_CELLS:,} cells are read")
    cells = [row + [""] * (width - len(row)) for row in rows]
    header = has_header(cells)
    body = cells[1:] if header else cells
    while body and dialect.single and body[-1] == [""]:  # the file's last line ends
        body.pop()
    names = column_names(cells[0], header)
    return Table(names, [list(column) for column in zip(*body, strict=True)] or [[] for _ in names], header)


def _times(table: Table, wanted: str | None, name: str) -> tuple[str | None, np.ndarray | None]:
    """The column of times and what it holds; None where there is none."""
    for column, cells in zip(table.names, table.columns, strict=True):
        if wanted is not None and column != wanted:
            continue
        times = parse_times(cells)
        if times is not None:
            return column, times
        if wanted is not None:
            raise InputError(f"{name}: column {wanted!r} holds no dates or times; write them as 2024-12-31 or 2024-12-31 23:59")
    return None, None


def _first_text(cells: list[str], header: bool) -> str:
    row = next(i for i, cell in enumerate(cells) if cell.lower() not in MISSING and not is_number(cell))
    return f"{cells[row][:40]!r} in row {row + 1 + header}"


def _check_finite(cells: list[str], values: np.ndarray, header: bool, where: str) -> None:
    """Raise InputError for infinite numbers."""
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise InputError(f"{where} holds {cells[infinite[0]]!r} in row {infinite[0] + 1 + header}; values must be finite")
