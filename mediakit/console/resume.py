"""Batches that go on where an interruption ended them: `-o FILE --resume`.

Results are written to FILE.partial. FILE.partial.log says which items they are of, a line for each, and how long the results
were then. A process that is killed at any moment leaves both; the next one cuts off what the log does not know and goes on. When
all is done, FILE.partial becomes FILE.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from mediakit.console.files import STANDARD_OUTPUT, is_device
from mediakit.errors import InputError

# Options that change which items there are, or how they are processed, but no result.
_NOT_SETTINGS = {"output", "resume", "quiet", "threads", "paths", "texts", "recursive"}


def check_resume(output: Path | None, resume: bool) -> None:
    """Raise a usage error for --resume without a file that can be gone on with."""
    if resume and (output is None or str(output) == STANDARD_OUTPUT or is_device(output)):
        raise click.UsageError("--resume needs --output FILE, where the finished results are")


class Log:
    """The items whose results are in a partial file.

    done: how many results of each item were there at the start; whoever skips one takes it away.
    failed: how many of them are errors.
    """

    def __init__(self, results: IO[str], log: IO[str], done: Counter[str], failed: int):
        self._results, self._log = results, log
        self.done, self.failed = done, failed

    def add(self, name: str, failed: bool) -> None:
        """Note that one more result of an item is written."""
        self._results.flush()
        print(json.dumps([name, os.fstat(self._results.fileno()).st_size, failed]), file=self._log, flush=True)


@contextmanager
def resumed_file(target: Path) -> Iterator[tuple[IO[str], Log]]:
    """Open the partial results of a file for appending, and their log. The file appears when all is done.

    An earlier complete file whose lines all name their item counts as partial results. Raises InputError if the partial results
    are of other options or cannot be written.
    """
    partial, log = _partial(target), _log(target)
    try:
        if not (partial.exists() and log.exists()):
            _begin(target, partial, log)
        entries = _read(target, partial, log)
        with (
            open(partial, "a", encoding="utf-8", errors="surrogateescape") as results,
            open(log, "w", encoding="utf-8") as logged,
        ):
            results.truncate(entries[-1][1] if entries else 0)
            for entry in (_settings(), *entries):
                print(json.dumps(entry), file=logged)
            logged.flush()
            yield results, Log(results, logged, Counter(name for name, *_ in entries), sum(failed for *_, failed in entries))
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}") from error
    if partial.stat().st_size:
        os.replace(partial, target)
    discard_partial(target)


def discard_partial(target: Path) -> None:
    """Remove the partial results of a file, if there are any."""
    _partial(target).unlink(missing_ok=True)
    _log(target).unlink(missing_ok=True)


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")


def _log(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial.log")


def _begin(target: Path, partial: Path, log: Path) -> None:
    """Begin with the lines of an earlier complete file if each is a JSON object that names its item; else with nothing."""
    entries, size = [], 0
    try:
        with open(target, "rb") as earlier:
            for line in earlier:
                fields = json.loads(line)
                size += len(line)
                entries.append([fields["path"], size, "error" in fields])
        shutil.copyfile(target, partial)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        entries = []
        partial.write_bytes(b"")
    log.write_text("".join(f"{json.dumps(entry)}\n" for entry in (_settings(), *entries)), encoding="utf-8")


def _read(target: Path, partial: Path, log: Path) -> list[tuple[str, int, bool]]:
    """What the log says of results that are whole. Raises InputError for results of other options."""
    rows: list[Any] = []
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):  # else it was being written
            rows.append(json.loads(line))
    if rows and rows[0] != _settings():
        raise InputError(f"{target}: {partial.name} was begun with other options; repeat those, or delete it")
    size = partial.stat().st_size
    return [(name, end, failed) for name, end, failed in rows[1:] if end <= size]


def _settings() -> dict[str, str]:
    """The command and the options on which its results depend."""
    context = click.get_current_context(silent=True)
    if context is None:
        return {}
    given = {name: str(value) for name, value in sorted(context.params.items()) if name not in _NOT_SETTINGS}
    return {"command": str(context.info_name), **given}
