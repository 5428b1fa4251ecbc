"""The folder that receives results: on a disk that all machines see, or at an address such as s3://bucket/results."""

import os
from pathlib import Path

from mediakit.console.files import make_folder, whole_file
from mediakit.engines.inputs import filesystem
from mediakit.errors import InputError
from mediakit.media.photo_files import is_address


def join(folder: str, name: str) -> str:
    """The place of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}" if is_address(folder) else os.path.join(folder, name)


def make(folder: str) -> None:
    """Make a folder, unless it exists or is at an address, where folders are made by their files."""
    if not is_address(folder):
        make_folder(Path(folder))


def names(folder: str) -> set[str]:
    """The names of the files in a folder; none if it does not exist."""
    if not is_address(folder):
        return set(os.listdir(folder)) if os.path.isdir(folder) else set()
    files, path = filesystem(folder)
    return {name.rpartition("/")[2] for name in files.find(path, maxdepth=1)} if files.isdir(path) else set()


def read(place: str) -> bytes:
    """A file's content."""
    if not is_address(place):
        return Path(place).read_bytes()
    files, path = filesystem(place)
    return files.cat_file(path)


def write(place: str, content: bytes) -> None:
    """Write a file, whole or not at all. Raises InputError if that is impossible."""
    if not is_address(place):
        with whole_file(Path(place), "wb") as file:
            file.write(content)
        return
    files, path = filesystem(place)
    try:
        files.makedirs(path.rpartition("/")[0], exist_ok=True)
        with files.open(path, "wb") as file:  # object stores show a file when it is closed, never a part of it
            file.write(content)
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {error}") from error


def remove_leftovers(folder: str) -> None:
    """Remove what killed processes left: files that were being written."""
    if not is_address(folder):
        for left in Path(folder).glob(".part-*"):
            left.unlink(missing_ok=True)
