"""Boxes in YOLO's layout: a text file for each image.

    images/…/NAME.jpg beside labels/…/NAME.txt      a line for each object: class number, then centre x, centre y, width, height as
                                                    fractions of the image
    data.yaml (`names`), classes.txt or obj.names   the classes' names, in order

An image without a text file holds no objects. Where a folder below `images` is called train, val or the like, it states the split.
"""

import os
import re
from pathlib import Path

from mediakit.datasets.boxed_images import BoxedImage, boxed_image, held_out
from mediakit.datasets.folders import STATED_SPLITS
from mediakit.errors import DataError
from mediakit.media.photo_files import is_photo


def is_here(folder: Path) -> bool:
    """Whether the folder has a folder of images beside one of labels, and names of classes."""
    return bool(_pairs(folder)) and _names_file(folder) is not None


def read(folder: Path) -> tuple[list[BoxedImage], list[BoxedImage], list[str]]:
    """Images for training and validation, and the classes' names in the order of their numbers."""
    file = _names_file(folder)
    assert file is not None
    classes = _names(file)
    parts: dict[str, list[BoxedImage]] = {"train": [], "val": []}
    found = []
    for images, labels in _pairs(folder):
        for path in sorted(path for path in images.rglob("*") if is_photo(path.name)):
            inside = path.relative_to(images)
            stated = _stated_split(path.relative_to(folder).parts)
            found.append((stated, boxed_image(path, _objects((labels / inside).with_suffix(".txt"), len(classes)))))
    has_val = any(stated == "val" for stated, _ in found)
    for stated, image in found:
        split = stated if has_val or stated == "test" else "val" if held_out(image.path.name) else "train"
        if split in (None, "train", "val"):
            parts[split or "train"].append(image)
    return parts["train"], parts["val"], classes


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Folders of images with their folders of labels: `images` beside `labels`, here or in folders such as `train`."""
    places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    return [(place / "images", place / "labels") for place in places if (place / "images").is_dir() and (place / "labels").is_dir()]


def _stated_split(parts: tuple[str, ...]) -> str | None:
    return next((STATED_SPLITS[part.lower()] for part in parts[:-1] if part.lower() in STATED_SPLITS), None)


def _names_file(folder: Path) -> Path | None:
    names = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _names(file: Path) -> list[str]:
    """The classes' names: a line each, or from `names` in YAML, as [a, b], as a list of lines `- a`, or as lines `0: a`."""
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix not in (".yaml", ".yml"):
        names = [line.strip() for line in text.splitlines() if line.strip()]
    elif inline := re.search(r"^names:[ ]*\[(.*?)\]", text, re.MULTILINE | re.DOTALL):
        names = [part.strip().strip("'\"") for part in inline[1].split(",") if part.strip()]
    else:
        block = re.search(r"^names:[ ]*(?:#.*)?\n((?:(?:[ ]+.*|-.*|[ ]*)(?:\n|$))+)", text, re.MULTILINE)
        lines = block[1].splitlines() if block else []
        names = [re.sub(r"^\s*(-|\d+:)\s*", "", line).split(" #")[0].strip().strip("'\"") for line in lines if line.strip()]
    if not names:
        raise DataError(f"{file}: names no classes")
    return names


def _objects(file: Path, classes: int) -> list[tuple[int, float, float, float, float, float]]:
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if os.path.exists(file) else [], 1):
        if not line.strip():
            continue
        try:
            label, (x, y, width, height) = int(line.split()[0]), map(float, line.split()[1:5])
        except ValueError as error:
            raise DataError(f"{file}: line {number}: wanted class, centre x, centre y, width, height, found {line.strip()!r}") from error
        if not 0 <= label < classes:
            raise DataError(f"{file}: line {number}: class {label}, but there are {classes} names")
        rows.append((label, x - width / 2, y - height / 2, x + width / 2, y + height / 2, 1.0))
    return rows
