"""Images in, classes out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.alpha import with_channels
from mediakit.media.image import MAX_PIXELS, ImageSource, photo_from_array, read_square
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import Result
from mediakit.runtime.workers import Pool

Photo = ImageSource | np.ndarray
TOP = 5


@dataclass(frozen=True)
class Label:
    """A class and its probability, 0..1."""

    name: str
    probability: float


@dataclass(frozen=True, repr=False)
class Classification(Result):
    """The most probable classes of an image.

    Attributes:
        labels: best first.
        familiar: whether the image is like those that the model learned from, by its energy; None for a model that cannot tell.
    """

    labels: tuple[Label, ...]
    familiar: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `labels` (each `label`, `probability`), `familiar`."""
        labels = [{"label": label.name, "probability": round(label.probability, 4)} for label in self.labels]
        return {"labels": labels, "familiar": self.familiar}

    def __repr__(self) -> str:
        return f"Classification({', '.join(f'{label.name} {label.probability:.2f}' for label in self.labels)})"


def load(folder: ModelFolder, *, threads: int | None = None) -> "Classifier":
    """The pipeline of a classification model folder."""
    return Classifier(folder, threads)


class Classifier(Pipeline[Photo, Classification]):
    """Classifies images: paths, bytes, arrays uint8 `[height, width, channels]`, or open binary files.

    The central square of an image is resized to the network's size. An array of exactly that size is used as it is.

    Args:
        folder: an opened model folder of the task classification: a network `classifier` from `image` `[1, size, size, channels]`
            in 0..255 to `probabilities` or `logits` `[1, classes]`, and `classes.txt`. The manifest's `calibration` holds the
            `temperature` of the logits and the `energy` above which an image is unfamiliar.
        threads: how many images are classified side by side; by default one per processor, at most four.
    """

    columns = ("labels", "familiar")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self.classes = tuple(folder.file("classes").read_text(encoding="utf-8").splitlines())
        self._networks = Pool(lambda: folder.network("classifier"))
        with self._networks.one() as network:
            inputs, outputs = ({tensor["name"]: tensor["shape"] for tensor in part} for part in (network.inputs, network.outputs))
        answers = {"probabilities", "logits"} & outputs.keys()
        if list(inputs) != ["image"] or len(answers) != 1:
            raise ModelError(f"{folder.path}: the classifier lacks its input image or its output probabilities; export the model again")
        [self._answer] = answers
        _, self._size, _, self._channels = inputs["image"]
        if outputs[self._answer][-1] != len(self.classes):
            raise ModelError(f"{folder.path}: the classifier has {outputs[self._answer][-1]} classes, classes.txt {len(self.classes)}")
        calibration = folder.manifest.get("calibration", {})
        self._temperature, self._threshold = calibration.get("temperature", 1.0), calibration.get("energy")

    def stream(
        self, images: Iterable[Photo | MediakitError], *, top: int = TOP, max_pixels: int = MAX_PIXELS
    ) -> Iterator[tuple[Photo | MediakitError, Classification | MediakitError]]:
        """Yield each image with its classes or error, in order, at flat memory.

        Args:
            images: paths, bytes, arrays, binary files; an error among them is yielded in its place.
            top: how many classes, best first.
            max_pixels: images with more pixels are errors.

        Raises InputError for options out of range.
        """
        if top < 1:
            raise InputError(f"top is {top}; it must be at least 1")
        return self._one_by_one(images, lambda index, image: self._classify(self.pixels(image, max_pixels), top))

    def _classify(self, pixels: np.ndarray, top: int) -> Classification:
        probabilities, familiar = self.judge(pixels)
        best = np.argsort(-probabilities, kind="stable")[:top]
        return Classification(tuple(Label(self.classes[i], float(probabilities[i])) for i in best), familiar)

    def judge(self, pixels: np.ndarray) -> tuple[np.ndarray, bool | None]:
        """The probabilities of the classes, and whether an image is familiar.

        Args:
            pixels: the image as the network sees it, from `pixels`.
        """
        with self._networks.one() as network:
            [answer] = network(image=pixels[None].astype(network.inputs[0]["dtype"]))[self._answer]
        if self._answer == "probabilities":
            return answer, None
        scaled = answer / self._temperature
        total = np.logaddexp.reduce(scaled)
        energy = -self._temperature * float(total)  # Liu et al. 2020, equation 4
        return np.exp(scaled - total), None if self._threshold is None else energy <= self._threshold

    def pixels(self, image: Photo, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """An image's central square, uint8 `[size, size, channels]`."""
        if not isinstance(image, np.ndarray):
            return with_channels(read_square(image, self._size, max_pixels=max_pixels), self._channels)
        if image.dtype == np.uint8 and image.shape == (self._size, self._size, self._channels):
            return image
        side = min(image.shape[:2], default=0)
        top, left = ((length - side) // 2 for length in (*image.shape, 0, 0)[:2])
        square = image[top : top + side, left : left + side] if image.ndim > 1 else image
        return with_channels(photo_from_array(square, size=self._size), self._channels)
