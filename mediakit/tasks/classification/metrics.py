"""Metrics of classification: accuracy, of the worst group too, and calibration error."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import images
from mediakit.errors import DataError
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.confidence import calibration_error
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of

TOP_5_FROM = 20  # classes, from which the five best are measured too


@dataclass(frozen=True)
class LabelledImage:
    """An image uint8 `[size, size, channels]`, its class, and its group, such as the person it shows; empty where unknown."""

    pixels: np.ndarray
    label: str
    group: str = ""


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[LabelledImage]:
    """The images of a split (`train`, `val` or `dev`, `all`) of any folder that `mediakit.datasets.images` reads.

    They have the size and the channels that the model's config says.
    """
    found = images.read(folder, {"dev": "val"}.get(split, split), config["size"], config.get("channels"))
    if not found.classes:
        raise DataError(f"{folder}: has no classes; put the images of each class in a folder of its own")
    groups = found.groups or [""] * len(found)
    return [
        LabelledImage(pixels, found.classes[label], group) for pixels, label, group in zip(found.pixels, found.labels, groups, strict=True)
    ]


def evaluate(
    pipeline: Any, examples: Sequence[LabelledImage], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Accuracies of a `Classifier` in percent and its calibration error, beside the most frequent class.

    Options are those of `Classifier.stream`. Where images have groups, `worst group` is the least accuracy of one.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    found = list(results_of(progress(pipeline.stream([example.pixels for example in examples], **options))))
    labels = [example.label for example in examples]
    ranked = [[label.name for label in result.labels] for result in found]
    correct = np.array([names[0] == label for names, label in zip(ranked, labels, strict=True)], float)
    values = {"accuracy": 100 * float(correct.mean())}
    if len(pipeline.classes) >= TOP_5_FROM:
        values["top-5 accuracy"] = 100 * float(np.mean([label in names[:5] for names, label in zip(ranked, labels, strict=True)]))
    if all(example.group for example in examples):
        values["worst group"] = 100 * worst_group(correct, [example.group for example in examples])
    values["calibration error"] = calibration_error(np.array([result.labels[0].probability for result in found]), correct)
    intervals = bootstrap(lambda drawn: {"accuracy": 100 * drawn.mean()}, correct)
    [(frequent, count)] = Counter(labels).most_common(1)
    baseline = {f"always {frequent}": {"accuracy": 100 * count / len(labels)}}
    return Evaluation(values, len(examples), options, intervals, baseline)


def worst_group(correct: np.ndarray, groups: Sequence[str]) -> float:
    """The least share of correct answers among groups.

    Args:
        correct: 1 or 0 `[examples]`.
        groups: of each example.
    """
    named = np.array(groups)
    return min(float(correct[named == group].mean()) for group in set(groups))
