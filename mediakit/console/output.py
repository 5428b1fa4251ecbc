"""What a command prints: results on standard output, messages and progress on standard error, and its exit code."""

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from mediakit.console.files import whole_file
from mediakit.console.path_input import STANDARD_INPUT, item_name
from mediakit.console.resume import Log, check_resume, discard_partial, resumed_file
from mediakit.errors import InputError, InputWarning, MediakitError, on_one_line

Item = TypeVar("Item")
Result = TypeVar("Result")


class Results:
    """Where the results of a batch go, and how many of its items failed.

    Args:
        file: standard output, or the file of `--output`.
        as_json: print one JSON object per line.
        quiet: no progress and no notes.
        unit: what an item of the batch is called, such as `photo`.
        log: of the results in the file, if the batch can be resumed.
    """

    def __init__(self, file: IO[str], as_json: bool = False, quiet: bool = False, unit: str = "input", log: Log | None = None):
        self.as_json, self.quiet, self.unit = as_json, quiet, unit
        self.failed, self.wrote = log.failed if log else 0, False
        self._file, self._items, self._log = file, 0, log
        self._remarks: list[str] = []

    def give(self, text: str, fields: dict[str, Any]) -> None:
        """Print one result: `text` for people, `fields` for programs."""
        self.write((json_line(fields) if self.as_json else text) + "\n")
        self.flush()

    def write(self, text: str) -> None:
        """Write a piece of a longer result as it is."""
        with _writing():
            self._file.write(text)
        self.wrote = True

    def flush(self) -> None:
        """Let who reads the results see all that was written."""
        with _writing():
            self._file.flush()

    def note(self, message: str) -> None:
        """Print a remark on standard error, unless the command is quiet."""
        if not self.quiet:
            click.echo(f"mediakit: {on_one_line(message)}", err=True)

    def fail(self, path: str, error: Exception) -> None:
        """Report an item that failed: a line on standard error; with --json also an object with `path` and `error`."""
        if self.was_done(path):
            return
        self.failed += 1
        click.echo(f"mediakit: {on_one_line(str(error))}", err=True)
        if self.as_json:
            self.give("", {"path": path, "error": without_name(str(error), path)})
        self._add_to_log(path, failed=True)

    def done(self, name: str) -> None:
        """Note that one more result of an item is complete: a resumed batch does not repeat it."""
        self._add_to_log(name, failed=False)

    def was_done(self, name: str) -> bool:
        """Whether the next result of an item was complete before the batch was resumed. Each such result is skipped once."""
        if self._log is None or not self._log.done[name]:
            return False
        self._log.done[name] -= 1
        return True

    def remaining(self, items: Iterable[Item], skipped: Callable[[str], Any] = str, named: Callable[[Item], str] = item_name) -> list[Item]:
        """The items that were not done before the batch was resumed. `skipped` is called with the name of each of the others."""
        kept = []
        for item in items:
            if self.was_done(named(item)):
                self._items += 1
                skipped(named(item))
            else:
                kept.append(item)
        if self._items:
            self.note(f"{self._counted(self._items)} done before")
        return kept

    def _add_to_log(self, name: str, failed: bool) -> None:
        if self._log:
            self._log.add(name, failed)

    def leave_out(self, count: int, why: str) -> None:
        """Have the end of the batch say that `count` items were left out."""
        if count:
            self.remark(f"{self._counted(count)} left out: {why}")

    def remark(self, message: str) -> None:
        """Have the end of the batch say something, unless it is empty."""
        if message:
            self._remarks.append(message)

    @contextmanager
    def catching(self, name: str) -> Iterator[None]:
        """Report what goes wrong inside as the failure of the item `name`, and go on."""
        try:
            yield
        except MediakitError as error:
            self.fail(name, error)
        except (BrokenPipeError, _ResultsError):  # the reader has gone or the disk is full: the end of the command, not of one item
            raise
        except OSError as error:
            self.fail(name, InputError(f"{error.filename or name}: {error.strerror or error}"))

    def successes(self, stream: Iterable[tuple[Item, Result | MediakitError]]) -> Iterator[tuple[Item, Result]]:
        """The items of a pipeline's stream that succeeded. Those that failed are reported and counted."""
        for item, result in self.counted(stream):
            if isinstance(result, MediakitError):
                self.fail(item_name(item), result)
                continue
            failed = self.failed
            yield item, result
            if self.failed == failed:
                self.done(item_name(item))

    def counted(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items of the batch, counted for the summary."""
        for item in items:
            self._items += 1
            yield item

    @property
    def shows_progress(self) -> bool:
        """Whether a progress bar may be drawn. Results that are printed in a terminal leave no room for one."""
        return not self.quiet and _is_terminal(sys.stderr) and not _is_terminal(self._file)

    def progress(self, items: Iterable[Item], total: int | None = None, unit: str | None = None) -> Iterable[Item]:
        """The items with a progress bar, where one may be drawn."""
        return progress(items, total, unit or self.unit, not self.shows_progress)

    def finish(self) -> None:
        """Print the remarks and how many items failed; end the command with exit code 1 if any did."""
        for line in self._remarks:
            self.note(line)
        if self.failed:
            if self._items > 1:
                self.note(f"{self.failed} of {self._counted(self._items)} failed")
            raise click.exceptions.Exit(1)

    def _counted(self, count: int) -> str:
        return f"{count:,} {self.unit}{'' if count == 1 else 's'}"


class _ResultsError(OSError):
    """The results cannot be written."""


@contextmanager
def _writing() -> Iterator[None]:
    """Tell an error of writing the results from an error of an item."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _ResultsError(error.errno, error.strerror) from error


@contextmanager
def results(
    output: Path | None, as_json: bool = False, quiet: bool = False, unit: str = "input", resume: bool = False
) -> Iterator[Results]:
    """Results on standard output, or in a file that is written whole or not at all.

    The command ends with exit code 1 if an item failed. The file is written all the same, unless no result was written: then
    an earlier file stays as it was. With `resume`, results that an interrupted command left are gone on with. Raises a usage
    error for `resume` without a file.
    """
    check_resume(output, resume)
    if output is not None and resume:
        with resumed_file(output) as (file, log):
            given = Results(file, as_json, quiet, unit, log)
            with _warnings_as_notes(given):
                yield given
    elif output is None:
        given = Results(sys.stdout, as_json, quiet, unit)
        with _warnings_as_notes(given):
            yield given
    else:
        with whole_file(output) as file:
            given = Results(file, as_json, quiet, unit)
            with _warnings_as_notes(given):
                yield given
            if not given.wrote:
                given.finish()
        discard_partial(output)
    given.finish()


@contextmanager
def _warnings_as_notes(out: Results) -> Iterator[None]:
    """Have an InputWarning printed as a note, once. What libraries warn of is shown with MEDIAKIT_DEBUG=1 alone."""
    told: set[str] = set()
    with warnings.catch_warnings():
        if os.environ.get("MEDIAKIT_DEBUG") != "1":
            warnings.simplefilter("ignore")
        warnings.simplefilter("always", InputWarning)
        show = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *where: Any) -> None:
            if not issubclass(category, InputWarning):
                show(message, category, *where)
            elif str(message) not in told:
                told.add(str(message))
                out.note(str(message))

        warnings.showwarning = note  # type: ignore[assignment]
        yield


