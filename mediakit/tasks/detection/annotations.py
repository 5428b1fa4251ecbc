"""Detections as annotations that labelling and training tools read: COCO's JSON and YOLO's text files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.console.files import whole_file

if TYPE_CHECKING:
    from mediakit.tasks.detection.pipeline import Detections


class Coco:
    """The detections of many images as one object in COCO's format; each annotation also has its `score`."""

    def __init__(self, classes: Sequence[str]):
        self._numbers = {name: number for number, name in enumerate(classes, 1)}
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def add(self, path: str, found: "Detections") -> None:
        """Take in the objects of an image."""
        image = len(self._images) + 1
        self._images.append({"id": image, "file_name": path, "width": found.width, "height": found.height})
        for each in found.objects:
            x0, y0, x1, y1 = (round(edge, 2) for edge in each.box)
            box = [x0, y0, round(x1 - x0, 2), round(y1 - y0, 2)]
            self._annotations.append(
                {
                    "id": len(self._annotations) + 1,
                    "image_id": image,
                    "category_id": self._numbers[each.label],
                    "bbox": box,
                    "area": round(box[2] * box[3], 2),
                    "iscrowd": 0,
                    "score": round(each.score, 4),
                }
            )

    def write(self, file: Path) -> None:
        """Write the file."""
        categories = [{"id": number, "name": name} for name, number in self._numbers.items()]
        with whole_file(file) as out:
            json.dump({"images": self._images, "annotations": self._annotations, "categories": categories}, out)


class Yolo:
    """A folder with a text file for each image, and the names of the classes in `classes.txt`."""

    def __init__(self, classes: Sequence[str], folder: Path):
        self._numbers, self._folder = {name: number for number, name in enumerate(classes)}, folder
        with whole_file(folder / "classes.txt") as out:
            out.writelines(f"{name}\n" for name in classes)

    def write(self, name: str, found: "Detections") -> None:
        """Write the file `name`.txt: class, then centre and size of the box as fractions of the image."""
        with whole_file(self._folder / f"{name}.txt") as out:
            for each in found.objects:
                x0, y0, x1, y1 = each.box
                across, down = 1 / found.width, 1 / found.height
                place = ((x0 + x1) / 2 * across, (y0 + y1) / 2 * down, (x1 - x0) * across, (y1 - y0) * down)
                out.write(f"{self._numbers[each.label]} {' '.join(f'{part:.6f}' for part in place)}\n")
