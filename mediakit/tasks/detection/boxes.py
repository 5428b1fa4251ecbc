"""Boxes in NumPy: default boxes, their offsets, intersection over union, non-maximum suppression.

A box is x0, y0, x1, y1: its left, top, right and bottom edge, as fractions of the image's width and height. A default box is x, y,
width, height: its centre and its size, in the same unit.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def default_boxes(size: int, strides: Sequence[int], scale: float, ratios: Sequence[float]) -> np.ndarray:
    """The default boxes of feature maps of a square image (Liu et al. 2016, section 2.2), float32 `[boxes, 4]`.

    They are ordered by map, row, column and ratio.

    Args:
        size: side of the image in pixels.
        strides: of the maps in pixels.
        scale: square root of a default box's area, in strides.
        ratios: width / height of the default boxes at each place.
    """
    maps = []
    for stride in strides:
        side = -(-size // stride)
        centres = (np.arange(side) + 0.5) * stride / size
        y, x, ratio = np.meshgrid(centres, centres, np.sqrt(ratios), indexing="ij")
        width = scale * stride / size
        maps.append(np.stack([x, y, width * ratio, width / ratio], axis=-1).reshape(-1, 4))
    return np.concatenate(maps).astype(np.float32)


def decode(offsets: Any, defaults: Any, exp: Callable[[Any], Any] = np.exp) -> tuple[Any, Any]:
    """The top left corners x0, y0 and the bottom right ones x1, y1, both `[..., 2]`, of boxes given by their offsets `[..., 4]` from
    default boxes `[..., 4]`: the centre's, in sizes of the default box, and the logarithm of the relative size (Liu et al. 2016, equation
    2). `exp` is the exponential function of the arrays' library."""
    centre = defaults[..., :2] + offsets[..., :2] * defaults[..., 2:]
    half = 0.5 * defaults[..., 2:] * exp(offsets[..., 2:])
    return centre - half, centre + half


def corners(defaults: np.ndarray) -> np.ndarray:
    """Default boxes `[boxes, 4]` as boxes."""
    return np.concatenate(decode(np.zeros_like(defaults), defaults), axis=-1)


def area(boxes: np.ndarray) -> np.ndarray:
    """Areas `[...]` of boxes `[..., 4]`."""
    return np.prod(np.maximum(boxes[..., 2:] - boxes[..., :2], 0), axis=-1)


def intersection(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Areas `[...]` that boxes share with others, both `[..., 4]`."""
    low, high = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    return np.prod(np.maximum(high - low, 0), axis=-1)


def iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union `[...]` of boxes with others, both `[..., 4]`; 0 for empty boxes."""
    shared = intersection(one, other)
    union = area(one) + area(other) - shared
    return np.where(union > 0, shared / np.where(union > 0, union, 1), 0)


def suppress(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Indices of the boxes `[boxes, 4]` that non-maximum suppression keeps, highest score first.

    A box is kept unless its intersection over union with a kept box of a higher score is above `threshold`.
    """
    order = np.argsort(-scores, kind="stable")
    near = iou(boxes[order][:, None], boxes[order]) > threshold
    kept = np.ones(len(order), bool)
    for i in range(len(order)):
        if kept[i]:
            kept[i + 1 :] &= ~near[i, i + 1 :]
    return order[kept]


def select(
    logits: np.ndarray, boxes: np.ndarray, threshold: float, overlap: float, most: int, candidates: int = 400
) -> tuple[np.ndarray, np.ndarray]:
    """The objects among the boxes of one image: indices of boxes and of classes, `[objects]` each, highest logit first.

    Args:
        logits: of the classes of each box, `[boxes, classes]`.
        boxes: `[boxes, 4]`.
        threshold: least logit of an object.
        overlap: intersection over union above which, of two boxes of one class, only the one with the higher logit is kept.
        most: how many objects at most.
        candidates: how many boxes at most, of all classes, enter non-maximum suppression.
    """
    box, label = np.nonzero(logits >= threshold)
    scores = logits[box, label]
    best = np.argsort(-scores, kind="stable")[:candidates]
    box, label, scores = box[best], label[best], scores[best]
    apart = boxes[box] + 2 * label[:, None]  # boxes of different classes do not overlap
    kept = suppress(apart, scores, overlap)[:most]
    return box[kept], label[kept]
