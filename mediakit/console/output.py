"""What the commands share: whole files, JSON lines, progress, and errors that do not stop a batch."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from mediakit.errors import InputError, ModelError

if TYPE_CHECKING:
    from mediakit.runtime.model_folder import ModelFolder

Item = TypeVar("Item")


class Results:
    """Where a command's results go, line by line, and how many inputs failed.

    Args:
        file: standard output, or the file of `--output`.
        as_json: one JSON object a line.
    """

    def __init__(self, file: IO[str], as_json: bool):
        self._file, self._as_json, self.failed, self.wrote = file, as_json, 0, False

    def give(self, text: str, fields: dict[str, Any]) -> None:
        """One result: `text` for people, `fields` for programs."""
        self.write((json.dumps(fields, ensure_ascii=False) if self._as_json else text) + "\n")
        self._file.flush()

    def write(self, text: str) -> None:
        """A piece of a longer result, as it is."""
        self._file.write(text)
        self.wrote = True

    def fail(self, path: str, error: Exception) -> None:
        """One input that failed: a line on standard error; with --json also an object with `path` and `error`."""
        self.failed += 1
        click.echo(f"mediakit: {error}", err=True)
        if self._as_json:
            self.give("", {"path": path, "error": str(error)})

    def finish(self) -> None:
        """End the command with exit code 1 if anything failed."""
        if self.failed:
            raise click.exceptions.Exit(1)


@contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Write a file under a temporary name and rename it when all of it is there; on an error nothing is left. A device or a pipe
    (/dev/null, /dev/stdout) is written as it is, never replaced; - is standard output."""
    if str(path) == "-":
        yield sys.stdout.buffer if "b" in mode else sys.stdout
        return
    encoding = None if "b" in mode else "utf-8"
    if path.exists() and not path.is_file():
        try:
            with open(path, mode, encoding=encoding) as file:
                yield file
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        return
    try:
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        with open(handle, mode, encoding=encoding) as file:
            yield file
        os.chmod(partial, 0o666 & ~_umask())
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder for results, and those above it; one that is there will do."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from error


def check_place(path: Path | None) -> None:
    """InputError if there is no folder for a file, or none that may be written: before the work is done, not after."""
    if path is None or str(path) == "-":
        return
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    if not path.exists() and not os.access(path.parent, os.W_OK):
        raise InputError(f"{path}: cannot be written: the folder {path.parent} may not be written")


def check_standard_output(results_there: bool, **files: Path | None) -> None:
    """A usage error when a file of an option, of that name, would be mixed on standard output with results or with another."""
    there = [name.replace("_", "-") for name, path in files.items() if str(path) == "-"]
    if there and (results_there or len(there) > 1):
        raise click.UsageError(f"--{there[0]} - would be mixed with what else is written to standard output; give it a file")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def results(output: Path | None, as_json: bool) -> Iterator[Results]:
    """Results on standard output, or whole in a file. Fails at the end if an input did; the file is written all the same, unless
    there is nothing to write: what it held stays then."""
    if output is None:
        given = Results(sys.stdout, as_json)
        yield given
    else:
        with whole_file(output) as file:
            given = Results(file, as_json)
            yield given
            if not given.wrote:
                given.finish()
    given.finish()


def progress(items: Iterable[Item], total: int | None, unit: str, quiet: bool) -> Iterable[Item]:
    """A progress bar on standard error, where that is a terminal and there is more than one item."""
    if quiet or not sys.stderr.isatty() or total == 1:
        return items
    from tqdm import tqdm

    return tqdm(items, total=total, unit=unit, file=sys.stderr, leave=False)


def model_for(task: str, model: str) -> "ModelFolder":
    """The folder of a model of one task.

    Args:
        task: such as `music`.
        model: a shipped model's name, with or without what stands before the slash (`music/jsb`, `jsb`), or a model folder's path.

    Raises ModelError for an unknown model, listing those of the task, and InputError for a model of another task.
    """
    from mediakit.runtime.model_folder import open_folder, shipped

    known = shipped()
    if model not in known and not (Path(model) / "manifest.json").exists():
        of_task = [name for name in known if open_folder(name).task == task]
        full = [name for name in of_task if name.partition("/")[2] == model]
        if not full:
            names = ", ".join(name.partition("/")[2] or name for name in of_task)
            shipped_ones = f"one of {names}" if names else "shipped with mediakit"
            raise ModelError(f"no model {model!r} of the task {task}: neither a model folder nor {shipped_ones}")
        model = full[0]
    folder = open_folder(model)
    if folder.task != task:
        raise InputError(f"{model}: is a model of the task {folder.task}, not of {task}")
    return folder


def settings(pairs: Iterable[str]) -> dict[str, str]:
    """`name=value` texts of `--set` as a dictionary. A text without `=` is a usage error."""
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair}: wanted name=value")
        result[name] = value
    return result


def option_group(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several click options as one decorator, in the order in which help shows them."""

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
