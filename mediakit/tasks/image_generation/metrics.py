"""Metrics of image generation: distances and neighbours of real and generated images, and what a classifier makes of them.

Generated images are as many as real ones, with the same classes equally often.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import images
from mediakit.datasets.folders import print_warning
from mediakit.errors import DataError, InputError, ModelError
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.frechet import Statistics, density_coverage, frechet_distance, kernel_distance, precision_recall
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.pipeline import results_of
from mediakit.tasks.image_generation.measuring import SECOND, Measured, Networks
from mediakit.tasks.image_generation.pipeline import ImageRequest, load

ENOUGH = 2000  # generated images: Fréchet distances of fewer are mostly bias
LEAST = 10
OPTIONS = ("images", "label", "features", "classifier", "dcgan")
SURE = 0.9  # the probability from which the classifier is sure of a class
ONE_NETWORK = "measured by one network; --set features=FILE adds a second one, which benchmarks/detector_features.py writes"
Labels = Sequence[str] | None
Metrics = dict[str, float]
Rates = dict[str, np.ndarray]  # by metric, a value for each image; the metric is their mean


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

    By the features of EfficientNet-Lite0, and by those of a second network under names that begin with `second_`: a generator that
    was trained or chosen by the features of one network looks better to that network than it is.

    - `frechet_distance`: to all real images. `kernel_distance`: to those held out, or to all if none is.
    - `precision`: the share of generated images among the real ones. `recall`: the share of real images among the generated ones.
    - `density`, `coverage`: the same by counts of neighbours, so that single outliers change little.

    By a classifier:

    - `sure`: the share that it gives to some class with a probability of at least 0.9.
    - `as_asked`, `sure_as_asked`: of a model with classes, the share that it gives to the class asked for; the same with at least 0.9.

    The first baseline compares two random halves of the real images. A perfect generator would do a little better: halves are smaller,
    so their Fréchet distance is more biased. With a classifier, its answers to the real images that were held out are the second.

    Args:
        pipeline: a `Synthesizer`.
        real: images of the data set.
        options: `images`, how many to generate (by default as many as are real, and at least 2,000); `label`, the only class to
            measure; `features`, the LiteRT file of the second network (see `ImageFeatures`); `classifier`, a model of the task
            classification that knows the classes; `dcgan`, the model folder of one more baseline.
        progress: wraps the streams of real and of generated images.
    """
    options = options or {}
    if "label" in options:
        real = [image for image in real if image.label == options["label"]]
    count = _count(options, len(real))
    # Errors in classes and models are found before the minutes that features take.
    networks = Networks(options.get("features"), options.get("classifier"))
    labels = _labels(pipeline, real, count, networks.classes)
    dcgan = load(open_folder(str(options["dcgan"]))) if "dcgan" in options else None
    if "features" not in options:
        print_warning(ONE_NETWORK)
    known = networks((image.pixels for image in real), progress)
    held_out = np.array([image.held_out for image in real])
    unseen = known[held_out] if held_out.sum() > 1 else known

    def measure(generator: Any, asked: Labels) -> tuple[Metrics, Rates]:
        generated = networks(_generate(generator, asked, count), progress)
        distances, rates = _compare(known, unseen, generated)
        return distances, rates | _recognition(generated, asked, networks.classes)

    distances, rates = measure(pipeline, labels)
    baselines = _baselines(known, real, networks.classes)
    if dcgan:
        baselines["a DCGAN, measured the same way"] = _values(*measure(dcgan, _labels(dcgan, real, count, networks.classes)))
    recorded = networks.names | ({"label": options["label"]} if "label" in options else {}) | {"images": count}
    return Evaluation(_values(distances, rates), len(real), recorded, _intervals(rates), baselines)


def _count(options: dict[str, Any], real: int) -> int:
    """How many images to generate. Raises InputError for an unknown option, and for too few images."""
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise InputError(f"no option {unknown[0]!r}; the options are {', '.join(OPTIONS)}")
    count = options.get("images", max(real, ENOUGH))
    if not isinstance(count, int) or min(count, real) < LEAST:
        raise InputError(f"{count} generated and {real} real images cannot be compared: at least {LEAST} of each are needed")
    return count


def _labels(pipeline: Any, real: Sequence[RealImage], count: int, known: Sequence[str]) -> Labels:
    """The classes to generate: those of the real images in turn, or None for a model without classes.

    Raises DataError for a class that the model does not have, or that a classifier, if there is one, does not know.
    """
    if not pipeline.classes:
        return None
    labels = [str(label) for label in islice(cycle(image.label for image in real), count)]
    for who, classes in (("the model was not trained on", pipeline.classes), ("the classifier does not know", known or labels)):
        if unknown := sorted(set(labels) - set(classes)):
            raise DataError(f"the data has classes that {who}: {', '.join(unknown)}")
    return labels


def _generate(pipeline: Any, labels: Labels, count: int) -> Iterator[np.ndarray]:
    """Generated images, uint8 as in an ImageSet."""
    requests = [ImageRequest(seed, label) for seed, label in enumerate(labels or [None] * count)]
    return (image.premultiplied for image in results_of(pipeline.stream(requests, truncation=1)))


def _baselines(known: Measured, real: Sequence[RealImage], classes: Sequence[str]) -> dict[str, Metrics]:
    """Two halves of the real images, and those held out as the classifier sees them."""
    half = np.random.default_rng(0).permutation(len(real)) % 2 == 0
    baselines = {"two random halves of the real images": _values(*_compare(known[half], known[half], known[~half]))}
    chosen = [i for i, image in enumerate(real) if image.held_out and image.label in classes]
    if chosen:
        labels = [str(real[i].label) for i in chosen]
        baselines["real images held out"] = _values({}, _recognition(known[np.array(chosen)], labels, classes))
    return baselines


def _compare(real: Measured, unseen: Measured, generated: Measured) -> tuple[Metrics, Rates]:
    """Distances, and rates of neighbours, by the features of each network; `unseen` are the real images of the kernel distance."""
    distances: Metrics = {}
    rates: Rates = {}
    for prefix, features in generated.features.items():
        known = real.features[prefix]
        distances[f"{prefix}frechet_distance"] = frechet_distance(Statistics.of(known), Statistics.of(features))
        distances[f"{prefix}kernel_distance"] = kernel_distance(unseen.features[prefix], features)
        rates[f"{prefix}precision"], rates[f"{prefix}recall"] = precision_recall(known, features)
        rates[f"{prefix}density"], rates[f"{prefix}coverage"] = density_coverage(known, features)
    return distances, rates


def _recognition(measured: Measured, labels: Labels, classes: Sequence[str]) -> Rates:
    """What the classifier makes of images that were asked for by `labels`; nothing without a classifier."""
    if measured.probabilities is None:
        return {}
    best, sure = measured.probabilities.argmax(axis=1), measured.probabilities.max(axis=1) >= SURE
    if labels is None:
        return {"sure": sure}
    as_asked = best == [classes.index(label) for label in labels]
    return {"sure": sure, "as_asked": as_asked, "sure_as_asked": sure & as_asked}


def _values(distances: Metrics, rates: Rates) -> Metrics:
    """All metrics, those of one network together."""
    values = distances | {name: float(rate.mean()) for name, rate in rates.items()}
    return dict(sorted(values.items(), key=lambda item: item[0].startswith(SECOND)))


def _intervals(rates: Rates) -> dict[str, tuple[float, float]]:
    return {name: bootstrap(lambda drawn: {"mean": drawn.mean()}, rate)["mean"] for name, rate in rates.items()}
