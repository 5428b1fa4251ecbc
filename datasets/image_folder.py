"""Any folder of images in the formats of `mediakit.media.photo_files`, of any size, with or without subfolders.

    DIR/*.png                         no classes
    DIR/CLASS/**/*.png                subfolders are classes, if there are at least two and every image is in one
    DIR/train/…, DIR/val/…            either of the above, with stated splits; a `test` folder is ignored

Without stated splits, a hash of the relative paths holds out a tenth; the split is stable when images are added. Hidden files,
folders that drives and archives generate (`@eaDir`, `__MACOSX`), and files without an image suffix are left out and reported.
"""

import os
from pathlib import Path

from mediakit.datasets.folders import STATED_SPLITS, readable
from mediakit.datasets.images import Entry, ImageSet, describe_dropped, held_out, load
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError
from mediakit.media.photo_files import is_hidden, is_photo, is_unreadable_photo


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The images of one split, as in `images.read`, ordered by path. Raises DataError when there are none."""
    paths, left_out = _found(folder)
    stated = _is_stated(paths)
    inside = {path: path.parts[stated:] for path in paths}
    subfolders = {parts[0] for parts in inside.values() if len(parts) > 1}
    classes = tuple(sorted(subfolders)) if len(subfolders) > 1 and all(len(parts) > 1 for parts in inside.values()) else ()
    entries = [Entry(path.as_posix(), folder / path, classes.index(inside[path][0]) if classes else 0) for path in _of_split(paths, split)]
    return load(entries, size, channels, classes=tuple(map(readable, classes)), where=folder, left_out=left_out)


def find(folder: Path, split: str) -> list[Path]:
    """The images of one split, not opened: paths relative to the folder, sorted. Raises DataError when the folder holds no images."""
    return _of_split(_found(folder)[0], split)


def origin(folder: Path) -> Origin:
    """The folder's name; nothing else is known."""
    return own_data(folder, "images")


def _found(folder: Path) -> tuple[list[Path], dict[str, list[str]]]:
    """As `_find`. Raises DataError when there are no images."""
    paths, left_out = _find(folder)
    if not paths:
        raise DataError(f"{folder}: holds no images" + (f"; {describe_dropped(left_out)}" if left_out else ""))
    return paths, left_out


def _is_stated(paths: list[Path]) -> bool:
    """Whether the images' folders state their splits."""
    return all(path.parts[0].lower() in STATED_SPLITS for path in paths)


def _of_split(paths: list[Path], split: str) -> list[Path]:
    return (_stated_split if _is_stated(paths) else _hashed_split)(paths, split)


def _find(folder: Path) -> tuple[list[Path], dict[str, list[str]]]:
    """Image paths relative to the folder, sorted, and the other files by the reason they are left out."""
    found: list[Path] = []
    left_out: dict[str, list[str]] = {}

    def sort(path: Path, reason: str | None) -> None:
        if reason is None:
            found.append(path)
        else:
            left_out.setdefault(reason, []).append(path.as_posix())

    def skip_unreadable(error: OSError) -> None:
        sort(Path(error.filename).relative_to(folder), "cannot be opened")

    for here, folders, files in os.walk(folder, onerror=skip_unreadable):
        inside = Path(here).relative_to(folder)
        for name in sorted(files):
            sort(inside / name, _why_not(folder / inside / name))
        for name in [name for name in folders if is_hidden(name)]:
            folders.remove(name)
            sort(inside / name, "hidden")
        folders.sort()
    return sorted(found), left_out


def _why_not(file: Path) -> str | None:
    """Why a file is not opened at all; None if it is."""
    if is_hidden(file.name):
        return "hidden"
    if is_unreadable_photo(file.name):
        return f"{file.suffix.lower()} cannot be read"
    if not is_photo(file.name):
        return "no image suffix"
    return None if file.is_file() else "a broken link or not a regular file"


def _stated_split(paths: list[Path], split: str) -> list[Path]:
    """The images whose folder states the split; without a validation folder, `val` is hashed out of the rest."""
    stated = {path: STATED_SPLITS[path.parts[0].lower()] for path in paths}
    usable = [path for path in paths if stated[path] != "test"]
    if "val" not in stated.values():
        return _hashed_split(usable, split)
    return [path for path in usable if split in ("all", stated[path])]


def _hashed_split(paths: list[Path], split: str) -> list[Path]:
    """The images of a split by a hash of their paths. Of two or more images, at least one is held out."""
    val = {path for path in paths if held_out(path.as_posix())}
    if not val and len(paths) > 1:
        val = {paths[-1]}
    return [path for path in paths if split == "all" or (path in val) == (split == "val")]
