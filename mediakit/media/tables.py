"""Tables of text: CSV in its dialects, and Parquet."""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import InputError
from mediakit.media.timestamps import parse_times

MISSING = {"", "na", "nan", "n/a", "null", "none", "-", "?", "#n/a"}
DELIMITERS = ",;\t|"
SAMPLED = 20  # lines that tell the delimiter
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True)
class Table:
    """The columns of a table.

    Args:
        names: of the columns.
        columns: the cells of each, as text.
        header: whether the names came from the table.
    """

    names: list[str]
    columns: list[list[str]]
    header: bool


@dataclass(frozen=True)
class Dialect:
    """How the rows of a CSV text are split into cells.

    Args:
        delimiter: between cells.
        single: there is one column and no delimiter.
    """

    delimiter: str
    single: bool

    @classmethod
    def of(cls, lines: Sequence[str], name: str) -> "Dialect":
        """The dialect of a text by its first lines: the delimiter splits them most evenly. Raises InputError if all are blank."""
        sample = [line for line in lines[:SAMPLED] if line.strip()]
        if not sample:
            raise InputError(f"{name}: is empty")
        delimiter = max(DELIMITERS, key=lambda mark: (min(line.count(mark) for line in sample), sum(line.count(mark) for line in sample)))
        return cls(delimiter, not any(delimiter in line for line in sample))

    def split(self, lines: Sequence[str], name: str) -> list[list[str]]:
        """The cells of lines, stripped. A blank line is a gap in a table of one column, and nothing elsewhere."""
        try:
            rows = list(csv.reader(lines, delimiter="\n" if self.single else self.delimiter))
        except csv.Error as error:
            raise InputError(f"{name}: is no CSV: {error}") from error
        cells = [[cell.strip() for cell in row] if row else [""] for row in rows if row or self.single]
        if self.delimiter == ";":
            cells = [[cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in row] for row in cells]
        return cells


def has_header(cells: list[list[str]]) -> bool:
    """Whether the first row names the columns: it holds a text where no number or time stands."""
    first = [cell for cell in cells[0] if cell.lower() not in MISSING]
    return bool(first) and not any(is_number(cell) for cell in first) and parse_times(first) is None


def column_names(first: Sequence[str], header: bool) -> list[str]:
    """The names of columns: those of the first row if it is a header, without repeats and blanks (`x`, `x.2`), else numbers."""
    if not header:
        return [f"column {i + 1}" for i in range(len(first))] if len(first) > 1 else ["value"]
    counts: dict[str, int] = {}
    names = []
    for i, name in enumerate(first):
        name = name or f"column {i + 1}"
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name}.{counts[name]}")
    return names


def read_parquet(path: Path) -> Table:
    """The cells of a Parquet file as text. Raises InputError if it cannot be read, or pyarrow is not installed."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise InputError(f"{path}: reading Parquet needs pyarrow; install keras-mediakit[parquet], or save the table as CSV") from error
    try:
        table = parquet.read_table(path)
    except (OSError, ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet: {str(error).partition(chr(10))[0]}") from error
    columns = [["" if cell is None else str(cell) for cell in table.column(i).to_pylist()] for i in range(table.num_columns)]
    return Table(list(table.column_names), columns, True)


def numbers(cells: list[str]) -> np.ndarray | None:
    """The cells as float64, or None if one is no number."""
    try:
        return np.array([math.nan if cell.lower() in MISSING else float(cell) for cell in cells], np.float64)
    except ValueError:
        return None


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
