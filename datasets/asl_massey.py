"""Massey University's hands of American Sign Language (Barczak et al. 2011): 2,155 hands, cut out on black, 36 signs, five people.

    DIR/asl_dataset/SIGN/handH_SIGN_VIEW_seg_K_cropped.jpeg     or DIR/asl_dataset.zip with the same

Hands 1, 2 and 3 are `train`, hand 4 is `val`, hand 5 is the test. A random split would put near-duplicates of one hand in both.
"""

import re
import zipfile
from pathlib import Path

from mediakit.datasets.images import Entry, ImageSet, load
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

ORIGIN = Origin("Massey University's ASL hands (Barczak et al. 2011)", "none given", "five hands, cut out on black", "photos")
HANDS = {"train": "123", "val": "4", "all": "1234"}
_NAME = re.compile(r"asl_dataset/([0-9a-z])/hand(\d)_\1_\w+_seg_\d+_cropped\.jpeg$")


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout."""
    return (folder / "asl_dataset").is_dir() or (folder / "asl_dataset.zip").is_file()


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The images of one split, as in `images.read`, ordered by sign and name; groups are hands. Raises DataError when there are none."""
    archive = None if (folder / "asl_dataset").is_dir() else zipfile.ZipFile(folder / "asl_dataset.zip")
    names = archive.namelist() if archive else [path.relative_to(folder).as_posix() for path in folder.glob("asl_dataset/*/*.jpeg")]
    found = [match for match in map(_NAME.match, sorted(names)) if match]
    if not found:
        raise DataError(f"{folder}: asl_dataset holds no files such as asl_dataset/a/hand1_a_bot_seg_1_cropped.jpeg")
    classes = tuple(sorted({match[1] for match in found}))
    entries = [
        Entry(match[0], archive.read(match[0]) if archive else folder / match[0], classes.index(match[1]), f"hand {match[2]}")
        for match in found
        if match[2] in HANDS[split]
    ]
    return load(entries, size, channels, classes=classes, where=folder)


def origin(folder: Path) -> Origin:
    """Massey University."""
    return ORIGIN
