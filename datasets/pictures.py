"""Pictures to learn to draw: the emoji, Fashion-MNIST, or any folder of pictures, all as one array of small squares.

`read` knows the layout by looking at the folder. A tenth of the pictures is held out, by a hash of what belongs together, so
that the split is the same everywhere and stays as it is when pictures are added.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np

from mediakit.datasets.parallel_text import Origin
from mediakit.errors import DataError, InputError
from mediakit.media.alpha import on_white
from mediakit.media.image import read_square

SPLITS = ("train", "val", "all")


@dataclass(frozen=True)
class PictureSet:
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


def read(folder: Path, split: str, size: int, channels: int | None = None) -> PictureSet:
    """The pictures of one split, in the layout that the folder has.

    Args:
        folder: of an emoji package (or its .tgz), of Fashion-MNIST, or of any pictures.
        split: "train", "val" (a tenth) or "all".
        size: of the pictures, in pixels; the middle square is taken and resized.
        channels: 1, 3 (transparent parts are white) or 4; None is what the data has.

    Raises DataError when the folder is absent or nothing in it can be used.
    """
    folder = _existing(folder)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; there are {', '.join(SPLITS)}")
    if channels not in (None, 1, 3, 4):
        raise DataError(f"pictures have 1, 3 or 4 channels, not {channels}")
    return _layout(folder).read(folder, split, size, channels)


def origin(folder: Path) -> Origin:
    """Where the pictures of a folder are from; of one's own no more than the name is known."""
    folder = _existing(folder)
    return _layout(folder).origin(folder)


def held_out(what: str) -> bool:
    """Whether a picture is among the tenth for validation; `what` is the same for pictures that belong together."""
    return int(hashlib.sha256(what.encode()).hexdigest(), 16) % 10 == 0


def belongs(what: str, split: str) -> bool:
    """Whether `what` (see `held_out`) is in a split."""
    return split == "all" or held_out(what) == (split == "val")


def gather(entries: Iterable[Entry], size: int, channels: int | None, classes: tuple[str, ...], where: Path | str) -> PictureSet:
    """Read pictures into one array; those that cannot be read are dropped, and named.

    Without `channels`, as many as the richest picture has. Raises DataError when none is left.
    """
    squares, kept = [], []
    dropped: dict[str, list[str]] = {}
    for entry in entries:
        try:
            squares.append(read_square(entry.source, size))
            kept.append(entry)
        except InputError as error:
            reason = str(error).partition(": ")[2] or str(error)
            dropped.setdefault(reason, []).append(entry.name)
    if not squares:
        why = "; ".join(f"{len(names)} dropped: {reason}" for reason, names in dropped.items()) or "there are none"
        raise DataError(f"{where}: no pictures to use: {why}")
    channels = channels or max(square.shape[2] for square in squares)
    pixels = np.empty((len(squares), size, size, channels), np.uint8)
    for i, square in enumerate(squares):
        pixels[i] = with_channels(square, channels)
    labels = np.array([entry.label for entry in kept], np.int32)
    return PictureSet(pixels, labels, classes, tuple(entry.name for entry in kept), {why: tuple(names) for why, names in dropped.items()})


def with_channels(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Pictures, uint8 `[..., 1, 3 or 4]` as in a PictureSet, with 1, 3 or 4 channels.

    Losing alpha puts them on white; losing colour leaves their luma (ITU-R 601).
    """
    if pictures.shape[-1] == channels:
        return pictures
    rgb = on_white(pictures) if pictures.shape[-1] == 4 else np.broadcast_to(pictures, (*pictures.shape[:-1], 3))
    if channels == 1:
        return ((rgb @ np.array([299, 587, 114], np.uint32) + 500) // 1000).astype(np.uint8)[..., None]
    return rgb if channels == 3 else np.concatenate([rgb, np.full_like(rgb[..., :1], 255)], axis=-1)


def _layout(folder: Path) -> ModuleType:
    """The module that reads a folder's layout."""
    from mediakit.datasets import emoji

    return emoji


def _existing(folder: str | os.PathLike[str]) -> Path:
    folder = Path(folder)
    if not folder.exists():
        raise DataError(f"{folder}: no such folder; give the pictures' with --data")
    return folder
