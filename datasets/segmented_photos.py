"""Photos with masks of classes, for segmentation: what its data sets share.

A mask is a PNG of the photo's size, grey or with a palette, whose values are the ids of classes. `read` recognises the layout
from the folder's contents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from mediakit.datasets.origin import Origin
from mediakit.errors import DataError, did_you_mean
from mediakit.media.masks import MaskClass

VOID = 255  # in masks of indices: pixels of no class, which count in no loss and no metric
SPLITS = ("train", "val")


@dataclass(frozen=True)
class SegmentedPhoto:
    """A photo and its mask."""

    name: str
    photo: Path
    mask: Path


@dataclass(frozen=True)
class SegmentedPhotos:
    """The photos of both splits and their classes.

    Attributes:
        classes: in the order of a network's outputs.
        background: the id of the class that other ids of `ids` count as; None: they are void.
        ids: all ids that masks hold, without void.
    """

    train: tuple[SegmentedPhoto, ...]
    validation: tuple[SegmentedPhoto, ...]
    classes: tuple[MaskClass, ...]
    ids: tuple[int, ...]
    background: int | None
    origin: Origin

    @property
    def index_of_id(self) -> np.ndarray:
        """For every value of a mask the index of its class, or `VOID`: uint8 `[256]`."""
        index = np.full(256, VOID, np.uint8)
        places = {each.id: i for i, each in enumerate(self.classes)}
        if self.background is not None:
            index[list(self.ids)] = places[self.background]
        for number, i in places.items():
            index[number] = i
        return index


def read(folder: Path, classes: str = "") -> SegmentedPhotos:
    """Photos with masks of a folder in CamVid's or PASCAL VOC's layout.

    Args:
        classes: names, separated by commas, of the classes to keep; empty: all. Others count as background, or are void where
            there is none.

    Raises DataError when the folder has neither layout, a photo has no mask, or there is no class of such a name.
    """
    found = _layout(Path(folder)).read(Path(folder))
    return _with_classes(found, [name.strip() for name in classes.split(",")]) if classes else found


def _layout(folder: Path) -> ModuleType:
    from mediakit.datasets import camvid, voc_masks

    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    for layout in (voc_masks, camvid):
        if layout.is_here(folder):
            return layout
    raise DataError(f"{folder}: no masks; expected ImageSets/Segmentation/ (PASCAL VOC's layout), or train/ and trainannot/ (CamVid's)")


def _with_classes(data: SegmentedPhotos, names: Sequence[str]) -> SegmentedPhotos:
    by_name = {each.name: each for each in data.classes}
    for name in names:
        if name not in by_name:
            raise DataError(f"no class {name!r}; the classes are {', '.join(by_name)}{did_you_mean(name, list(by_name))}")
    kept = tuple(each for each in data.classes if each.name in names or each.id == data.background)
    return SegmentedPhotos(data.train, data.validation, kept, data.ids, data.background, data.origin)
