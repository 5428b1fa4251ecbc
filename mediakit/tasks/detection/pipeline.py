"""Images in, objects and their boxes out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError, did_you_mean
from mediakit.media.image import MAX_PIXELS, ImageSource, photo_from_array, read_resized
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import Result
from mediakit.runtime.workers import Pool
from mediakit.tasks.detection.boxes import decode, select

Photo = ImageSource | np.ndarray
THRESHOLD = 0.5
OVERLAP = 0.5  # of two boxes of one class, above which only the better one is kept
MOST = 100  # objects of an image


@dataclass(frozen=True)
class DetectedObject:
    """An object in an image.

    Attributes:
        label: its class.
        score: the probability that there is such an object and that the box overlaps its true one by half or more, 0..1.
        box: x0, y0, x1, y1 in pixels of the upright image: the left, top, right and bottom edge.
    """

    label: str
    score: float
    box: tuple[float, float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `label`, `score`, `box`."""
        return {"label": self.label, "score": round(self.score, 4), "box": [round(edge, 1) for edge in self.box]}


@dataclass(frozen=True, repr=False)
class Detections(Result):
    """The objects in an image.

    Attributes:
        width, height: of the upright image in pixels.
        objects: highest score first.
    """

    width: int
    height: int
    objects: tuple[DetectedObject, ...]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `width`, `height`, `objects` (each `label`, `score`, `box`)."""
        return {"width": self.width, "height": self.height, "objects": [found.to_dict() for found in self.objects]}

    def __repr__(self) -> str:
        objects = ", ".join(f"{found.label} {found.score:.2f}" for found in self.objects[:5])
        more = f", and {len(self.objects) - 5} more" if len(self.objects) > 5 else ""
        return f"Detections({self.width} x {self.height}: {objects or 'nothing'}{more})"


def load(folder: ModelFolder, *, threads: int | None = None) -> "Detector":
    """The pipeline of a detection model folder."""
    return Detector(folder, threads)


class Detector(Pipeline[Photo, Detections]):
    """Finds objects in images: paths, bytes, arrays uint8 `[height, width, channels]`, or open binary files.

    Args:
        folder: an opened model folder of the task detection: a network `detector` from `image` `[1, size, size, 3]` in 0..255 to
            `logits` `[1, boxes, classes]` and `offsets` `[1, boxes, 4]`, `classes.txt`, and `default_boxes.npy` `[boxes, 4]`.
        threads: how many images are processed side by side; by default one per processor, at most four.
    """

    columns = ("width", "height", "objects")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self.classes = tuple(folder.file("classes").read_text(encoding="utf-8").splitlines())
        self._defaults = np.load(folder.file("default_boxes"))
        # Platt scaling of the logits; `benchmarks/calibrate_detections.py` fits it on images that were not trained on.
        self._slope, self._offset = (float(folder.config.get(name, usual)) for name, usual in (("slope", 1.0), ("offset", 0.0)))
        self._networks = Pool(lambda: folder.network("detector"))
        with self._networks.one() as network:
            inputs, outputs = ({tensor["name"]: tensor["shape"] for tensor in part} for part in (network.inputs, network.outputs))
        expected = {"logits": [1, len(self._defaults), len(self.classes)], "offsets": [1, len(self._defaults), 4]}
        if list(inputs) != ["image"] or outputs != expected:
            raise ModelError(f"{folder.path}: the detector's tensors do not fit classes.txt and default_boxes.npy; export the model again")
        self._size = int(inputs["image"][1])

    def stream(
        self,
        images: Iterable[Photo | MediakitError],
        *,
        threshold: float = THRESHOLD,
        labels: tuple[str, ...] = (),
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[tuple[Photo | MediakitError, Detections | MediakitError]]:
        """Yield each image with its objects or error, in order, at flat memory.

        Args:
            images: paths, bytes, arrays, binary files; an error among them is yielded in its place.
            threshold: least score of an object, above 0 and at most 1.
            labels: classes to look for; all if empty.
            max_pixels: images with more pixels are errors.

        Raises InputError for options out of range and for unknown classes.
        """
        if not 0 < threshold <= 1:
            raise InputError(f"threshold is {threshold:g}; it must be above 0 and at most 1")
        wanted = self._numbers(labels)
        return self._one_by_one(images, lambda index, image: self._detect(image, threshold, wanted, max_pixels))

    def _numbers(self, labels: Iterable[str]) -> list[int]:
        """The numbers of the classes of these names, of all for none."""
        for label in labels:
            if label not in self.classes:
                near = did_you_mean(label, self.classes) or f"; the classes are {', '.join(self.classes)}"
                raise InputError(f"the model knows no class {label!r}{near}")
        return [number for number, name in enumerate(self.classes) if not labels or name in labels]

    def _detect(self, image: Photo, threshold: float, wanted: list[int], max_pixels: int) -> Detections:
        if isinstance(image, np.ndarray):
            pixels, (height, width) = photo_from_array(image, size=self._size), image.shape[:2]
        else:
            pixels, (width, height) = read_resized(image, self._size, max_pixels=max_pixels)
        with self._networks.one() as network:
            output = network(image=pixels[None].astype(np.float32))
        logits, offsets = output["logits"][0][:, wanted], output["offsets"][0]
        boxes = np.clip(np.concatenate(decode(offsets, self._defaults), axis=-1), 0, 1)
        least = np.log(threshold) - np.log1p(-threshold) if threshold < 1 else np.inf
        box, label = select(logits, boxes, (least - self._offset) / self._slope, OVERLAP, MOST)
        scores = 1 / (1 + np.exp(-self._slope * logits[box, label].astype(np.float64) - self._offset))
        edges = boxes[box].astype(np.float64) * (width, height, width, height)
        found = (
            DetectedObject(self.classes[wanted[number]], float(score), tuple(each.tolist()))
            for number, score, each in zip(label, scores, edges, strict=True)
        )
        return Detections(int(width), int(height), tuple(found))
