"""Metrics of object detection: mean average precision as COCO defines it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import boxed_images
from mediakit.datasets.boxed_images import BoxedImage
from mediakit.errors import DataError
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of
from mediakit.tasks.detection.average_precision import Boxes, average_precisions, match_class
from mediakit.tasks.detection.pipeline import Detections

THRESHOLD = 0.01  # average precision counts also the objects that are found with little certainty


@dataclass(frozen=True)
class Example:
    """An image with its true boxes, and the names of the data's classes."""

    image: BoxedImage
    classes: tuple[str, ...]


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[Example]:
    """The images of a split, `train`, `val` or `all`; the config has no effect."""
    data = boxed_images.read(folder)
    parts = {"train": data.train, "val": data.validation, "all": (*data.train, *data.validation)}
    if split not in parts:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(parts)}")
    return [Example(image, data.classes) for image in parts[split]]


def evaluate(pipeline: Any, examples: Sequence[Example], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """Average precision of a `Detector` over the classes that have a true box, and of each class at an IoU of 0.5, 0..1.

    Beside it stands a detector that finds in every image the same boxes: for each class the most frequent ones of these images.

    Args:
        options: of `Detector.stream`.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    classes = examples[0].classes
    if not any(len(each.image.labels) for each in examples):
        raise DataError("none of the images has a box")
    truth = [Boxes(each.image.boxes, each.image.labels, each.image.scores) for each in examples]
    found = []
    stream = pipeline.stream([each.image.path for each in examples], **{"threshold": THRESHOLD} | options)
    for example, result in zip(examples, results_of(progress(stream)), strict=True):
        found.append(as_boxes(result, classes, example.image.unlabelled))

    matches = {number: match_class(truth, found, number) for number in range(len(classes)) if any(number in t.labels for t in truth)}

    def measured(rows: np.ndarray) -> dict[str, float]:
        repeats = np.bincount(rows, minlength=len(examples))
        precisions = np.array([each.average_precision(repeats) for each in matches.values()])
        return mean_precisions(precisions)

    rows = np.arange(len(examples))
    values = measured(rows)
    values |= {f"AP50 {classes[number]}": float(each.average_precision()[0]) for number, each in matches.items()}
    prior = average_precisions(truth, prior_boxes(truth, len(classes)), len(classes))
    baselines = {"the same boxes in every image": mean_precisions(np.array(list(prior.values())))}
    return Evaluation(values, len(examples), options, bootstrap(measured, rows), baselines)


def mean_precisions(precisions: np.ndarray) -> dict[str, float]:
    """The means of average precision `[classes, thresholds]`: at an IoU of 0.5, and over those from 0.5 to 0.95."""
    return {"mAP50": float(np.nanmean(precisions[:, 0])), "mAP": float(np.nanmean(precisions))}


def as_boxes(result: Detections, classes: Sequence[str], unlabelled: Sequence[int] = ()) -> Boxes:
    """A result's boxes as fractions of the image, with the numbers of the data's classes. Those of other classes, and of classes that
    may be in the image without a true box, are left out."""
    numbers = {name: number for number, name in enumerate(classes) if number not in unlabelled}
    objects = [each for each in result.objects if each.label in numbers]
    boxes = np.array([each.box for each in objects], np.float64).reshape(-1, 4)
    size = (result.width, result.height, result.width, result.height)
    return Boxes(boxes / size, np.array([numbers[each.label] for each in objects], int), np.array([each.score for each in objects]))


def prior_boxes(truth: Sequence[Boxes], classes: int, most: int = 5) -> list[Boxes]:
    """For every image the same boxes: for each class the medians of its true boxes, grouped by size."""
    boxes, labels, scores = [], [], []
    for number in range(classes):
        own = np.concatenate([each.boxes[each.labels == number] for each in truth])
        size = np.prod(own[:, 2:] - own[:, :2], axis=1)
        for rank, group in enumerate(np.array_split(own[np.argsort(-size)], most)):
            if len(group):
                boxes.append(np.median(group, axis=0))
                labels.append(number)
                scores.append(len(own) / (1 + rank))
    return [Boxes(np.array(boxes).reshape(-1, 4), np.array(labels, int), np.array(scores))] * len(truth)
