"""Metrics of segmentation: intersection over union of each class, its mean, and that of the foreground."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mediakit.datasets import segmented_photos
from mediakit.errors import DataError
from mediakit.media.masks import read_mask
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of
from mediakit.tasks.segmentation.canvas import resized
from mediakit.tasks.segmentation.confusion import class_ious, confusion, mean_iou
from mediakit.tasks.segmentation.pipeline import BACKGROUND

GRID = (24, 24)  # of the baseline that knows positions only


@dataclass(frozen=True)
class MaskedPhoto:
    """A photo, the file of its mask, and the classes that its mask's values stand for.

    Attributes:
        classes: names.
        index_of_id: for every value of the mask the index of its class, or `VOID`.
    """

    photo: Path
    mask: Path
    classes: tuple[str, ...]
    index_of_id: np.ndarray

    def truth(self) -> np.ndarray:
        """Indices of classes, uint8 `[height, width]`. Raises InputError for a mask that cannot be read."""
        return self.index_of_id[read_mask(self.mask)]


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[MaskedPhoto]:
    """The photos of a split (`train` or `val`) of any folder that `mediakit.datasets.segmented_photos` reads."""
    data = segmented_photos.read(folder, config.get("classes", ""))
    if split not in segmented_photos.SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(segmented_photos.SPLITS)}")
    photos = data.train if split == "train" else data.validation
    names, index_of_id = tuple(each.name for each in data.classes), data.index_of_id
    return [MaskedPhoto(each.photo, each.mask, names, index_of_id) for each in photos]


def evaluate(
    pipeline: Any, examples: Sequence[MaskedPhoto], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Intersection over union of a `Segmenter` in percent: its mean over the classes, of everything but the background, of each class.

    Beside it what takes no network: the most frequent class everywhere, and the most frequent class at each position of these photos,
    which flatters itself. Options are those of `Segmenter.stream`. Raises DataError for photos with other classes than the model's.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    names = tuple(each.name for each in pipeline.classes)
    if examples[0].classes != names:
        raise DataError(f"the masks have the classes {', '.join(examples[0].classes)}, the model {', '.join(names)}")
    index = {each.id: i for i, each in enumerate(pipeline.classes)}
    to_index = np.array([index.get(number, 0) for number in range(256)], np.uint8)
    truths = [example.truth() for example in examples]
    results = results_of(progress(pipeline.stream([example.photo for example in examples], **options)))
    matrices = np.stack([confusion(truth, to_index[found.mask], len(names)) for truth, found in zip(truths, results, strict=True)])

    background = names.index(BACKGROUND) if pipeline.has_background else None
    return Evaluation(
        {**_summary(matrices.sum(axis=0), background), **_each_class(matrices.sum(axis=0), names)},
        len(examples),
        options,
        bootstrap(lambda drawn: _summary(drawn.sum(axis=0), background), matrices),
        _baselines(truths, names, background),
    )


def _summary(matrix: np.ndarray, background: int | None) -> dict[str, float]:
    """Metrics of all classes together, in percent. `background` is the index of the class that is no foreground, if there is one."""
    values = {"mIoU": mean_iou(matrix)}
    if background is not None:
        right = matrix[background, background]
        wrong = matrix[background].sum() + matrix[:, background].sum() - 2 * right
        values["foreground IoU"] = 1 - wrong / max(matrix.sum() - right, 1)
    values["pixel accuracy"] = np.trace(matrix) / max(matrix.sum(), 1)
    return {name: 100 * float(value) for name, value in values.items()}


def _each_class(matrix: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """The intersection over union of each class that is there or was found, in percent."""
    return {name: 100 * float(iou) for name, iou in zip(names, class_ious(matrix), strict=True) if not np.isnan(iou)}


def _baselines(truths: Sequence[np.ndarray], names: Sequence[str], background: int | None) -> dict[str, dict[str, float]]:
    """The metrics of one class everywhere, and of one class for each position on a grid."""

    def at_size(grid: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
        height, width = size
        return resized(grid, (width, height), Image.Resampling.NEAREST)

    counts = sum((at_size(truth, GRID)[..., None] == np.arange(len(names))).astype(int) for truth in truths)
    most = int(np.sum(counts, axis=(0, 1)).argmax())
    guesses = {
        f"{names[most]} everywhere": np.full(GRID, most, np.uint8),
        "the most frequent class at each position": np.argmax(counts, axis=-1).astype(np.uint8),
    }
    baselines = {}
    for name, guess in guesses.items():
        matrix = np.sum([confusion(truth, at_size(guess, truth.shape), len(names)) for truth in truths], axis=0)
        baselines[name] = {**_summary(matrix, background), **_each_class(matrix, names)}
    return baselines
