"""Rows of numbers from a CSV file or a pipe as they come: flat memory, and no row waits for a later one."""

import gzip
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from mediakit.errors import InputError, did_you_mean
from mediakit.media import tables
from mediakit.media.timestamps import parse_times

MOST = 1e150  # of a value: squares must be finite
CHUNK = 1 << 16  # bytes read at once, if they are there
LONGEST_ROW = 1 << 22  # bytes
_GZIP, _UTF16 = b"\x1f\x8b", (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of a table.

    Args:
        values: float64 `[rows, channels]`; NaN where one is missing.
        times: as they are written, or None if the table has none.
    """

    values: np.ndarray
    times: list[str] | None


class RowStream:
    """The rows of a table, in blocks: iterate over it once.

    The first block tells the delimiter, the header and which columns hold times and numbers; other columns are left out.

    Args:
        source: a path of a CSV or Parquet file, or an open binary file with CSV; CSV may be compressed by gzip.
        time: the column of dates or times; by default the first one that holds nothing else.
        columns: which channels, by name; by default all columns of numbers but the time.

    Iterating raises InputError for a file without numbers, a column that is not there, or a cell that is no number.
    """

    def __init__(self, source: Path | IO[bytes], time: str | None = None, columns: Sequence[str] = ()):
        self.name = str(source) if isinstance(source, Path) else "standard input"
        self.channels: list[str] = []
        self._source, self._wanted_time, self._wanted = source, time, columns
        self._time: int | None = None
        self._places: list[int] = []
        self._read = 0  # rows, the header included

    def __iter__(self) -> Iterator[Rows]:
        if isinstance(self._source, Path) and self._source.suffix == ".parquet":
            table = tables.read_parquet(self._source)
            self._choose(table.names, table.columns)
            yield self._rows(table.columns)
            return
        dialect = None
        for lines in _lines(self._source, self.name):
            first = dialect is None
            if dialect is None:
                dialect = tables.Dialect.of(lines, self.name)
            cells = dialect.split(lines, self.name)
            if first:
                width = max(map(len, cells))
                cells = [row + [""] * (width - len(row)) for row in cells]
                header = tables.has_header(cells)
                names = tables.column_names(cells[0], header)
                cells = cells[1:] if header else cells
                self._read += header
                self._choose(names, [list(column) for column in zip(*cells, strict=True)])
            if cells:
                yield self._rows([[row[i] if i < len(row) else "" for row in cells] for i in range(max(map(len, cells)))])
        if not self.channels:
            raise InputError(f"{self.name}: is empty")

    def _choose(self, names: list[str], columns: list[list[str]]) -> None:
        """Find the columns of times and of numbers."""
        for wanted in [*self._wanted, *([self._wanted_time] if self._wanted_time else [])]:
            if wanted not in names:
                known = ", ".join(names[:20])
                raise InputError(f"{self.name}: no column {wanted!r}; the columns are {known}{did_you_mean(wanted, names)}")
        columns = columns or [[] for _ in names]
        for place, (column, cells) in enumerate(zip(names, columns, strict=True)):
            is_time = self._wanted_time in (None, column) and self._time is None and parse_times(cells) is not None
            if is_time:
                self._time = place
            elif column == self._wanted_time:
                raise InputError(f"{self.name}: column {column!r} holds no dates or times; write them as 2024-12-31 23:59")
            elif column in self._wanted or (not self._wanted and cells and tables.numbers(cells) is not None):
                self._places.append(place)
                self.channels.append(column)
        if not self._places:
            raise InputError(f"{self.name}: has no column of numbers")

    def _rows(self, columns: list[list[str]]) -> Rows:
        count = len(columns[0])
        values = np.full((count, len(self._places)), np.nan)
        for channel, place in enumerate(self._places):
            cells = columns[place] if place < len(columns) else [""] * count
            found = tables.numbers(cells)
            if found is None or np.isinf(found).any() or (np.abs(found) > MOST).any():
                raise InputError(f"{self.name}: column {self.channels[channel]!r} {self._fault(cells)}")
            values[:, channel] = found
        self._read += count
        return Rows(values, None if self._time is None else columns[self._time])

    def _fault(self, cells: list[str]) -> str:
        """What is wrong with the first cell that is no finite number."""
        for row, cell in enumerate(cells):
            found = tables.numbers([cell])
            place = f"{cell[:40]!r} in row {self._read + row + 1}"
            if found is None:
                return f"holds {place}, which is no number"
            if np.isinf(found[0]) or abs(found[0]) > MOST:
                return f"holds {place}; values must be finite and within ±{MOST:g}"
        return "cannot be read"


def _lines(source: Path | IO[bytes], name: str) -> Iterator[list[str]]:
    """The lines of a text in blocks: what is there, at least one line, and at the start one that is no header."""
    try:
        with open(source, "rb") if isinstance(source, Path) else _left_open(source) as opened:
            yield from _blocks(opened, name)
    except (OSError, EOFError) as error:
        raise InputError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _blocks(opened: Any, name: str) -> Iterator[list[str]]:
    file, rest, begun = opened, opened.read1(CHUNK), False
    if rest[:2] == _GZIP:
        file = gzip.GzipFile(fileobj=_Joined(rest, opened))
        rest = file.read1(CHUNK)
    if rest[:2] in _UTF16:
        rest = (rest + file.read()).decode("utf-16", "replace").encode()
    rest = rest.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in rest[:4096]:
        raise InputError(f"{name}: is no text; series are read from CSV or Parquet files")
    while True:
        whole, newline, after = rest.rpartition(b"\n")
        lines = _decoded(whole).splitlines() if newline else []
        if begun or sum(bool(line.strip()) for line in lines) > 1:
            if lines:
                yield lines
            begun, rest = True, after
        elif len(rest) > LONGEST_ROW:
            raise InputError(f"{name}: has no line break in {LONGEST_ROW:,} bytes; a table has a row for each moment")
        more = file.read1(CHUNK)
        if not more:
            break
        rest += more
    if rest.strip():
        yield _decoded(rest).splitlines()


class _Joined(io.RawIOBase):
    """Bytes that were read, and the rest of their file."""

    def __init__(self, begin: bytes, rest: Any):
        self._begin, self._rest = begin, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        part, self._begin = (self._begin[:size], self._begin[size:]) if size >= 0 else (self._begin, b"")
        return part or self._rest.read1(size)


class _left_open:  # noqa: N801
    """An open file as a context that does not close it."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def __enter__(self) -> IO[bytes]:
        return self._file

    def __exit__(self, *error: object) -> None:
        pass


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def count_rows(path: Path) -> int:
    """How many lines a CSV file has, or rows a Parquet file."""
    if path.suffix == ".parquet":
        return len(tables.read_parquet(path).columns[0])
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(os.fspath(path), "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
