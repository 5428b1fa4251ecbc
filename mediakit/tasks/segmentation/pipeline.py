"""Photos in, the class of every pixel out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media import masks
from mediakit.media.image import MAX_PIXELS, ImageSource, photo_from_array, read_photo
from mediakit.media.masks import MaskClass
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult, png
from mediakit.runtime.workers import Pool
from mediakit.tasks.segmentation import MIN_SCORE, regions
from mediakit.tasks.segmentation.canvas import GRID, Canvas, best_classes
from mediakit.tasks.segmentation.certainty import Certainty, without
from mediakit.tasks.segmentation.cutout import opacity

if TYPE_CHECKING:
    from PIL.Image import Image

Photo = ImageSource | np.ndarray
BACKGROUND = "background"


@dataclass(frozen=True)
class Area:
    """How much of a photo a class covers: in pixels, and as a fraction in 0..1.

    Attributes:
        score: the calibrated probability that most of it is that class; None for the background, and from a model that cannot tell.
    """

    label: str
    pixels: int
    fraction: float
    score: float | None = None


@dataclass(frozen=True)
class Doubt:
    """A class that was left out because its score is low: what is there is probably something else."""

    label: str
    score: float


@dataclass(frozen=True, repr=False)
class Segmentation(DrawnResult):
    """The class of every pixel of a photo.

    Attributes:
        mask: ids of classes, uint8 `[height, width]`.
        areas: of the classes that are there, the largest first.
        classes: all classes that the model knows.
        scores: their probabilities, float32 `[rows, columns, classes]`, at the network's resolution.
        small: the photo at the network's resolution, uint8 `[height, width, 3]`.
        left_out: classes that were too doubtful, the least doubtful first.
    """

    mask: np.ndarray
    areas: tuple[Area, ...]
    classes: tuple[MaskClass, ...] = field(repr=False)
    scores: np.ndarray = field(repr=False)
    small: np.ndarray = field(repr=False)
    left_out: tuple[Doubt, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes that are there, the largest first."""
        return tuple(area.label for area in self.areas)

    def region(self, label: str) -> np.ndarray:
        """Where a class is, bool `[height, width]`. Raises InputError for a class that the model does not know."""
        return self.mask == self._class(label).id

    def palette_image(self) -> "Image":
        """The mask as an image with a palette of the classes' colours; its values are the ids."""
        return masks.palette_image(self.mask, self.classes)

    def overlay(self, photo: np.ndarray) -> np.ndarray:
        """The photo uint8 `[height, width, 3]` with each class in its colour, outlined. The background stays as it is."""
        return masks.overlay(photo, self.mask, self.classes, BACKGROUND)

    def cutout(self, photo: np.ndarray) -> np.ndarray:
        """The foreground of the photo uint8 `[height, width, 3]`: the same with straight alpha, `[height, width, 4]`.

        Edges are soft. Raises InputError for a model without background.
        """
        index = self.classes.index(self._class(BACKGROUND))
        return np.dstack([photo, opacity(1 - self.scores[..., index], self.small, photo)])

    def draw(self) -> "Image":
        """The overlay of the small photo."""
        from PIL import Image

        height, width = self.small.shape[:2]
        mask = np.array([each.id for each in self.classes], np.uint8)[best_classes(self.scores, height, width)]
        return Image.fromarray(masks.overlay(self.small, mask, self.classes, BACKGROUND))

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `width`, `height`, `segments` (each `label`, `id`, `score`, `pixels`, `fraction`, `polygons`, `rle`),
        `left_out` (each `label`, `score`)."""
        height, width = self.mask.shape
        left_out = [{"label": each.label, "score": round(each.score, 3)} for each in self.left_out]
        return {"width": width, "height": height, "segments": [self._segment(area) for area in self.areas], "left_out": left_out}

    def to_row(self) -> dict[str, Any]:
        """`to_dict`, and the mask as the bytes of a PNG file."""
        return {**self.to_dict(), "mask": png(self.palette_image())}

    def _segment(self, area: Area) -> dict[str, Any]:
        region = self.region(area.label)
        return {
            "label": area.label,
            "id": self._class(area.label).id,
            "score": None if area.score is None else round(area.score, 3),
            "pixels": area.pixels,
            "fraction": round(area.fraction, 4),
            "polygons": regions.polygons(region),
            "rle": regions.run_lengths(region),
        }

    def _class(self, label: str) -> MaskClass:
        for each in self.classes:
            if each.name == label:
                return each
        raise InputError(f"the model has no class {label}; its classes are {', '.join(each.name for each in self.classes)}")


def load(folder: ModelFolder, *, threads: int | None = None) -> "Segmenter":
    """The pipeline of a segmentation model folder."""
    return Segmenter(folder, threads)


class Segmenter(Pipeline[Photo, Segmentation]):
    """Gives every pixel of a photo a class. Photos are paths, bytes, arrays uint8 `[height, width, channels]`, or open binary files.

    A photo of any size is fitted into the network's input.

    Args:
        folder: an opened model folder of the task segmentation: a network `segmenter` from `image` `[1, height, width, 3]` in 0..255
            to `probabilities` `[1, height / n, width / n, classes]`, and `classes.tsv` with their ids, names and colours. In the
            manifest's config, `confidence` weighs the evidence for a class (see `certainty`).
        threads: how many photos are processed side by side; by default one per processor, at most four.
    """

    columns = ("width", "height", "segments", "left_out", "mask")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        try:
            self.classes = masks.parse_class_table(folder.file("classes").read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"{folder.path}: classes.tsv is not a table of id, name and colour: {error}") from error
        self._ids = np.array([each.id for each in self.classes], np.uint8)
        self._networks = Pool(lambda: folder.network("segmenter"))
        with self._networks.one() as network:
            inputs, outputs = ({tensor["name"]: tensor["shape"] for tensor in part} for part in (network.inputs, network.outputs))
        if list(inputs) != ["image"] or "probabilities" not in outputs:
            raise ModelError(f"{folder.path}: the segmenter has no input image or no output probabilities; export the model again")
        _, height, width, _ = inputs["image"]
        _, rows, columns, classes = outputs["probabilities"]
        if height % GRID or width % GRID or height * columns != width * rows or GRID * rows % height:
            sizes = f"{height} x {width} pixels into {rows} x {columns} scores"
            raise ModelError(f"{folder.path}: the segmenter turns {sizes}; export the model again")
        if classes != len(self.classes):
            raise ModelError(f"{folder.path}: the segmenter has {classes} classes, classes.tsv {len(self.classes)}")
        self._canvas = Canvas(height, width)
        names = [each.name for each in self.classes]
        self._certainty = Certainty.read(folder, names.index(BACKGROUND) if self.has_background else None)

    @property
    def has_background(self) -> bool:
        """Whether one of the classes is the background, so that photos have a foreground to cut out."""
        return any(each.name == BACKGROUND for each in self.classes)

    def stream(
        self,
        photos: Iterable[Photo | MediakitError],
        *,
        flip: bool = False,
        min_score: float = MIN_SCORE,
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[tuple[Photo | MediakitError, Segmentation | MediakitError]]:
        """Yield each photo with its segmentation or error, in order, at flat memory.

        Args:
            photos: paths, bytes, arrays, binary files; an error among them is yielded in its place.
            flip: average the network's answers for the photo and its mirror image, which takes twice as long.
            min_score: a class with a lower score is left out, as if the model did not know it. Models without calibration keep all.
            max_pixels: photos with more pixels are errors.

        Raises InputError for a score that is no probability.
        """
        if not 0 <= min_score <= 1:
            raise InputError(f"min_score is {min_score:g}; it must be from 0 to 1")
        return self._one_by_one(photos, lambda index, photo: self.segment(_pixels(photo, max_pixels), flip, min_score))

    def segment(self, pixels: np.ndarray, flip: bool = False, min_score: float = MIN_SCORE) -> Segmentation:
        """The segmentation of a photo uint8 `[height, width, 3]`; the options are those of `stream`."""
        height, width = pixels.shape[:2]
        canvas = self._canvas.lay(pixels)
        scores = self._canvas.cut_out(self._scores(canvas, flip), height, width)
        sure = self._certainty(scores) if self._certainty else {}
        doubtful = sorted((i for i, score in sure.items() if score < min_score), key=lambda i: -sure[i])
        if doubtful:
            scores = without(scores, doubtful)
        mask = self._ids[best_classes(scores, height, width)]
        small = self._canvas.cut_out(canvas, height, width)
        left_out = tuple(Doubt(self.classes[i].name, sure[i]) for i in doubtful)
        return Segmentation(mask, self._areas(mask, sure), self.classes, scores, small, left_out)

    def _scores(self, canvas: np.ndarray, flip: bool) -> np.ndarray:
        with self._networks.one() as network:
            image = canvas[None].astype(np.float32)
            scores = network(image=image)["probabilities"][0]
            if flip:
                scores = (scores + network(image=np.ascontiguousarray(image[:, :, ::-1]))["probabilities"][0, :, ::-1]) / 2
        return scores

    def _areas(self, mask: np.ndarray, sure: dict[int, float]) -> tuple[Area, ...]:
        counts = np.bincount(mask.ravel(), minlength=256)
        areas = [
            Area(each.name, int(counts[each.id]), float(counts[each.id] / mask.size), sure.get(i))
            for i, each in enumerate(self.classes)
            if counts[each.id]
        ]
        return tuple(sorted(areas, key=lambda area: -area.pixels))


def _pixels(photo: Photo, max_pixels: int) -> np.ndarray:
    """A photo uint8 `[height, width, 3]`."""
    return photo_from_array(photo) if isinstance(photo, np.ndarray) else read_photo(photo, max_pixels=max_pixels)
