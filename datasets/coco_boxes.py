"""Boxes in COCO's layout: a JSON file for each split.

    annotations/instances_{train,val}*.json (or instances_*.json), with `images`, `annotations`, `categories`

Images are looked up by `file_name` below the folder. Crowds are left out. As in LVIS (Gupta et al. 2019, section 3.2), an image's
`not_exhaustive_category_ids` are categories that may be in the image without a box. An annotation's `score`, 0 to 1, says how sure
another detector was of it.
"""

import json
import os
from pathlib import Path
from typing import Any

from mediakit.datasets.boxed_images import BoxedImage, boxed_image, held_out
from mediakit.datasets.folders import listing
from mediakit.errors import DataError
from mediakit.media.photo_files import is_photo


def is_here(folder: Path) -> bool:
    """Whether the folder has an annotation file of this layout."""
    return bool(_files(folder))


def read(folder: Path) -> tuple[list[BoxedImage], list[BoxedImage], list[str]]:
    """Images for training and validation, and the classes' names in the order of their ids."""
    paths = {file: _load(file) for file in _files(folder)}
    names: dict[int, str] = {}
    for file, content in paths.items():
        for category in content["categories"]:
            if names.setdefault(category["id"], category["name"]) != category["name"]:
                raise DataError(f"{file}: category {category['id']} is {category['name']}, but {names[category['id']]} in another file")
    numbers = {identity: number for number, identity in enumerate(sorted(names))}
    found = _images_below(folder)
    parts: dict[str, list[BoxedImage]] = {"train": [], "val": []}
    stated = {split for file in paths if (split := _split(file))}
    for file, content in paths.items():
        for image in _images(file, content, numbers, found):
            split = _split(file) or "train"
            if "val" not in stated and held_out(image.path.name):
                split = "val"
            parts[split].append(image)
    return parts["train"], parts["val"], [names[identity] for identity in sorted(names)]


def _files(folder: Path) -> list[Path]:
    found = [*folder.glob("annotations/instances_*.json"), *folder.glob("instances_*.json")]
    return sorted(file for file in found if _split(file) != "test")


def _split(file: Path) -> str | None:
    return next((split for split in ("train", "val", "test") if file.stem.startswith(f"instances_{split}")), None)


def _load(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not all(isinstance(content[key], list) for key in ("images", "annotations", "categories")):
            raise TypeError("images, annotations and categories must be lists")
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file}: not COCO boxes: {error!r}") from error
    return content


def _images_below(folder: Path) -> dict[str, Path]:
    """Images by name; of two with one name, the first."""
    found: dict[str, Path] = {}
    for here, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        for name in sorted(filter(is_photo, files)):
            found.setdefault(name, Path(here, name))
    return found


def _images(file: Path, content: dict[str, Any], numbers: dict[int, int], found: dict[str, Path]) -> list[BoxedImage]:
    rows: dict[int, list] = {}
    try:
        sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
        for note in content["annotations"]:
            if note.get("iscrowd"):
                continue
            (x, y, across, down), (width, height) = note["bbox"], sizes[note["image_id"]]
            box = (x / width, y / height, (x + across) / width, (y + down) / height)
            rows.setdefault(note["image_id"], []).append((numbers[note["category_id"]], *box, note.get("score", 1.0)))
        images = []
        missing = []
        for image in content["images"]:
            path = found.get(Path(image["file_name"]).name)
            if path is None:
                missing.append(image["file_name"])
                continue
            unlabelled = tuple(numbers[identity] for identity in image.get("not_exhaustive_category_ids", ()))
            images.append(boxed_image(path, rows.get(image["id"], []), unlabelled))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise DataError(f"{file}: not COCO boxes: {error!r}") from error
    if missing:
        raise DataError(f"{file}: {len(missing)} of {len(content['images'])} images are not below the folder: {listing(missing)}")
    return images
