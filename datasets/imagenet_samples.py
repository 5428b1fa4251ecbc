"""One photo of each class of ImageNet (ILSVRC 2012), as in the repository EliSchwartz/imagenet-sample-images.

    DIR/n01440764_tench.JPEG, …     a WordNet id, then the class's name

The ids in order are the classes in the order of ImageNet's 1,000 numbers. The photos are few, so both splits hold all of them:
they measure and calibrate classifiers that were trained on ImageNet itself.
"""

import re
from pathlib import Path

from mediakit.datasets.images import Entry, ImageSet, load
from mediakit.datasets.origin import IMAGENET, Origin

_NAME = re.compile(r"(n\d{8})_(.+)\.jpe?g$", re.IGNORECASE)
# Two classes have one name in two cases.
RENAMED = {"n02012849": "crane (bird)", "n03126707": "crane (machine)", "n03710721": "tank suit"}
FEWEST = 100  # files of such names that make a folder one of this layout


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout."""
    return sum(_NAME.match(path.name) is not None for path in folder.iterdir()) >= FEWEST


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """All images, as in `images.read`, in the order of the classes."""
    found = sorted((match[1], match[2], match[0]) for match in (_NAME.match(path.name) for path in folder.iterdir()) if match)
    classes = tuple(RENAMED.get(wordnet, name.replace("_", " ")) for wordnet, name, _ in found)
    entries = [Entry(file, folder / file, i) for i, (_, _, file) in enumerate(found)]
    return load(entries, size, channels, classes=classes, where=folder)


def origin(folder: Path) -> Origin:
    """ImageNet."""
    return IMAGENET
