"""Files that commands write: whole or not at all, where they can be, and of the format that their name promises."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from mediakit.errors import InputError
from mediakit.media.photo_files import is_address

STANDARD_OUTPUT = "-"
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".svg")
# Formats that no text result has.
_BINARY_ENDINGS = (
    *IMAGE_ENDINGS,
    *(".mid", ".midi", ".wav", ".mp3", ".flac", ".ogg", ".m4a", ".mp4", ".mov", ".mkv", ".webm", ".avi"),
    *(".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".zip", ".gz"),
)
_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")


class PlaceOnDisk(click.Path):
    """A path of which the disk is asked. What is wrong there is an InputError, as a missing photo is, and no usage error."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """The path. Raises InputError for a folder where a file is wanted, a file where a folder is, and a path that is missing."""
        try:
            return super().convert(value, param, context)
        except click.BadParameter as error:
            path, kind = os.fsdecode(value), "folder" if self.dir_okay else "file"
            if os.path.isdir(path) and not self.dir_okay:
                raise InputError(f"{path}: is a folder, not a file") from error
            why = f"is a file, not a {kind}" if os.path.exists(path) else f"no such {kind}"
            raise InputError(f"{path}: {why}") from error


class OutputFile(PlaceOnDisk):
    """An option's file. A name that promises another format than the one written is a usage error.

    Args:
        endings: those of the formats that can be written. With several formats (`choose`) the name must have one of them;
            with one format it may also have none. Without `endings`, the file holds text, under any name but a binary format's.
        choose: the ending chooses the format.
    """

    def __init__(self, *endings: str, choose: bool = False):
        super().__init__(dir_okay=False, path_type=Path)
        self.endings, self.choose = endings, choose

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """The path. Fails with a usage error for an ending of another format.

        With --engine it is a folder's, or an address, which stays text.
        """
        if context is not None and isinstance(context.params.get("engine"), str):  # a sentinel until all options are read
            return value if is_address(str(value)) else OutputFolder().convert(value, param, context)
        path = Path(os.fsdecode(super().convert(value, param, context)))
        if str(path) == STANDARD_OUTPUT or is_device(path):
            return path
        ending = path.suffix.lower()
        if self.endings and ending not in self.endings and (ending or self.choose):
            self.fail(f"{path}: the name must end in {_either(self.endings)}", param, context)
        if not self.endings and ending in _BINARY_ENDINGS:
            self.fail(f"{path}: the results are text; take another ending than {ending}", param, context)
        return path


class OutputFolder(PlaceOnDisk):
    """An option's folder. A name that promises an image is a usage error."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Path:
        """The path. Fails with a usage error for a name that looks like a file's."""
        path = Path(os.fsdecode(super().convert(value, param, context)))
        if path.suffix.lower() in _BINARY_ENDINGS and not path.is_dir():
            self.fail(f"{path}: a folder is wanted, not a {path.suffix} file", param, context)
        return path


def check_json_ending(output: Path | None, as_json: bool) -> None:
    """Raise a usage error if the name of the results' file promises JSON and they are not, or the other way round."""
    if output is None or is_device(output):
        return
    ending = output.suffix.lower()
    if ending in _JSON_ENDINGS and not as_json:
        raise click.UsageError(f"{output}: the results are JSON only with --json")
    if ending in (".csv", ".tsv", ".srt", ".html") and as_json:
        raise click.UsageError(f"{output}: --json writes one JSON object per line; name the file .jsonl")


def check_standard_output(results_there: bool, **files: Path | None) -> None:
    """Raise a usage error if the file of an option, of that name, would be mixed with other output on standard output."""
    there = [name.replace("_", "-") for name, path in files.items() if str(path) == STANDARD_OUTPUT]
    if there and (results_there or len(there) > 1):
        raise click.UsageError(f"--{there[0]} - would be mixed with other output on standard output; give it a file")


def check_place(path: Path | None) -> None:
    """Raise InputError if a file cannot be written because its folder is missing or read-only. For before the work is done."""
    if path is None or str(path) == STANDARD_OUTPUT:
        return
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    if not path.exists() and not os.access(path.parent, os.W_OK):
        raise InputError(f"{path}: cannot be written: the folder {path.parent} is read-only")


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, unless it exists. Raises InputError if that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from error


def is_device(path: Path) -> bool:
    """Whether a path is a pipe or a device, such as /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()


def numbered(path: Path, number: int, count: int) -> Path:
    """The name of file `number`, from 0, of `count`: `tune.mid` becomes `tune-1.mid`, unless it is the only one."""
    return path.with_name(f"{path.stem}-{number + 1:0{len(str(count))}d}{path.suffix}") if count > 1 else path


class UniqueNames:
    """Names for files in one folder: the second `photo` becomes `photo-2`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, path: str) -> str:
        """The stem of an input's path, with a number if an earlier input had it."""
        stem = "standard input" if path == "-" else Path(os.path.abspath(path)).stem
        name, number = stem, 2
        while name in self._taken:
            name, number = f"{stem}-{number}", number + 1
        self._taken.add(name)
        return name


@contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing that appears when all of it is written; on an error nothing is left.

    An earlier file is replaced and its permissions are kept; behind a link it is the linked file that is replaced. A device or a
    pipe (/dev/null, /dev/stdout) is written directly and never replaced; - is standard output.
    """
    if str(path) == STANDARD_OUTPUT:
        yield sys.stdout.buffer if "b" in mode else sys.stdout
        return
    encoding, errors = (None, None) if "b" in mode else ("utf-8", "surrogateescape")  # file names may be other bytes
    if path.exists() and not path.is_file():
        try:
            with open(path, mode, encoding=encoding, errors=errors) as file:
                yield file
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        return
    path = Path(os.path.realpath(path))
    permissions = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask()
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")  # known before it is made: a signal may come at any moment
    try:
        try:
            opened = open(partial, mode.replace("w", "x"), encoding=encoding, errors=errors, opener=_private)  # noqa: SIM115
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        with opened as file:
            yield file
        os.chmod(partial, permissions)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, 0o600)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _either(endings: tuple[str, ...]) -> str:
    *others, last = endings
    return f"{', '.join(others)} or {last}" if others else last
