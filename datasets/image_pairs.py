"""Pairs of images, for recipes that learn to make one of the other. In pix2pix's layouts (Isola et al. 2017):

    DIR/{train,val}/*.jpg                       both side by side in one image, A left, B right
    DIR/A/{train,val}/*.jpg, DIR/B/…            the same file names in both, images of one size

or made of photos: any folder of images in colour, each with its grey copy. A `test` folder is ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from mediakit.datasets import image_folder
from mediakit.datasets.folders import STATED_SPLITS, existing_folder, listing
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError
from mediakit.media.image import read_photo
from mediakit.media.photo_files import is_photo

SPLITS = ("train", "val", "all")
Kind = Literal["photos", "pairs"]
Direction = Literal["AtoB", "BtoA"]
FACADES = Origin("CMP Facades (Tyleček and Šára 2013)", "CC BY-SA", "façades with labels of their parts", "pairs of images")


@dataclass(frozen=True)
class ImagePair:
    """Where the input and the wanted output of a model are.

    Attributes:
        source, target: files; the same one if both are in it.
        side: of the file, in which the source is, if both are side by side: "left" or "right"; "grey" if the source is a grey copy.
    """

    name: str
    source: Path
    target: Path
    side: Literal["", "left", "right", "grey"] = ""

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Source and target, uint8 `[height, width, 1 or 3]` of one size; a grey source has one channel.

        Raises InputError for a file that cannot be read, DataError for images that do not fit together.
        """
        first = read_photo(self.source)
        if self.side == "grey":
            return grey(first), first
        if not self.side:
            second = read_photo(self.target)
            if first.shape != second.shape:
                sizes = " and ".join(f"{image.shape[1]} x {image.shape[0]}" for image in (first, second))
                raise DataError(f"{self.source}: is not of the size of {self.target}: {sizes} pixels")
            return first, second
        half = first.shape[1] // 2
        if not half:
            raise DataError(f"{self.source}: is too narrow to hold two images side by side")
        halves = first[:, :half], first[:, -half:]
        return halves if self.side == "left" else halves[::-1]


@dataclass(frozen=True)
class ImagePairs:
    """The pairs of both splits, and where they come from."""

    train: tuple[ImagePair, ...]
    validation: tuple[ImagePair, ...]
    origin: Origin


def grey(rgb: np.ndarray) -> np.ndarray:
    """The luma of a photo (ITU-R BT.601), as grey photos hold it: uint8 `[height, width, 1]`."""
    return np.asarray(Image.fromarray(rgb).convert("L"))[..., None]


def read(folder: Path, kind: Kind, direction: Direction = "AtoB") -> ImagePairs:
    """The pairs in a folder.

    Args:
        kind: "photos" for photos and their grey copies, "pairs" for pix2pix's layouts.
        direction: which image of a pair is the input.

    Raises DataError when the folder is missing or holds no such images.
    """
    folder = existing_folder(folder)
    if kind == "photos":
        parts = [tuple(_of_photo(folder, path) for path in image_folder.find(folder, split)) for split in SPLITS[:2]]
        return ImagePairs(parts[0], parts[1], own_data(folder, "photos"))
    parts = [tuple(_pairs(folder, split, direction)) for split in SPLITS[:2]]
    if not parts[0]:
        raise DataError(f"{folder}: no pairs of images; expected train/*.jpg with both side by side, or A/train and B/train")
    return ImagePairs(parts[0], parts[1], FACADES if "facades" in folder.resolve().name else own_data(folder, "pairs of images"))


def read_split(folder: Path, split: str, kind: Kind, direction: Direction = "AtoB") -> Sequence[ImagePair]:
    """The pairs of one split: train, val or all. Raises DataError for any other, and as `read` does."""
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    if kind == "photos" and split == "all":
        return [_of_photo(folder, path) for path in image_folder.find(existing_folder(folder), split)]
    pairs = read(folder, kind, direction)
    return {"train": pairs.train, "val": pairs.validation, "all": (*pairs.train, *pairs.validation)}[split]


def _of_photo(folder: Path, path: Path) -> ImagePair:
    return ImagePair(path.as_posix(), folder / path, folder / path, "grey")


def _pairs(folder: Path, split: str, direction: Direction) -> list[ImagePair]:
    first, second = (_images(folder / side, split) for side in "AB")
    if first or second:
        if unpaired := sorted(first.keys() ^ second.keys()):
            raise DataError(f"{folder}: in only one of A and B: {listing(unpaired)}")
        if direction == "BtoA":
            first, second = second, first
        return [ImagePair(name, path, second[name]) for name, path in first.items()]
    side: Literal["left", "right"] = "left" if direction == "AtoB" else "right"
    return [ImagePair(name, path, path, side) for name, path in _images(folder, split).items()]


def _images(folder: Path, split: str) -> dict[str, Path]:
    """The images of a split by name without suffix."""
    names = [name for name, meaning in STATED_SPLITS.items() if meaning == split]
    found = [path for name in names for path in sorted((folder / name).glob("*")) if is_photo(path.name)]
    return {path.stem: path for path in found}
