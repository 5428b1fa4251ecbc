"""Metrics of image to image: errors of colours, colourfulness, and the Fréchet distance to the wanted images."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import image_pairs
from mediakit.datasets.image_pairs import ImagePair
from mediakit.errors import DataError, InputError
from mediakit.media.lab import lab_of_rgb, lightness_of_grey, rgb_of_lab
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.frechet import Statistics, frechet_distance
from mediakit.runtime.image_features import ImageFeatures
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.pipeline import check_options, results_of
from mediakit.tasks.image_to_image.color_metrics import chroma_error, ciede2000, colourfulness
from mediakit.tasks.image_to_image.pipeline import Colorizer, ImageToImage, load

LEAST = 10  # pairs of which a Fréchet distance can be taken
GREY = 8.0  # colourfulness below which a photo counts as grey itself, and tells nothing of colours
BESIDE = "beside"  # the option that names a second model


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[ImagePair]:
    """The pairs of a split (`train` or `val`; of photos also `all`), as a model with this config reads them."""
    return list(image_pairs.read_split(folder, split, config.get("kind", "photos"), config.get("direction", "AtoB")))


def evaluate(pipeline: Any, pairs: Sequence[ImagePair], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """Metrics of a `Colorizer` or a `Translator` on pairs, with simple baselines beside them.

    Of colours: `chroma_error`, the mean distance in a* and b*; `CIEDE2000`; `colourfulness`. Of other pairs: `error`, the mean absolute
    difference of bytes. Of both: `frechet_distance` of EfficientNet-Lite0's features to those of the wanted images. It is biased by the
    number of images, so it compares with the baselines alone.

    Args:
        options: those of the pipeline's `stream`, and `beside`, a model folder that is measured too.
    """
    options = dict(options or {})
    other = options.pop(BESIDE, None)
    check_options(pipeline.stream, options)
    if len(pairs) < LEAST:
        raise InputError(f"{len(pairs)} pairs are too few to measure: at least {LEAST} are needed")
    colours = isinstance(pipeline, Colorizer)
    wanted, sources = _read(pairs, colours)
    measure = _Measurement(wanted, colours)
    values, rows = measure(_made(pipeline, sources, options, progress))
    baselines = {name: measure(images)[0] for name, images in _simple(sources, wanted, colours).items()}
    if other is not None:
        folder = open_folder(str(other))
        baselines[folder.name] = measure(_made(load(folder), sources, options, progress))[0]
    baselines["the real images"] = measure(wanted)[0]
    names = list(values)[:-1]  # the Fréchet distance is of all images together
    intervals = bootstrap(lambda drawn: dict(zip(names, drawn.mean(axis=0).tolist(), strict=True)), rows)
    return Evaluation(values, len(wanted), options, intervals, baselines)


def _read(pairs: Sequence[ImagePair], colours: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Wanted images and sources, without photos that are grey themselves. Raises DataError if too few are left."""
    wanted, sources = [], []
    for pair in pairs:
        source, target = pair.read()
        if not colours or colourfulness(target) >= GREY:
            wanted.append(target)
            sources.append(source)
    if len(wanted) < LEAST:
        raise DataError(f"only {len(wanted)} of {len(pairs)} photos are in colour: at least {LEAST} are needed")
    return wanted, sources


def _made(pipeline: ImageToImage, sources: Sequence[np.ndarray], options: dict[str, Any], progress: Progress) -> list[np.ndarray]:
    return [made.pixels for made in results_of(progress(pipeline.stream(sources, **options)))]


def _simple(sources: Sequence[np.ndarray], wanted: Sequence[np.ndarray], colours: bool) -> dict[str, list[np.ndarray]]:
    """What takes no model."""
    if not colours:
        return {"the sources themselves": list(sources)}
    mean = np.mean([lab_of_rgb(image)[..., 1:].mean(axis=(0, 1)) for image in wanted], axis=0)

    def tinted(grey: np.ndarray) -> np.ndarray:
        return rgb_of_lab(np.dstack([lightness_of_grey(grey), *(np.full(grey.shape, each, np.float32) for each in mean)]))

    return {
        "grey": [np.repeat(source, 3, axis=-1) for source in sources],
        "the mean chroma of these photos everywhere": [tinted(source[..., 0]) for source in sources],
    }


class _Measurement:
    """Measures images against the wanted ones."""

    def __init__(self, wanted: Sequence[np.ndarray], colours: bool):
        self.wanted, self.colours = wanted, colours
        self._features = ImageFeatures()
        self._real = Statistics.of(self._features(wanted))

    def __call__(self, images: Iterable[np.ndarray]) -> tuple[dict[str, float], np.ndarray]:
        """All metrics, and those of each image, `[images, metrics]`, but for the Fréchet distance."""
        images = list(images)
        rows = np.array([self._row(image, wanted) for image, wanted in zip(images, self.wanted, strict=True)])
        names = ("chroma_error", "CIEDE2000", "colourfulness") if self.colours else ("error",)
        values = dict(zip(names, rows.mean(axis=0).tolist(), strict=True))
        distance = frechet_distance(self._real, Statistics.of(self._features(images)))
        values["frechet_distance"] = max(distance, 0.0)  # rounding leaves the real images a little below
        return values, rows

    def _row(self, image: np.ndarray, wanted: np.ndarray) -> list[float]:
        if not self.colours:
            return [float(np.abs(image.astype(np.float32) - wanted).mean())]
        lab, right = lab_of_rgb(image), lab_of_rgb(wanted)
        return [chroma_error(lab, right), float(ciede2000(lab, right).mean()), colourfulness(image)]
