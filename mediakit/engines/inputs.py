"""What a command's arguments stand for, as rows of a table that is divided into parts.

An argument is a file, a folder or a pattern, also at an address such as s3://bucket/photos; a text file that lists files, one per
line (for commands that take texts, each line is a text); or a Parquet table, one of whose columns holds the items.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

from mediakit.console.engine import Kind
from mediakit.console.path_input import existing, item_name, photo_items
from mediakit.console.text_input import text_sources
from mediakit.errors import InputError, MediakitError, MissingExtra
from mediakit.media.photo_files import is_address, is_hidden, is_photo

Columns = dict[str, list[Any]]
ITEM_COLUMNS = {"photos": "path", "films": "path", "texts": "text"}


@dataclass(frozen=True)
class Rows:
    """Rows that were listed here."""

    columns: Columns

    def read(self) -> Columns:
        """The columns."""
        return self.columns


@dataclass(frozen=True)
class TableRows:
    """Rows of a Parquet table, read where they are worked on.

    Args:
        table: path or address.
        group: of the table's row groups.
        start, count: in the row group.
        item: the column of the items. Other columns are read too, unless they hold bytes.
    """

    table: str
    group: int
    start: int
    count: int
    item: str

    def read(self) -> Columns:
        """The columns. Raises InputError if the table cannot be read."""
        with open_table(self.table) as table:
            names = [field.name for field in table.schema_arrow if field.name == self.item or not _holds_bytes(field)]
            rows = table.read_row_group(self.group, columns=names).slice(self.start, self.count)
        return {name: rows[name].to_pylist() for name in names}


@dataclass(frozen=True)
class FileList:
    """Inputs that were listed: the columns of all rows, and what to say of files that were left out."""

    columns: Columns
    item: str
    left_out: str = ""

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.columns[self.item])

    def fingerprint(self) -> str:
        """A digest of all rows."""
        digest = hashlib.sha256()
        for row in zip(*self.columns.values(), strict=True):
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()

    def parts(self, size: int) -> Iterator[Rows]:
        """The rows in parts of so many; the last one may have fewer."""
        for start in range(0, self.count, size):
            yield Rows({name: values[start : start + size] for name, values in self.columns.items()})


@dataclass(frozen=True)
class Tables:
    """Parquet tables: of each the path, its bytes, and the rows of each row group."""

    tables: list[tuple[str, int, list[int]]]
    item: str
    left_out: str = ""

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(sum(groups) for _, _, groups in self.tables)

    def fingerprint(self) -> str:
        """A digest of the tables' names and sizes."""
        return hashlib.sha256(json.dumps(self.tables).encode()).hexdigest()

    def parts(self, size: int) -> Iterator[TableRows]:
        """The rows in parts of at most so many. None spans two row groups, so that each is read once or nearly so."""
        for table, _, groups in self.tables:
            for group, rows in enumerate(groups):
                for start in range(0, rows, size):
                    yield TableRows(table, group, start, min(size, rows - start), self.item)


Inputs = FileList | Tables


def list_inputs(arguments: Sequence[str], kind: Kind, recursive: bool, column: str | None) -> Inputs:
    """The rows that arguments stand for, in order.

    Args:
        kind: what the command takes.
        column: of tables, the one that holds the items: paths, addresses, texts, or photos as bytes.

    Raises InputError for what does not exist, for tables among other inputs, and for a table without the column.
    """
    tables = [argument for argument in arguments if _is_table(argument.rstrip("/"))]
    if tables and len(tables) < len(arguments):
        raise InputError(f"{tables[0]}: is a Parquet table; give either tables or other inputs")
    if column and not tables:
        raise InputError(f"--column {column} names a column of Parquet tables, and {arguments[0] if arguments else '-'} is none")
    if "-" in arguments:
        raise InputError("-: standard input cannot be read by other processes; give files")
    inputs: Inputs
    if tables:
        item = column or ITEM_COLUMNS[kind]
        inputs = Tables([_describe(path, item) for table in tables for path in _tables(table)], item)
    else:
        inputs = _lines(arguments, recursive) if kind == "texts" else _files(arguments, kind, recursive)
    if not inputs.count:
        raise InputError(f"{', '.join(arguments)}: nothing to work on")
    return inputs


