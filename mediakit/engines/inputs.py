"""What a command's arguments stand for, as rows of a table that is divided into parts.

An argument is a file, a folder or a pattern, also at an address such as s3://bucket/photos; a text file that lists files, one per
line (for commands that take texts, each line is a text); or a Parquet table, one of whose columns holds the items.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.console.engine import Kind
from mediakit.console.path_input import item_name, photo_items
from mediakit.console.text_input import text_sources
from mediakit.errors import InputError, MediakitError, MissingExtra
from mediakit.media.photo_files import is_address, is_photo

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
    tables = [argument for argument in arguments if argument.lower().rstrip("/").endswith(".parquet")]
    if tables and len(tables) < len(arguments):
        raise InputError(f"{tables[0]}: is a Parquet table; give either tables or other inputs")
    if tables:
        item = column or ITEM_COLUMNS[kind]
        return Tables([_describe(path, item) for table in tables for path in _expand(table, ".parquet")], item)
    if column:
        raise InputError(f"--column {column} names a column of Parquet tables, and {arguments[0] if arguments else '-'} is none")
    if "-" in arguments:
        raise InputError("-: standard input cannot be read by other processes; give files")
    if kind == "texts":
        return _lines(arguments, recursive)
    paths, left_out = [], ""
    for argument in arguments:
        if is_address(argument):
            paths += _expand(argument, "", recursive)
        elif argument.lower().endswith(".txt") and Path(argument).is_file():
            paths += [line for source in text_sources([argument]) for line in source.lines() if line.strip()]
        else:
            found, left_out = _files(argument, kind, recursive)
            paths += found
    if not paths:
        raise InputError(f"{', '.join(arguments)}: nothing to work on")
    return FileList({"path": paths}, "path", left_out)


def _files(argument: str, kind: Kind, recursive: bool) -> tuple[list[str], str]:
    """The files of a local path, folder or pattern, and what to say of those that were left out."""
    left_out = ""
    if kind == "photos":
        items, left_out = photo_items([argument], recursive)
    else:
        from mediakit.console.path_input import existing
        from mediakit.media.video import find_films

        items = list(existing([argument], lambda path: find_films([path], recursive)))
    for item in items:
        if isinstance(item, MediakitError):
            raise item
    return [item_name(item) for item in items], left_out


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


def _expand(path: str, suffix: str, recursive: bool = False) -> list[str]:
    """The files of a path, folder or pattern, here or at an address: of folders those with a suffix, or else the photos."""
    if not is_address(path):
        if os.path.isdir(path):
            return [str(found) for found in sorted(Path(path).glob(f"*{suffix}"))]
        from glob import glob

        found_here = sorted(glob(path)) if any(mark in path for mark in "*?[") else [path]
        if not found_here:
            raise InputError(f"{path}: no files match")
        return found_here
    files, root = filesystem(path)
    try:
        if any(mark in root for mark in "*?["):
            names = files.glob(root)
        elif files.isdir(root):
            names = files.find(root, maxdepth=None if recursive else 1)
            names = [name for name in names if (name.lower().endswith(suffix) if suffix else is_photo(name.rpartition("/")[2]))]
        else:
            names = [root] if files.exists(root) else []
    except OSError as error:
        raise InputError(f"{path}: cannot be listed: {error}") from error
    if not names:
        raise InputError(f"{path}: no such file")
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
