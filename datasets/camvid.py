"""CamVid: street scenes from a car with masks of 11 classes (Brostow, Fauqueur and Cipolla 2008), in SegNet's layout.

    train/*.png, trainannot/*.png       367 photos, 480 x 360, and masks of the same names
    val/*.png, valannot/*.png           101

Photos may also be JPEG. In masks 0 to 10 are classes and 11 is void. The validation photos are seven seconds within a drive of the
training photos, so their figures flatter. Licence: research.
"""

from pathlib import Path

from mediakit.datasets.origin import Origin
from mediakit.datasets.segmented_photos import SPLITS, SegmentedPhoto, SegmentedPhotos
from mediakit.errors import DataError
from mediakit.media.masks import MaskClass
from mediakit.media.photo_files import is_photo

ORIGIN = Origin("CamVid", "research", "Brostow, Fauqueur and Cipolla 2008; SegNet's 11 classes and split", "street scenes")
# SegNet's classes and colours.
CLASSES = tuple(
    MaskClass(i, name, color)
    for i, (name, color) in enumerate(
        {
            "sky": (128, 128, 128),
            "building": (128, 0, 0),
            "pole": (192, 192, 128),
            "road": (128, 64, 128),
            "pavement": (60, 40, 222),
            "tree": (128, 128, 0),
            "sign": (192, 128, 128),
            "fence": (64, 64, 128),
            "car": (64, 0, 128),
            "pedestrian": (64, 64, 0),
            "bicyclist": (0, 128, 192),
        }.items()
    )
)


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout, directly or in `CamVid/`."""
    return any((root / "trainannot").is_dir() for root in _roots(folder))


def read(folder: Path) -> SegmentedPhotos:
    """The photos of both splits. Raises DataError when a photo has no mask or a split no photos."""
    root = next(root for root in _roots(folder) if (root / "trainannot").is_dir())
    train, validation = (_split(root, split) for split in SPLITS)
    return SegmentedPhotos(train, validation, CLASSES, tuple(each.id for each in CLASSES), None, ORIGIN)


def _roots(folder: Path) -> tuple[Path, Path]:
    return folder, folder / "CamVid"


def _split(root: Path, split: str) -> tuple[SegmentedPhoto, ...]:
    paths = sorted(path for path in (root / split).glob("*") if is_photo(path.name))
    found = tuple(SegmentedPhoto(path.stem, path, root / f"{split}annot" / f"{path.stem}.png") for path in paths)
    if not found:
        raise DataError(f"{root / split}: holds no photos")
    for each in found:
        if not each.mask.is_file():
            raise DataError(f"{each.mask}: no such file; it is the mask of {each.photo.name}")
    return found
