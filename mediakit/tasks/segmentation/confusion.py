"""Intersection over union from a confusion matrix (Everingham et al. 2010; Long, Shelhamer and Darrell 2015, section 5)."""

import numpy as np


def confusion(truth: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Pixels by true class (rows) and class found (columns): int64 `[classes, classes]`.

    Pixels whose true class is not below `classes` are void and left out.
    """
    counted = truth < classes
    pairs = truth[counted].astype(np.int64) * classes + found[counted]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_ious(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union of each class, 0..1; NaN for a class that neither is there nor was found."""
    both = np.diagonal(matrix, axis1=-2, axis2=-1)
    either = matrix.sum(axis=-1) + matrix.sum(axis=-2) - both
    return np.divide(both, either, out=np.full(both.shape, np.nan), where=either > 0)


def mean_iou(matrix: np.ndarray) -> float:
    """Mean intersection over union of the classes that are there or were found, 0..1."""
    return float(np.nanmean(class_ious(matrix)))