def _files(arguments: Sequence[str], kind: Kind, recursive: bool) -> FileList:
    """Photos or films: those that arguments name, and those that lists name."""
    paths: list[str] = []
    left_out: list[str] = []
    for argument in arguments:
        if is_address(argument):
            paths += _at_address(argument, is_photo if kind == "photos" else _is_film, recursive)
        elif argument.lower().endswith(".txt") and Path(argument).is_file():
            paths += [line for source in text_sources([argument]) for line in source.lines() if line.strip()]
        else:
            found, unreadable = photo_items([argument], recursive) if kind == "photos" else (_films(argument, recursive), "")
            for item in found:
                if isinstance(item, MediakitError):
                    raise item
            paths += map(item_name, found)
            left_out += filter(None, [unreadable])
    return FileList({"path": paths}, "path", "; ".join(left_out))


def _films(argument: str, recursive: bool) -> list[Path | InputError]:
    from mediakit.media.video import find_films

    return list(existing([argument], lambda path: find_films([path], recursive)))


def _is_film(name: str) -> bool:
    from mediakit.media.video import SUFFIXES

    return name.lower().endswith(tuple(SUFFIXES)) and not is_hidden(name)


def _is_table(name: str) -> bool:
    return name.lower().endswith(".parquet") and not is_hidden(name)


def _lines(arguments: Sequence[str], recursive: bool) -> FileList:
    """The lines of text files, with their paths and line numbers. An argument that is a text itself has none."""
    columns: Columns = {"path": [], "line": [], "text": []}
    for source in text_sources(arguments, recursive):
        for number, line in enumerate(source.lines(), 1):
            if line.strip():
                row = (source.name, number, line) if source.text is None else (None, None, line)
                for column, value in zip(columns.values(), row, strict=True):
                    column.append(value)
    return FileList(columns, "text")


def _tables(path: str) -> list[str]:
    """The tables of a path, folder or pattern."""
    if is_address(path):
        return _at_address(path, _is_table, recursive=False)
    if os.path.isdir(path):
        return sorted(entry.path for entry in os.scandir(path) if _is_table(entry.name))
    return sorted(glob(path)) if any(mark in path for mark in "*?[") else [path]


def _at_address(address: str, wanted: Callable[[str], bool], recursive: bool) -> list[str]:
    """The files at an address: itself, those that match a pattern, or those of a folder whose names are wanted."""
    files, root = filesystem(address)
    try:
        if any(mark in root for mark in "*?["):
            names = files.glob(root)
        elif files.isdir(root):
            names = [name for name in files.find(root, maxdepth=None if recursive else 1) if wanted(name.rpartition("/")[2])]
        else:
            names = [root] if files.exists(root) else []
    except Exception as error:  # whatever a storage library raises
        raise InputError(f"{address}: cannot be listed: {error}") from error
    if not names:
        raise InputError(f"{address}: no such file")
    return sorted(files.unstrip_protocol(name) for name in names)


def _describe(table: str, item: str) -> tuple[str, int, list[int]]:
    """A table's path, bytes, and rows of each row group. Raises InputError for one without the column of items."""
    with open_table(table) as opened:
        names = opened.schema_arrow.names
        if item not in names:
            raise InputError(f"{table}: has no column {item!r}; name one with --column: {', '.join(names)}")
        meta = opened.metadata
        groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
        return table, sum(group.total_byte_size for group in groups), [group.num_rows for group in groups]


def open_table(table: str) -> Any:
    """A Parquet file, open. Raises MissingExtra without pyarrow, InputError for what is no such file."""
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtra.of("parquet", "pyarrow") from error
    try:
        if not is_address(table):
            return parquet.ParquetFile(table)
        files, path = filesystem(table)
        return parquet.ParquetFile(path, filesystem=files)
    except FileNotFoundError as error:
        raise InputError(f"{table}: no such file") from error
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise InputError(f"{table}: is no Parquet table: {error}") from error


def filesystem(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path there. Raises MissingExtra without the package for it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtra.of("ray", "fsspec") from error
    try:
        return url_to_fs(address)
    except (ImportError, ValueError) as error:  # no package for s3://, no such scheme at all
        raise InputError(f"{address}: cannot be read: {error}") from error


def _holds_bytes(field: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
