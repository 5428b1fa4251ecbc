"""Images with boxes of objects, in one of three layouts.

    ImageSets/Main/{train,val}.txt, Annotations/*.xml, JPEGImages/      PASCAL VOC
    annotations/instances_{train,val}*.json, and images anywhere        COCO
    labels/…/NAME.txt beside images/…/NAME.jpg, data.yaml or classes.txt    YOLO

Where the layout states no split, a hash of the image's name holds out a tenth for `val`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.datasets.folders import existing_folder, hash_bucket
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError

SPLITS = ("train", "val")


@dataclass(frozen=True)
class BoxedImage:
    """An image and the objects in it.

    path: of the image.
    boxes: float32 `[objects, 4]`: x0, y0, x1, y1 as fractions of the image's width and height.
    labels: int32 `[objects]`, class numbers.
    scores: float32 `[objects]`: 1, or how sure another detector was of a box that it has drawn.
    unlabelled: numbers of classes that may be in the image without a box.
    """

    path: Path
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    unlabelled: tuple[int, ...] = ()


@dataclass(frozen=True)
class BoxedImages:
    """Images for training and validation, the names of the classes, and where the images come from."""

    train: tuple[BoxedImage, ...]
    validation: tuple[BoxedImage, ...]
    classes: tuple[str, ...]
    origin: Origin


def read(folder: Path) -> BoxedImages:
    """The images of both splits. Raises DataError when the folder has none of the layouts, or no boxes."""
    from mediakit.datasets import coco_boxes, pascal_voc, yolo_boxes

    folder = existing_folder(folder)
    layout = next((layout for layout in (pascal_voc, coco_boxes, yolo_boxes) if layout.is_here(folder)), None)
    if layout is None:
        raise DataError(
            f"{folder}: no boxes found; expected PASCAL VOC's Annotations/*.xml, COCO's annotations/instances_*.json, "
            "or YOLO's labels/*.txt beside images/"
        )
    train, validation, classes = layout.read(folder)
    if not any(len(image.labels) for image in train):
        raise DataError(f"{folder}: no image of the training split has a box")
    return BoxedImages(tuple(train), tuple(validation), tuple(classes), own_data(folder, "images"))


def held_out(name: str) -> bool:
    """Whether an image is in the validation tenth where no split is stated."""
    return hash_bucket(name, 10) == 0


def boxed_image(path: Path, rows: list[tuple[int, float, float, float, float, float]], unlabelled: tuple[int, ...] = ()) -> BoxedImage:
    """An image with objects of class number, x0, y0, x1, y1 and score. Boxes are cut off at the image's edges; empty ones are dropped."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    table[:, 1:5] = np.clip(table[:, 1:5], 0, 1)
    table = table[(table[:, 3] > table[:, 1]) & (table[:, 4] > table[:, 2])]
    return BoxedImage(path, table[:, 1:5], table[:, 0].astype(np.int32), table[:, 5], unlabelled)
