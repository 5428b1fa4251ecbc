"""Anybody's pictures: a folder of JPEG, PNG, WebP, BMP, TIFF or GIF files of any size, with or without folders in it.

    DIR/*.png                       no classes
    DIR/CLASS/**/*.png              the folders are the classes, if no picture lies outside and there are two at least
    DIR/train/…, DIR/val/…          either of these, split as the folders say; a folder `test` is left alone

Where no folder says it, a tenth is held out by a hash of the files' paths in it, so that the split stays as it is when pictures are added.
Hidden files and others that are no pictures by their names are left out, and said.
"""

import os
from pathlib import Path

from mediakit.datasets.folders import STATED_SPLITS
from mediakit.datasets.images import Entry, ImageSet, describe, gather, held_out
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError
from mediakit.media.image import SUFFIXES


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The pictures of one split, as `images.read`, in the order of their paths. Raises DataError when there are none."""
    paths, left_out = _find(folder)
    if not paths:
        raise DataError(f"{folder}: holds no pictures ({', '.join(SUFFIXES)})" + (f"; {describe(left_out)}" if left_out else ""))
    stated = all(path.parts[0].lower() in STATED_SPLITS for path in paths)
    inside = {path: path.parts[stated:] for path in paths}
    folders = {parts[0] for parts in inside.values() if len(parts) > 1}
    classes = tuple(sorted(folders)) if len(folders) > 1 and all(len(parts) > 1 for parts in inside.values()) else ()
    entries = [
        Entry(path.as_posix(), folder / path, classes.index(inside[path][0]) if classes else 0)
        for path in (_of_stated_split if stated else _of_split)(paths, split)
    ]
    return gather(entries, size, channels, classes=classes, where=folder, left_out=left_out)


def origin(folder: Path) -> Origin:
    """Only the folder's name is known."""
    return Origin(folder.resolve().name, "its owner's", holds="pictures")


def _find(folder: Path) -> tuple[list[Path], dict[str, list[str]]]:
    """Pictures by their names, relative to the folder and in order; and what else lies there, by what it is."""
    found: list[Path] = []
    left_out: dict[str, list[str]] = {}

    def sort(path: Path, reason: str | None) -> None:
        if reason is None:
            found.append(path)
        else:
            left_out.setdefault(reason, []).append(path.as_posix())

    def closed(error: OSError) -> None:
        sort(Path(error.filename).relative_to(folder), "cannot be opened")

    for here, folders, files in os.walk(folder, onerror=closed):
        inside = Path(here).relative_to(folder)
        for name in sorted(files):
            sort(inside / name, _why_not(folder / inside / name))
        for name in [name for name in folders if name.startswith(".")]:
            folders.remove(name)
            sort(inside / name, "hidden")
        folders.sort()
    return sorted(found), left_out


def _why_not(file: Path) -> str | None:
    """Why a file is not even opened, if it is not."""
    if file.name.startswith("."):
        return "hidden"
    if file.suffix.lower() not in SUFFIXES:
        return "no picture by its name"
    return None if file.is_file() else "a broken link, or no file"


def _of_stated_split(paths: list[Path], split: str) -> list[Path]:
    """Those whose folder says so; `val` comes out of `train` if no folder is for it."""
    of = {path: STATED_SPLITS[path.parts[0].lower()] for path in paths}
    own = [path for path in paths if of[path] != "test"]
    if "val" not in of.values():
        return _of_split(own, split)
    return [path for path in own if split in ("all", of[path])]


def _of_split(paths: list[Path], split: str) -> list[Path]:
    """Those of a split by a hash of their paths. Of two pictures or more one at least is held out."""
    val = {path for path in paths if held_out(path.as_posix())}
    if not val and len(paths) > 1:
        val = {paths[-1]}
    return [path for path in paths if split == "all" or (path in val) == (split == "val")]
