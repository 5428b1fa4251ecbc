"""Metrics of classification: accuracy, by the most probable class."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import images
from mediakit.errors import DataError
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of


@dataclass(frozen=True)
class LabelledImage:
    """An image uint8 `[size, size, channels]` and its class."""

    pixels: np.ndarray
    label: str


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[LabelledImage]:
    """The images of a split (`train`, `val` or `all`) of any folder that `mediakit.datasets.images` reads.

    They have the size and the channels that the model's config says.
    """
    found = images.read(folder, split, config["size"], config.get("channels"))
    if not found.classes:
        raise DataError(f"{folder}: has no classes; put the images of each class in a folder of its own")
    return [LabelledImage(pixels, found.classes[label]) for pixels, label in zip(found.pixels, found.labels, strict=True)]


def evaluate(
    pipeline: Any, examples: Sequence[LabelledImage], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Accuracy of a `Classifier` in percent, beside the most frequent class. Options are those of `Classifier.stream`."""
    options = options or {}
    check_options(pipeline.stream, options)
    labels = [example.label for example in examples]
    stream = pipeline.stream([example.pixels for example in examples], **options)
    predicted = [result.labels[0].name for result in results_of(progress(stream))]
    correct = np.array([name == label for name, label in zip(predicted, labels, strict=True)], float)
    values = {"accuracy": 100 * float(correct.mean())}
    intervals = bootstrap(lambda drawn: {"accuracy": 100 * drawn.mean()}, correct)
    [(frequent, count)] = Counter(labels).most_common(1)
    baseline = {f"always {frequent}": {"accuracy": 100 * count / len(labels)}}
    return Evaluation(values, len(examples), options, intervals, baseline)
