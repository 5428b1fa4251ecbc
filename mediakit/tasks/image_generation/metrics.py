"""Metrics of image generation: Fréchet and kernel distance, precision and recall, from the features of a named network.

Generated images are as many as real ones, with the same classes equally often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import images
from mediakit.errors import DataError, InputError, ModelError
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.frechet import Statistics, frechet_distance, kernel_distance, precision_recall
from mediakit.runtime.image_features import ImageFeatures
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.pipeline import results_of
from mediakit.tasks.image_generation.pipeline import ImageRequest, load

ENOUGH = 2000  # generated images: Fréchet distances of fewer are mostly bias
LEAST = 10
OPTIONS = ("images", "features", "dcgan")
Metrics = dict[str, float]


@dataclass(frozen=True)
class RealImage:
    """A real image.

    Args:
        pixels: uint8 `[size, size, channels]`, as in an ImageSet.
        label: the name of its class; None where the data set has no classes.
        held_out: whether it is one of the tenth that no model was trained on.
    """

    pixels: np.ndarray
    label: str | None
    held_out: bool


@dataclass(frozen=True)
class _RealFeatures:
    """Features `[images, dimensions]` of all real images, and of those held out: of all again, if none is."""

    every: np.ndarray
    held_out: np.ndarray


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[RealImage]:
    """The images of a split at the model's size, shuffled, so that the first ones represent all.

    Args:
        split: "train", "val" (the tenth that is held out) or "all", to which Fréchet distances are usually given.
    """
    if "size" not in config:
        raise ModelError("the model's config lacks size, the size of its images")
    found: list[RealImage] = []
    for part in ("train", "val") if split == "all" else (split,):
        data = images.read(folder, part, config["size"], config.get("channels"))
        labels = [data.classes[label] if data.classes else None for label in data.labels]
        found += [RealImage(pixels, label, part == "val") for pixels, label in zip(data.pixels, labels, strict=True)]
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def evaluate(pipeline: Any, real: Sequence[RealImage], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """Metrics of images that a `Synthesizer` generates without truncation.

    `frechet_distance` is to all real images, `kernel_distance` to those held out (to all, if none is). `precision` is the share of
    generated images among the real ones, `recall` the share of real images among the generated ones; their intervals resample images.

    The first baseline is the distance between two random halves of the real images, which is that of chance; since halves are
    smaller, their Fréchet distance is more biased.

    Args:
        pipeline: a `Synthesizer`.
        real: images of the data set.
        options: `images`, how many to generate (by default as many as are real, and at least 2,000); `features`, a LiteRT file such
            as Inception's (see `ImageFeatures`); `dcgan`, the model folder of a second baseline.
        progress: wraps the streams of real and of generated images.
    """
    options = options or {}
    count = _count(options, len(real))
    network = ImageFeatures(options.get("features"))
    # Errors in classes and models are found before the minutes that features take.
    labels = _labels(pipeline, real, count)
    dcgan = load(open_folder(str(options["dcgan"]))) if "dcgan" in options else None
    features = network((image.pixels for image in real), progress)
    held_out = np.array([image.held_out for image in real])
    known = _RealFeatures(features, features[held_out] if held_out.sum() > 1 else features)
    generated = _generate(pipeline, labels, count, network, progress)
    values, intervals = _measure(known, generated)
    half = np.random.default_rng(0).permutation(len(real)) % 2 == 0
    baselines = {"two random halves of the real images": _distances(_RealFeatures(features[half], features[half]), features[~half])}
    if dcgan:
        generated = _generate(dcgan, _labels(dcgan, real, count), count, network, progress)
        baselines["a DCGAN, measured the same way"], _ = _measure(known, generated)
    return Evaluation(values, len(real), {"features": network.name, "images": count}, intervals, baselines)


def _count(options: dict[str, Any], real: int) -> int:
    """How many images to generate. Raises InputError for an unknown option, and for too few images."""
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise InputError(f"no option {unknown[0]!r}; the options are {', '.join(OPTIONS)}")
    count = options.get("images", max(real, ENOUGH))
    if not isinstance(count, int) or min(count, real) < LEAST:
        raise InputError(f"{count} generated and {real} real images cannot be compared: at least {LEAST} of each are needed")
    return count


def _labels(pipeline: Any, real: Sequence[RealImage], count: int) -> list[str] | None:
    """The classes to generate: those of the real images in turn, or None for a model without classes.

    Raises DataError for a class that the model does not have.
    """
    if not pipeline.classes:
        return None
    labels = [str(label) for label in islice(cycle(image.label for image in real), count)]
    unknown = sorted(set(labels) - set(pipeline.classes))
    if unknown:
        raise DataError(f"the data has classes that the model was not trained on: {', '.join(unknown)}")
    return labels


def _generate(pipeline: Any, labels: list[str] | None, count: int, network: ImageFeatures, progress: Progress) -> np.ndarray:
    """Features `[count, dimensions]` of generated images."""
    requests = [ImageRequest(seed, label) for seed, label in enumerate(labels or [None] * count)]
    return network((image.premultiplied for image in results_of(pipeline.stream(requests, truncation=1))), progress)


def _measure(real: _RealFeatures, generated: np.ndarray) -> tuple[Metrics, dict[str, tuple[float, float]]]:
    """All metrics of generated images' features, and the intervals of precision and recall."""
    precise, recalled = precision_recall(real.every, generated)
    values = {**_distances(real, generated), "precision": float(precise.mean()), "recall": float(recalled.mean())}
    intervals = bootstrap(lambda drawn: {"precision": drawn.mean()}, precise) | bootstrap(lambda drawn: {"recall": drawn.mean()}, recalled)
    return values, intervals


def _distances(real: _RealFeatures, generated: np.ndarray) -> Metrics:
    return {
        "frechet_distance": frechet_distance(Statistics.of(real.every), Statistics.of(generated)),
        "kernel_distance": kernel_distance(real.held_out, generated),
    }