def progress(items: Iterable[Item], total: int | None, unit: str, quiet: bool) -> Iterable[Item]:
    """The items with a progress bar on standard error, if that is a terminal and there may be more than one item.

    For work during which nothing is printed. Where results are printed meanwhile, `Results.progress` decides.
    """
    if quiet or not _is_terminal(sys.stderr) or total == 1:
        return items
    from tqdm import tqdm

    return tqdm(items, total=total, unit=unit, file=sys.stderr, leave=False)


def without_name(message: str, path: str) -> str:
    """An error's message without the name that it begins with, where that is the item's own."""
    names = ("standard input", "the photo on standard input") if path == STANDARD_INPUT else (path,)
    return next((message.removeprefix(f"{name}: ") for name in names if message.startswith(f"{name}: ")), message)


@contextmanager
def progress_within(out: Results, total: int) -> Iterator[Callable[[int, float], None]]:
    """A progress bar that moves within items. Yields a function that takes an item's number and the fraction of it that is done."""
    if not out.shows_progress:
        yield lambda number, fraction: None
        return
    from tqdm import tqdm

    form = f"{{l_bar}}{{bar}}| {{n:.1f}}/{{total}} {out.unit}s, {{remaining}} left"
    with tqdm(total=total, file=sys.stderr, leave=False, bar_format=form) as bar:
        done: dict[int, float] = {}  # of each item; several are read at a time

        def watch(number: int, fraction: float) -> None:
            bar.update(fraction - done.get(number, 0.0))
            done[number] = fraction

        yield watch


@contextmanager
def progress_of_one(quiet: bool) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error, if that is a terminal, for one long piece of work during which nothing is printed.

    Yields a function that takes the fraction that is done.
    """
    if quiet or not _is_terminal(sys.stderr):
        yield lambda fraction: None
        return
    from tqdm import tqdm

    with tqdm(total=100, file=sys.stderr, leave=False, bar_format="{percentage:3.0f}%|{bar}| {remaining} left") as bar:

        def watch(fraction: float) -> None:
            bar.update(100 * fraction - bar.n)

        yield watch


def json_line(fields: dict[str, Any], default: Callable[[Any], Any] | None = None) -> str:
    """Fields as a JSON object on one line, in UTF-8 letters where they can be; `default` converts what JSON has no type for."""
    text = json.dumps(fields, ensure_ascii=False, default=default)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file name that is not UTF-8: escaped, `os.fsencode` of the parsed text gives its bytes
        text = json.dumps(fields, default=default)
    return text


def _is_terminal(file: IO[Any]) -> bool:
    try:
        return os.isatty(file.fileno())
    except (OSError, ValueError):  # no file of the system
        return False
