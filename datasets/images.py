"""Images for classification and generation: the emoji, Fashion-MNIST, or any folder of images, as one array of squares.

`read` recognises the layout from the folder's contents. A hash holds out a tenth of the images, keeping related ones together,
so the split is the same on every machine and stable when images are added.
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
from mediakit.media.alpha import with_channels
from mediakit.media.image import read_square

SPLITS = ("train", "val", "all")
MOST_THREADS = 8


@dataclass(frozen=True)
class ImageSet:
    """Images of one size.

    pixels: uint8 `[images, size, size, channels]`: one channel is grey, three are RGB, four are RGB premultiplied by alpha,
        then alpha.
    labels: int32 `[images]`, indices into `classes`; zeros where there are no classes.
    classes: class names; empty when the data has none.
    names: image names, such as file names.
    groups: for each image what it shares with related ones, such as the person it shows; empty where that is unknown.
    dropped: names of unusable images, by reason.
    """

    pixels: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[str, ...] = ()
    dropped: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class Entry:
    """An image to be read: its name, its file or the file's bytes, its class index, and its group."""

    name: str
    source: Path | bytes
    label: int = 0
    group: str = ""


def read(folder: Path, split: str, size: int, channels: int | None = None, *, warn: Warn = print_warning) -> ImageSet:
    """The images of one split, in whichever layout the folder has.

    Args:
        folder: an emoji package (or its .tgz), Fashion-MNIST, or any folder of images.
        split: "train", "val" (a tenth, or the publisher's held-out set) or "all".
        size: side in pixels; the central square is resized to it.
        channels: 1, 3 (transparent parts become white) or 4; None keeps what the data has.
        warn: receives one line about files that are left out.

    Raises DataError when the folder is missing or holds nothing usable.
    """
    folder = _existing(folder)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    if channels not in (None, 1, 3, 4):
        raise DataError(f"channels is {channels}; it must be 1, 3 or 4")
    if size < 1:
        raise DataError(f"size is {size} pixels; it must be at least 1")
    images = _layout(folder).read(folder, split, size, channels)
    if images.dropped:
        warn(f"{folder}: {describe_dropped(images.dropped)}")
    return images


@dataclass(frozen=True)
class LabelledImages:
    """Images of two classes or more, for training and validation, and where they come from."""

    train: ImageSet
    validation: ImageSet
    origin: Origin


def read_labelled(folder: Path, size: int, channels: int | None = None) -> LabelledImages:
    """The images of both splits, as `read` returns them. Raises DataError when they have no classes."""
    train, validation = (read(folder, split, size, channels) for split in ("train", "val"))
    if len(train.classes) < 2:
        raise DataError(f"{folder}: has no classes; put the images of each class in a folder of its own")
    return LabelledImages(train, validation, origin(folder))


def describe_dropped(dropped: Mapping[str, Sequence[str]], most: int = 3) -> str:
    """One line about the files left out: the first reasons, with the first names of each."""
    reasons = []
    for reason, names in list(dropped.items())[:most]:
        more = f" and {len(names) - most} more" if len(names) > most else ""
        reasons.append(f"{reason}: {', '.join(names[:most])}{more}")
    reasons += ["…"] * (len(dropped) > most)
    count = sum(map(len, dropped.values()))
    return f"{count} file{'s' * (count != 1)} left out: {'; '.join(reasons)}"


def origin(folder: Path) -> Origin:
    """Where a folder's images come from. Of your own images only the folder's name is known."""
    folder = _existing(folder)
    return _layout(folder).origin(folder)


def held_out(key: str) -> bool:
    """Whether an image is in the validation tenth. Related images share a key."""
    return hash_bucket(key, 10) == 0


def in_split(key: str, split: str) -> bool:
    """Whether images with this key (see `held_out`) are in a split."""
    return split == "all" or held_out(key) == (split == "val")


def load(
    entries: Sequence[Entry],
    size: int,
    channels: int | None,
    *,
    classes: tuple[str, ...],
    where: Path,
    left_out: Mapping[str, Sequence[str]] | None = None,
) -> ImageSet:
    """Read images into one array; unreadable ones are dropped and named.

    Without `channels`, all images get as many channels as the richest one. `left_out` holds files dropped earlier, by reason.
    Raises DataError when no image is left.
    """
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS)) as threads:
        results = list(threads.map(partial(_square, size=size), entries))
    dropped = {reason: list(names) for reason, names in (left_out or {}).items()}
    squares, kept = [], []
    for entry, result in zip(entries, results, strict=True):
        if isinstance(result, str):
            dropped.setdefault(result, []).append(entry.name)
        else:
            squares.append(result)
            kept.append(entry)
    if not squares:
        raise DataError(f"{where}: no usable images" + (f": {describe_dropped(dropped)}" if dropped else ""))
    channels = channels or max(square.shape[2] for square in squares)
    pixels = np.stack([with_channels(square, channels) for square in squares])
    labels = np.array([entry.label for entry in kept], np.int32)
    names, groups = (tuple(getattr(entry, name) for entry in kept) for name in ("name", "group"))
    return ImageSet(pixels, labels, classes, names, groups if any(groups) else (), {why: tuple(each) for why, each in dropped.items()})


def _square(entry: Entry, size: int) -> np.ndarray | str:
    """An image's central square, or why it cannot be read."""
    try:
        return read_square(entry.source, size)
    except InputError as error:
        return str(error).removeprefix(f"{entry.source}: " if isinstance(entry.source, Path) else "the photo: ")


def _layout(folder: Path) -> ModuleType:
    """The module that reads a folder's layout."""
    from mediakit.datasets import asl_massey, emoji, fashion_mnist, image_folder, image_list, imagenet_samples

    if folder.is_file():  # only emoji are read from an archive
        return emoji
    layouts = (fashion_mnist, emoji, image_list, asl_massey, imagenet_samples)
    return next((layout for layout in layouts if layout.is_here(folder)), image_folder)


def _existing(folder: Path) -> Path:
    folder = Path(folder)
    if not folder.exists():
        raise DataError(f"{folder}: no such folder")
    return folder
