"""Drawn pictures against real ones: Fréchet and kernel distances, precision and recall, by the features of a network that is always
named. Real pictures and drawn ones are as many, and have the same classes as often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

import mediakit
from mediakit.datasets import images
from mediakit.errors import DataError, InputError, ModelError
from mediakit.runtime.bootstrap import bootstrap_interval
from mediakit.tasks.image_generation.features import PictureFeatures
from mediakit.tasks.image_generation.frechet import Statistics, frechet_distance, kernel_distance, precision_recall

ENOUGH = 2000  # pictures to draw: fewer leave the distances to chance
LEAST = 10
OPTIONS = ("pictures", "features", "dcgan")
Progress = Callable[[Any], Any]


@dataclass(frozen=True)
class RealPicture:
    """A real picture, uint8 `[size, size, channels]` as in an ImageSet, its class if there are some, and whether it is of the tenth
    that no model has learned from."""

    pixels: np.ndarray
    label: str | None
    held_out: bool


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[RealPicture]:
    """The pictures of a split, at the model's size, in an order of chance so that the first are like all.

    Args:
        split: "train", "val" (the tenth that is held out) or "all", against which Fréchet distances are usually given.
    """
    if "size" not in config:
        raise ModelError("the model's manifest doesn't say in its config what size its pictures have")
    found: list[RealPicture] = []
    for part in ("train", "val") if split == "all" else (split,):
        data = images.read(folder, part, config["size"], config.get("channels"))
        labels = [data.classes[label] if data.classes else None for label in data.labels]
        found += [RealPicture(pixels, label, part == "val") for pixels, label in zip(data.pixels, labels, strict=True)]
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def evaluate(
    pipeline: Any, real: Sequence[RealPicture], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> dict[str, Any]:
    """Figures of a pipeline that draws, without truncation: Fréchet distance to all the real pictures, kernel distance to those of
    them that are held out (to all, if none is), and the shares of drawn pictures among real ones (precision) and of real ones among
    drawn ones (recall), with 95 % bootstrap intervals over pictures.

    Args:
        pipeline: a `Synthesizer`.
        real: what it should be like.
        options: `pictures`, how many are drawn, by default as many as are real, 2,000 at least; `features`, a LiteRT file such as
            Inception's (see `PictureFeatures`); `dcgan`, a model folder that is measured alike, as a baseline.
        progress: wraps the streams of real pictures, and of those drawn.

    The baseline of two random halves of the real pictures says what such distances are by chance alone; halves are few, which makes
    their Fréchet distance larger.
    """
    given = options or {}
    count = _count(given, len(real))
    features = PictureFeatures(given.get("features"))
    # What can't be measured shows before the minutes that features take.
    labels, dcgan = _labels(pipeline, real, count), mediakit.load(str(given["dcgan"])) if "dcgan" in given else None
    held_out = np.array([picture.held_out for picture in real])
    seen = features((picture.pixels for picture in real), progress)
    unseen = seen[held_out] if held_out.sum() > 1 else seen

    def measure(drawer: Any, labels: list[str] | None) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        stream = drawer.stream(range(count), truncation=1, label=labels)
        drawn = features((picture.premultiplied for picture in stream), progress)
        shares = dict(zip(("precision", "recall"), precision_recall(seen, drawn), strict=True))
        return _distances(seen, drawn, unseen) | {name: float(each.mean()) for name, each in shares.items()}, shares

    values, shares = measure(pipeline, labels)
    half = np.random.default_rng(0).permutation(len(real)) % 2 == 0
    baselines = {"two random halves of the real pictures": _distances(seen[half], seen[~half], seen[half])}
    if dcgan:
        baselines["a DCGAN, measured alike"] = measure(dcgan, _labels(dcgan, real, count))[0]
    return {
        "examples": len(real),
        "options": {"features": features.name, "pictures": count},
        "values": values,
        "intervals": {name: bootstrap_interval(each) for name, each in shares.items()},
        "baselines": baselines,
    }


def _count(options: dict[str, Any], real: int) -> int:
    """How many pictures to draw. Raises InputError for an option that there isn't, and for too few pictures."""
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise InputError(f"measuring pictures has no option {', '.join(unknown)}; there are {', '.join(OPTIONS)}")
    count = options.get("pictures", max(real, ENOUGH))
    if not isinstance(count, int) or min(count, real) < LEAST:
        raise InputError(f"{count} drawn pictures and {real} real ones can't be compared; {LEAST} of each are the least")
    return count


def _labels(pipeline: Any, real: Sequence[RealPicture], count: int) -> list[str] | None:
    """Classes to draw: those of the real pictures in turn; None if the model has none. Raises DataError for one that it hasn't learned."""
    if not pipeline.classes:
        return None
    labels = [str(label) for label in islice(cycle(picture.label for picture in real), count)]
    strange = sorted(set(labels) - set(pipeline.classes))
    if strange:
        raise DataError(f"the data has classes that the model has not learned: {', '.join(strange)}")
    return labels


def _distances(first: np.ndarray, second: np.ndarray, unseen: np.ndarray) -> dict[str, float]:
    return {
        "frechet_distance": frechet_distance(Statistics.of(first), Statistics.of(second)),
        "kernel_distance": kernel_distance(unseen, second),
    }
