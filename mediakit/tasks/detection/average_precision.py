"""Average precision of detections as COCO defines it (Lin et al. 2014; pycocotools' COCOeval, all areas, 100 detections an image)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.detection.boxes import iou

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # intersection over union
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections of an image and class that count


@dataclass(frozen=True)
class Boxes:
    """Boxes of one image, true or detected.

    boxes: float `[boxes, 4]`: x0, y0, x1, y1 in any unit that is the same for truth and detections.
    labels: int `[boxes]`, class numbers.
    scores: float `[boxes]`.
    """

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    def of_class(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Boxes and scores of a class, highest score first, at most `MOST`."""
        rows = np.flatnonzero(self.labels == number)
        rows = rows[np.argsort(-self.scores[rows], kind="stable")][:MOST]
        return self.boxes[rows], self.scores[rows]


@dataclass(frozen=True)
class ClassMatches:
    """The detections of one class in many images, highest score first.

    right: bool `[thresholds, detections]`.
    image: int `[detections]`, the number of a detection's image.
    truths: int `[images]`, how many true boxes each image has.
    """

    right: np.ndarray
    image: np.ndarray
    truths: np.ndarray

    def average_precision(self, repeats: np.ndarray | None = None) -> np.ndarray:
        """Average precision `[thresholds]`: the precision interpolated at 101 recalls. NaN where there is no true box.

        Args:
            repeats: how often each image counts, `[images]`; once by default.
        """
        repeats = np.ones(len(self.truths), int) if repeats is None else repeats
        total = int((self.truths * repeats).sum())
        if not total:
            return np.full(len(THRESHOLDS), np.nan)
        times = repeats[self.image]
        hits = np.cumsum(self.right * times, axis=1)
        precision = hits / np.maximum(np.cumsum(times), 1)
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        precision = np.pad(precision, ((0, 0), (0, 1)))  # recalls that are not reached
        places = [np.searchsorted(recall, RECALLS) for recall in hits / total]
        return np.take_along_axis(precision, np.stack(places), axis=1).mean(axis=1)


def match(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Which detections are right at each threshold, bool `[thresholds, found]`.

    Detections `[found, 4]`, highest score first, each take the true box `[truth, 4]` that they overlap most among those not taken.
    """
    right = np.zeros((len(THRESHOLDS), len(found)), bool)
    overlaps = iou(found[:, None], truth)
    if not overlaps.size:
        return right
    for row, threshold in zip(right, THRESHOLDS, strict=True):
        free = np.ones(len(truth), bool)
        for i in np.flatnonzero(overlaps.max(axis=1) >= threshold):
            left = np.where(free, overlaps[i], -1)
            best = left.argmax()
            if left[best] >= threshold:
                row[i], free[best] = True, False
    return right


def match_class(truth: Sequence[Boxes], found: Sequence[Boxes], number: int) -> ClassMatches:
    """The matches of a class's detections with the true boxes of the same images."""
    rights, scores, images, truths = [], [], [], []
    for image, (true, detected) in enumerate(zip(truth, found, strict=True)):
        true_boxes = true.boxes[true.labels == number]
        boxes, score = detected.of_class(number)
        rights.append(match(true_boxes, boxes))
        scores.append(score)
        images.append(np.full(len(score), image))
        truths.append(len(true_boxes))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return ClassMatches(np.concatenate(rights, axis=1)[:, order], np.concatenate(images)[order], np.array(truths))


def average_precisions(truth: Sequence[Boxes], found: Sequence[Boxes], classes: int) -> dict[int, np.ndarray]:
    """Average precision `[thresholds]` of every class that has a true box, by class number."""
    present = {int(number) for each in truth for number in each.labels}
    return {number: match_class(truth, found, number).average_precision() for number in range(classes) if number in present}
