"""Which files are photos, by one rule for commands and data sets, and where to find them."""

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from mediakit.errors import InputError, MissingExtra

_HEIF = (".heic", ".heif", ".hif", ".heics")  # read by pillow-heif, an extra
_PILLOW = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".avif", ".avifs", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
    *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".tga", ".psd", ".pcx", ".dds"),
    *(".sgi", ".rgb", ".rgba", ".bw", ".qoi", ".ico", ".icns", ".xbm", ".xpm", ".ras", ".fits", ".fit"),
)
SUFFIXES = (*_PILLOW, *_HEIF) if find_spec("pillow_heif") else _PILLOW
# Photos and drawings that cannot be read: named when they are left out of a folder.
_UNREADABLE = (
    *(".heic", ".heif", ".hif", ".heics", ".jxl", ".jxr", ".wdp", ".svg", ".svgz", ".eps", ".ai", ".xcf", ".exr", ".hdr"),
    *(".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".orf", ".rw2", ".pef", ".srw", ".x3f", ".raw"),
)
# Folders that network drives, archives and recycle bins fill by themselves.
_GENERATED = {"@eadir", "@tmp", "@recycle", "#recycle", "#snapshot", "__macosx", "$recycle.bin", "system volume information", "lost+found"}
_EXAMPLES = "JPEG, PNG, WebP, AVIF, TIFF, GIF, …"


class EmptyFolder(InputError):
    """A folder without photos. It is no error for a subfolder of one that has photos elsewhere."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is hidden (`._1.jpg`, `.thumbnails`) or generated (`@eaDir`, `__MACOSX`)."""
    return name.startswith(".") or name.lower() in _GENERATED


def is_photo(name: str) -> bool:
    """Whether a file of this name, found in a folder, is read as a photo."""
    return name.lower().endswith(SUFFIXES) and not is_hidden(name)


def is_unreadable_photo(name: str) -> bool:
    """Whether a file of this name, found in a folder, is a photo in a format that cannot be read here."""
    return name.lower().endswith(_UNREADABLE) and not is_hidden(name) and not is_photo(name)


def describe_unreadable(files: Iterable[Path]) -> str:
    """Photos that were left out, counted by suffix, and how to have them read: `left out: 2 .heic, 1 .svg`. Empty for none."""
    counts = Counter(file.suffix.lower() for file in files)
    if not counts:
        return ""
    heif = f"; {MissingExtra.of('heic', 'pillow-heif')}" if any(suffix in _HEIF for suffix in counts) else ""
    listed = ", ".join(f"{count} {suffix}" for suffix, count in sorted(counts.items()))
    return f"left out: {listed} (in a format that cannot be read{heif})"


def is_address(path: str) -> bool:
    """Whether a path is an address such as https://example.org/photo.jpg."""
    return re.match(r"[a-z][a-z0-9+.-]+:/{2}", path, re.IGNORECASE) is not None


def missing(path: str, hint: str = "") -> InputError:
    """The error for a file that does not exist; `hint` ends it. A URL gets a message of its own."""
    if is_address(path):
        return InputError(f"{path}: URLs are not fetched; download the file first")
    return InputError(f"{path}: no such file{hint}" if path else "a path is empty")


def find_photos(paths: Iterable[str], recursive: bool = False, unreadable: list[Path] | None = None) -> Iterator[Path | InputError]:
    """Photo files from paths, folders and glob patterns, in order.

    Hidden and generated files and folders (see `is_hidden`) inside of a folder or a pattern's matches are passed over. A
    pattern without matches, a folder without photos and an unreadable folder each yield an InputError. Files are not opened: a
    missing file or one that is not a photo shows when it is read.

    Args:
        unreadable: receives the photos that are left out of folders because their format cannot be read.
    """
    unreadable = [] if unreadable is None else unreadable
    for path in paths:
        if os.path.lexists(path) or not any(mark in path for mark in "*?["):
            yield from _expand(path, recursive, unreadable)
        else:
            stated = Path(path).parts
            matches = [match for match in sorted(glob.glob(path, recursive=True)) if not _has_hidden_part(match, stated)]
            if not matches:
                yield InputError(f"{path}: no files match")
            for match in matches:
                yield from _expand(match, recursive, unreadable)


def _has_hidden_part(match: str, stated: tuple[str, ...]) -> bool:
    """Whether a pattern's wildcards matched something hidden. What the pattern itself states is wanted."""
    return any(is_hidden(part) for part in Path(match).parts if part not in stated and part != "..")


def _expand(path: str, recursive: bool, unreadable: list[Path]) -> Iterator[Path | InputError]:
    if os.path.isdir(path):
        yield from _photos_in(Path(path), recursive, unreadable)
    else:
        yield Path(path)


def _photos_in(folder: Path, recursive: bool, unreadable: list[Path]) -> Iterator[Path | InputError]:
    found, before = False, len(unreadable)
    try:
        with os.scandir(folder) as entries:
            visible = sorted((entry for entry in entries if not is_hidden(entry.name)), key=lambda entry: entry.name)
    except OSError as error:
        yield InputError(f"{folder}: cannot be opened: {error.strerror}")
        return
    for entry in visible:
        if recursive and entry.is_dir(follow_symlinks=False):  # a link could form a cycle
            inside = [item for item in _photos_in(Path(entry.path), recursive, unreadable) if not isinstance(item, EmptyFolder)]
            found = found or bool(inside)
            yield from inside
        elif is_photo(entry.name) and entry.is_file():
            found = True
            yield Path(entry.path)
        elif is_unreadable_photo(entry.name):
            unreadable.append(Path(entry.path))
    if not found:
        hint = "" if recursive or not any(entry.is_dir() for entry in visible) else "; --recursive searches its subfolders"
        left_out = describe_unreadable(unreadable[before:])
        yield EmptyFolder(f"{folder}: holds no photos ({_EXAMPLES}){hint}{left_out and '; '}{left_out}")
