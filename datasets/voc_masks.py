"""Photos with masks in the layout of PASCAL VOC (Everingham et al. 2010).

    JPEGImages/NAME.jpg
    SegmentationClassAug/NAME.png or SegmentationClass/NAME.png     values are ids of classes; 255 is void
    ImageSets/Segmentation/{train,val}.txt                          a name per line
    classes.txt                                                     optional: the classes' names, background first

Without `classes.txt` the classes are VOC's: background and 20 things. SegmentationClassAug holds the masks of the Semantic Boundaries
Dataset too (Hariharan et al. 2011), which are coarser. Licence of VOC and SBD: research; the photos come from Flickr.
"""

from pathlib import Path

from mediakit.datasets.origin import Origin, own_data
from mediakit.datasets.segmented_photos import SPLITS, SegmentedPhoto, SegmentedPhotos
from mediakit.errors import DataError
from mediakit.media.masks import MaskClass

ORIGIN = Origin(
    "PASCAL VOC 2012",
    "research",
    "Everingham et al. 2010; masks also from the Semantic Boundaries Dataset (Hariharan et al. 2011); photos from Flickr",
    "photos",
)
NAMES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse",
    "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
MASKS = ("SegmentationClassAug", "SegmentationClass")
CLASSES = "classes.txt"


def palette_color(number: int) -> tuple[int, int, int]:
    """VOC's colour of an id: its bits are dealt to red, green and blue in turn, the lowest to the highest bit of the colour."""
    color = [0, 0, 0]
    for bit in range(8):
        color[bit % 3] |= (number >> bit & 1) << (7 - bit // 3)
    return color[0], color[1], color[2]


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout, directly or in `VOC2012/`."""
    return any((root / "ImageSets" / "Segmentation").is_dir() for root in _roots(folder))


def read(folder: Path) -> SegmentedPhotos:
    """The photos of both splits. Raises DataError when a list, a photo or a mask is missing."""
    root = next(root for root in _roots(folder) if (root / "ImageSets" / "Segmentation").is_dir())
    own = (root / CLASSES).is_file()
    names = tuple((root / CLASSES).read_text(encoding="utf-8").split("\n")) if own else NAMES
    classes = tuple(MaskClass(i, name.strip(), palette_color(i)) for i, name in enumerate(names) if name.strip())
    train, validation = (_split(root, split) for split in SPLITS)
    return SegmentedPhotos(train, validation, classes, tuple(each.id for each in classes), 0, own_data(folder, "photos") if own else ORIGIN)


def _roots(folder: Path) -> tuple[Path, Path]:
    return folder, folder / "VOC2012"


def _split(root: Path, split: str) -> tuple[SegmentedPhoto, ...]:
    listed = root / "ImageSets" / "Segmentation" / f"{split}.txt"
    if not listed.is_file():
        raise DataError(f"{listed}: no such file; it lists the photos of the split {split}")
    masks = next((root / name for name in MASKS if (root / name).is_dir()), root / MASKS[0])
    names = listed.read_text(encoding="utf-8").split()
    found = tuple(SegmentedPhoto(name, root / "JPEGImages" / f"{name}.jpg", masks / f"{name}.png") for name in names)
    if not found:
        raise DataError(f"{listed}: lists no photos")
    for path in (path for each in found for path in (each.photo, each.mask)):
        if not path.is_file():
            raise DataError(f"{path}: no such file; {listed.name} lists it")
    return found
