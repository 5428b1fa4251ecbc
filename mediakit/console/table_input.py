"""A column of texts in a CSV file, row by row, at flat memory."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice

from mediakit.console.text_input import TextSource
from mediakit.errors import InputError, did_you_mean

TABLES = (".csv", ".tsv")
SAMPLE = 50  # rows that show which column holds texts
FEW_WORDS = 2.5  # a cell has on average, where it is a name or a category rather than a text


def text_column(source: TextSource) -> str | None:
    """The one column of texts in a CSV file; None for what is to be read line by line: other files, and lines of text without a header.

    Raises InputError for a table of which several columns may be meant, or none.
    """
    if source.text is not None or not source.name.lower().endswith(TABLES):
        return None
    lines = list(islice(source.lines(), SAMPLE))
    separator = _separator(lines[0]) if lines else ","
    try:
        header, *rows = filter(None, csv.reader((f"{line}\n" for line in lines), delimiter=separator))
    except (csv.Error, ValueError):
        return None
    whole = [row for row in rows if len(row) == len(header)]
    # The last row of the sample may be cut in a quoted cell.
    if not whole or len(whole) < len(rows) - 1 or any(_words(cell) > 3 for cell in header):
        return None
    means = [sum(map(_words, cells)) / len(whole) for cells in zip(*whole, strict=True)]
    texts = [name for name, mean in zip(header, means, strict=True) if mean > FEW_WORDS or len(header) == 1]
    if len(texts) != 1:
        raise InputError(f"{source.name}: choose its column of texts with --column; the columns are {', '.join(header[:12])}")
    return texts[0]


def _words(cell: str) -> int:
    """How many words a cell has; figures are none."""
    return sum(any(map(str.isalpha, word)) for word in cell.split())


def _separator(first: str) -> str:
    return max(",;\t", key=first.count)


class TextTable:
    """A table whose first line names its columns. Its cells are separated by commas, else by semicolons or tabs.

    Args:
        source: a CSV file, or CSV on standard input.
        column: the name of the column of texts.

    Raises InputError when it cannot be read or has no such column; `rows` also, with the line's number, for a malformed row.
    """

    def __init__(self, source: TextSource, column: str):
        self._called = "standard input" if source.name == "-" else source.name
        lines = source.lines()
        first = next(lines, "")
        self.separator = _separator(first)
        self._reader = csv.reader((f"{line}\n" for line in _chain(first, lines)), delimiter=self.separator)
        self.header: list[str] = next(self._rows(), [])
        if column not in self.header:
            there = ", ".join(self.header[:12]) or "none"
            raise InputError(f"{self._called}: no column {column!r}; the columns are {there}{did_you_mean(column, self.header)}")
        self._place = self.header.index(column)

    def rows(self) -> Iterator[tuple[list[str], str]]:
        """Yield each row that is not empty and its text."""
        for row in self._rows():
            if not row:
                continue
            if len(row) != len(self.header):
                where = f"{self._called}: line {self._reader.line_num}"
                raise InputError(f"{where} has {len(row)} columns, the first line {len(self.header)}; quote cells with separators")
            yield row, row[self._place]

    def line(self, cells: Sequence[str]) -> str:
        """Cells as a line of CSV with the table's separator, without its end."""
        text = StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="").writerow(cells)
        return text.getvalue()

    def _rows(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as error:
            raise InputError(f"{self._called}: line {self._reader.line_num}: {error}") from error


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines
