"""Pictures to learn to draw: the emoji, Fashion-MNIST, or any folder of pictures, all as one array of small squares.

`read` knows the layout by looking at the folder. A tenth of the pictures is held out, by a hash of what belongs together, so
that the split is the same everywhere and stays as it is when pictures are added.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

from mediakit.datasets.folders import Warn, hash_bucket, print_warning
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError, InputError
from mediakit.media.alpha import on_white
from mediakit.media.image import read_square

SPLITS = ("train", "val", "all")
MOST_THREADS = 8


@dataclass(frozen=True)
class ImageSet:
    """Pictures of one size.

    pixels: uint8 `[pictures, size, size, channels]`; one channel is grey, three are RGB, four are RGB multiplied by alpha, then
        alpha.
    labels: int32 `[pictures]`, each an index into `classes`; zeros where there are none.
    classes: names; empty when the data has none.
    names: of the pictures, such as their files'.
    dropped: what could not be used, the pictures' names by the reason.
    """

    pixels: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    names: tuple[str, ...]
    dropped: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class Entry:
    """A picture that is yet to be read: its name, its file or the file's bytes, and the number of its class."""

    name: str
    source: Path | bytes
    label: int = 0


def read(folder: Path, split: str, size: int, channels: int | None = None, *, warn: Warn = print_warning) -> ImageSet:
    """The pictures of one split, in the layout that the folder has.

    Args:
        folder: of an emoji package (or its .tgz), of Fashion-MNIST, or of any pictures.
        split: "train", "val" (a tenth, or what the set's publisher holds out) or "all".
        size: of the pictures, in pixels; the middle square is taken and resized.
        channels: 1, 3 (transparent parts are white) or 4; None is what the data has.
        warn: told, in one line, of what was left out.

    Raises DataError when the folder is absent or nothing in it can be used.
    """
    folder = _existing(folder)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; there are {', '.join(SPLITS)}")
    if channels not in (None, 1, 3, 4):
        raise DataError(f"pictures have 1, 3 or 4 channels, not {channels}")
    if size < 1:
        raise DataError(f"pictures of {size} pixels can't be; the size is 1 or more")
    found = _layout(folder).read(folder, split, size, channels)
    if found.dropped:
        warn(f"{folder}: {describe(found.dropped)}")
    return found


def describe(dropped: Mapping[str, Sequence[str]], most: int = 3) -> str:
    """What was left out, in one line: by reason, with the first names of each."""
    said = []
    for reason, names in list(dropped.items())[:most]:
        more = f" and {len(names) - most} more" if len(names) > most else ""
        said.append(f"{reason}: {', '.join(names[:most])}{more}")
    said += ["…"] * (len(dropped) > most)
    count = sum(map(len, dropped.values()))
    return f"{count} file{'s' * (count != 1)} left out: {'; '.join(said)}"


def origin(folder: Path) -> Origin:
    """Where the pictures of a folder are from; of one's own no more than the name is known."""
    folder = _existing(folder)
    return _layout(folder).origin(folder)


def held_out(what: str) -> bool:
    """Whether a picture is among the tenth for validation; `what` is the same for pictures that belong together."""
    return hash_bucket(what, 10) == 0


def belongs(what: str, split: str) -> bool:
    """Whether `what` (see `held_out`) is in a split."""
    return split == "all" or held_out(what) == (split == "val")


def gather(
    entries: Sequence[Entry],
    size: int,
    channels: int | None,
    *,
    classes: tuple[str, ...],
    where: Path,
    left_out: Mapping[str, Sequence[str]] | None = None,
) -> ImageSet:
    """Read pictures into one array; those that cannot be read are dropped, and named.

    Without `channels`, as many as the richest picture has. `left_out` is what was dropped before. Raises DataError when nothing
    is left.
    """
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS)) as threads:
        found = list(threads.map(partial(_square, size=size), entries))
    dropped = {reason: list(names) for reason, names in (left_out or {}).items()}
    squares, kept = [], []
    for entry, square in zip(entries, found, strict=True):
        if isinstance(square, str):
            dropped.setdefault(square, []).append(entry.name)
        else:
            squares.append(square)
            kept.append(entry)
    if not squares:
        raise DataError(f"{where}: no pictures to use" + (f": {describe(dropped)}" if dropped else ""))
    channels = channels or max(square.shape[2] for square in squares)
    pixels = np.stack([with_channels(square, channels) for square in squares])
    labels = np.array([entry.label for entry in kept], np.int32)
    return ImageSet(pixels, labels, classes, tuple(entry.name for entry in kept), {why: tuple(names) for why, names in dropped.items()})


def _square(entry: Entry, size: int) -> np.ndarray | str:
    """A picture's middle square, or why it cannot be read."""
    try:
        return read_square(entry.source, size)
    except InputError as error:
        return str(error).removeprefix(f"{entry.source}: " if isinstance(entry.source, Path) else "the photo: ")


def with_channels(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Pictures, uint8 `[..., 1, 3 or 4]` as in an ImageSet, with 1, 3 or 4 channels.

    Losing alpha puts them on white; losing colour leaves their luma (ITU-R 601).
    """
    given = pictures.shape[-1]
    if given == channels:
        return pictures
    rgb = on_white(pictures) if given == 4 else np.repeat(pictures, 3, axis=-1) if given == 1 else pictures
    if channels == 1:
        return ((rgb @ np.array([299, 587, 114], np.uint32) + 500) // 1000).astype(np.uint8)[..., None]
    return rgb if channels == 3 else np.concatenate([rgb, np.full_like(rgb[..., :1], 255)], axis=-1)


def _layout(folder: Path) -> ModuleType:
    """The module that reads a folder's layout."""
    from mediakit.datasets import emoji, fashion_mnist, image_folder

    if folder.is_file():  # the only one that is read from an archive
        return emoji
    return next((layout for layout in (fashion_mnist, emoji) if layout.is_here(folder)), image_folder)


def _existing(folder: Path) -> Path:
    folder = Path(folder)
    if not folder.exists():
        raise DataError(f"{folder}: no such folder; give the pictures' with --data")
    return folder
