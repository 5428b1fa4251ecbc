"""Photos and films that a command is given: paths, folders, patterns, standard input."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from mediakit.errors import InputError, MediakitError, did_you_mean

STANDARD_INPUT = "-"


class StandardInput:
    """The bytes on standard input, read once and kept. A pipeline takes it as an open file."""

    def __init__(self) -> None:
        self._bytes: bytes | None = None

    def read(self) -> bytes:
        """All of it, as often as it is asked for."""
        if self._bytes is None:
            self._bytes = sys.stdin.buffer.read()
        return self._bytes


def check_standard_input(paths: Sequence[str]) -> None:
    """Raise a usage error if standard input is given twice."""
    if list(paths).count(STANDARD_INPUT) > 1:
        raise click.UsageError("- (standard input) can be given once")


class PhotoItems(NamedTuple):
    """What a command's paths stand for.

    items: what a pipeline's stream takes: a Path for each photo, a StandardInput for `-`, an error for what is missing.
    left_out: what to say of the photos in folders whose format cannot be read; empty if there are none.
    """

    items: list[Any]
    left_out: str


def photo_items(paths: Sequence[str], recursive: bool) -> PhotoItems:
    """The photos that a command's paths stand for. Raises a usage error if standard input is given twice."""
    from mediakit.media.photo_files import describe_unreadable, find_photos

    check_standard_input(paths)
    unreadable: list[Path] = []
    photos = existing(paths, lambda path: find_photos([path], recursive, unreadable))
    items = [StandardInput() if str(photo) == STANDARD_INPUT else photo for photo in photos]
    return PhotoItems(items, describe_unreadable(unreadable))


def existing(paths: Sequence[str], find: Callable[[str], Iterator[Path | InputError]]) -> Iterator[Path | InputError]:
    """What `find` finds for each of a command's paths, and an error for a path that does not exist; it names the nearest file."""
    from mediakit.media.photo_files import is_address, missing

    for path in paths:
        is_file_name = path != STANDARD_INPUT and not any(mark in path for mark in "*?[")
        if is_address(path) or (is_file_name and not os.path.lexists(path)):
            yield missing(path, near_file(path))
        else:
            yield from find(path)


def near_file(name: str) -> str:
    """`; did you mean …?` with the file of nearly that name in its folder; empty if there is none."""
    path = Path(name)
    try:
        names = [str(path.with_name(entry.name)) for entry in os.scandir(path.parent) if entry.is_file()]
    except (OSError, ValueError):
        return ""
    return did_you_mean(str(path), names, cutoff=0.8)


def item_name(item: Any) -> str:
    """What an item is called in results: its path, `-` for standard input, the path that an error is about."""
    if isinstance(item, MediakitError):
        return str(item).partition(": ")[0]
    return STANDARD_INPUT if hasattr(item, "read") else os.fsdecode(item) if isinstance(item, os.PathLike) else str(item)


def is_one_file(paths: Sequence[str], items: Sequence[Any]) -> bool:
    """Whether a command was given a single file rather than several, a folder or a pattern: results need no path then."""
    return len(paths) == len(items) == 1 and item_name(items[0]) in (paths[0], str(Path(paths[0])))


def is_video(item: Any) -> bool:
    """Whether an item is a video by its name. An animated GIF is an image."""
    from mediakit.media.video import SUFFIXES

    return isinstance(item, Path) and item.suffix.lower() in SUFFIXES and item.suffix.lower() != ".gif"


@contextmanager
def standard_input_file() -> Iterator[Path]:
    """Standard input as a file, for formats that must be searched to and fro."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "standard input")
        with open(path, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path
