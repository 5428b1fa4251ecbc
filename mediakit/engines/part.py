"""One part of a job: its rows through a model, written as one file, whole or not at all. The same rows give the same file."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol
from uuid import uuid4

from mediakit.console.output import json_line, without_name
from mediakit.engines import storage
from mediakit.engines.inputs import Columns, Rows, TableRows
from mediakit.engines.isolation import Isolated, ProcessDied, UnexpectedError
from mediakit.errors import InputError, MediakitError
from mediakit.media.photo_files import is_address

_FETCHED = 32  # files from addresses that are on the disk at once
_DEATHS = 2  # of the process, at the same row by itself, that make it an error
_KILLS = 5  # the same, where the process was killed from outside: by memory that the row needs, or by chance
_CONNECTIONS = 8  # files that are fetched at once


class Mapper(Protocol):
    """What `mediakit.Mapper` is to an engine: columns in; the same out, with those of the results and of errors. It can be pickled."""

    column: str

    def __call__(self, batch: Columns) -> Columns:
        """Raises MediakitError for what concerns all rows."""


class Report(NamedTuple):
    """A part that is written: its number, its rows, and how many of them are errors."""

    number: int
    rows: int
    failed: int


@dataclass(frozen=True)
class MapRows:
    """Columns in, rows out: a Mapper that also takes files at addresses, where items are files.

    Args:
        mapper: of each process that works.
        files: whether items are files rather than texts.
    """

    mapper: Mapper
    files: bool

    def __call__(self, columns: Columns) -> list[dict[str, Any]]:
        """A row for each, with its results or its error. Raises what the Mapper raises."""
        items = columns[self.mapper.column]
        if not (self.files and any(_is_remote(item) for item in items)):
            return _as_rows(self.mapper(columns))
        rows = []
        for start in range(0, len(items), _FETCHED):
            rows += self._fetch_and_map({name: values[start : start + _FETCHED] for name, values in columns.items()})
        return rows

    def _fetch_and_map(self, columns: Columns) -> list[dict[str, Any]]:
        item = self.mapper.column
        with TemporaryDirectory() as folder, ThreadPoolExecutor(_CONNECTIONS) as pool:
            here = list(pool.map(lambda numbered: _fetched(numbered[1], Path(folder, str(numbered[0]))), enumerate(columns[item])))
            rows = _as_rows(self.mapper({**columns, item: here}))
        for row, given, local in zip(rows, columns[item], here, strict=True):
            row[item] = given
            if row["error"] is not None:
                row["error"] = row["error"].replace(str(local), str(given))
        return rows


@dataclass(frozen=True)
class Job:
    """What each process that works on parts is given.

    Args:
        work: the model.
        output: the folder of the parts, a path or an address.
        parquet: write Parquet in place of JSON lines.
        folder: the working folder, from which relative paths are seen.
        key: of this run alone, by which a process that works for several knows them apart.
    """

    work: MapRows
    output: str
    parquet: bool
    folder: str
    key: str = field(default_factory=lambda: uuid4().hex)

    def name(self, number: int) -> str:
        """The name of a part's file."""
        return f"part-{number:06d}.{'parquet' if self.parquet else 'jsonl'}"

    def file(self, number: int) -> str:
        """The file of a part."""
        return storage.join(self.output, self.name(number))

    def isolated(self) -> Isolated:
        """A process for the model, to be given to `write_part`."""
        return Isolated(self.work, {self.work.mapper.column: []}, self.folder)


def write_part(job: Job, number: int, part: Rows | TableRows, isolated: Isolated) -> Report:
    """Work on a part's rows and write its file.

    Raises MediakitError for what concerns every row: a model that cannot be loaded, a wrong option, a folder that is read-only; and
    Closed when the process is closed meanwhile.
    """
    columns, item = part.read(), job.work.mapper.column
    try:
        rows = isolated(columns)
    except (ProcessDied, UnexpectedError):
        rows = [_alone(row, item, isolated) for row in _as_rows(columns)]
    failed = sum(row["error"] is not None for row in rows)
    content = _parquet(rows, item) if job.parquet else _json_lines(rows, item)
    storage.write(job.file(number), content)
    return Report(number, len(rows), failed)


_isolated: dict[str, Isolated] = {}  # that of this process's job


def write_part_here(job: Job, number: int, part: Rows | TableRows) -> Report:
    """`write_part` for a process that works for one job at a time, whose model stays loaded between parts."""
    if job.key not in _isolated:
        for other in _isolated.values():
            other.close()
        _isolated.clear()
        _isolated[job.key] = job.isolated()
    return write_part(job, number, part, _isolated[job.key])


def _alone(row: dict[str, Any], item: str, isolated: Isolated) -> dict[str, Any]:
    """A row worked on by itself. It is an error if its process dies again and again; once may be the machine's doing."""
    columns = {name: [value] for name, value in row.items()}
    deaths = 0
    while True:
        try:
            return isolated(columns)[0]
        except UnexpectedError as error:
            return {**row, "error": str(error)}
        except ProcessDied as died:
            deaths += 1
            if deaths == (_KILLS if died.from_outside else _DEATHS):
                return {**row, "error": f"{row[item]}: the process that worked on it {died}"}


def _as_rows(columns: Columns) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _json_lines(rows: list[dict[str, Any]], item: str) -> bytes:
    """The rows as the commands' `--json` prints them: an error in place of results. Bytes, which JSON cannot hold, are left out."""
    lines = []
    for row in rows:
        fields = {name: value for name, value in row.items() if name != "error" and not isinstance(value, bytes)}
        if row["error"] is not None:
            fields = {name: value for name, value in fields.items() if value is not None}
            fields["error"] = without_name(row["error"], str(row[item]))
        lines.append(f"{json_line(fields, default=str)}\n")  # tables may hold dates and decimals
    return "".join(lines).encode("utf-8", "surrogateescape")


def _parquet(rows: list[dict[str, Any]], item: str) -> bytes:
    """The rows with their errors. Items that are bytes themselves are not written again."""
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row if name != "error"))
    if any(isinstance(row[item], bytes) for row in rows):
        names.remove(item)
    table = pa.table({name: [row.get(name) for row in rows] for name in (*names, "error")})
    return parquet_file(table)


def parquet_file(table: Any) -> bytes:
    """A table of Arrow as the content of a Parquet file."""
    import pyarrow.parquet as parquet

    file = io.BytesIO()
    parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


def _is_remote(item: Any) -> bool:
    return isinstance(item, str) and is_address(item)


def _fetched(item: Any, local: Path) -> Any:
    """A file at an address as a file here, or why it cannot be fetched. Other items as they are."""
    if not _is_remote(item):
        return item
    from mediakit.engines.inputs import filesystem

    try:
        files, path = filesystem(item)
        local = local.with_suffix(Path(path).suffix)
        files.get_file(path, str(local))
    except MediakitError as error:
        return error
    except Exception as error:  # whatever a storage library raises
        missing = isinstance(error, FileNotFoundError)
        return InputError(f"{item}: {'no such file' if missing else f'cannot be fetched: {error}'}")
    return str(local)
