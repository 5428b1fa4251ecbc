"""What a model is sure of: a region that it gives to a class only just is mostly something that it has never seen."""

import math
from dataclasses import dataclass

import numpy as np

from mediakit.runtime.confidence import Confidence
from mediakit.runtime.model_folder import ModelFolder

FEATURES = ("evidence",)


@dataclass(frozen=True)
class Certainty:
    """Judges the classes of a photo by the scores of their pixels.

    Args:
        confidence: of the `evidence` for a class: the logit of its mean probability where it is the most probable one.
        background: the index of the class that needs no evidence.
    """

    confidence: Confidence
    background: int

    @classmethod
    def read(cls, folder: ModelFolder, background: int | None) -> "Certainty | None":
        """The calibration in a manifest; None for a model without one, or without background. Raises ModelError for a broken one."""
        confidence = Confidence.read(folder, FEATURES)
        return None if confidence is None or background is None else cls(confidence, background)

    def __call__(self, scores: np.ndarray) -> dict[int, float]:
        """By index of a class that is somewhere the most probable one: the probability that most of its region is that class.

        Args:
            scores: probabilities `[rows, columns, classes]`.
        """
        best = scores.argmax(axis=-1)
        found = (int(i) for i in np.unique(best) if i != self.background)
        return {i: self.confidence({"evidence": evidence(scores, best == i, i)}) for i in found}


def evidence(scores: np.ndarray, region: np.ndarray, index: int) -> float:
    """The logit of the mean probability of a class over a region, bool `[rows, columns]`."""
    mean = min(max(float(scores[region, index].mean()), 1e-6), 1 - 1e-6)
    return math.log(mean / (1 - mean))


def without(scores: np.ndarray, left_out: list[int]) -> np.ndarray:
    """Probabilities `[rows, columns, classes]` given that some classes are not there."""
    kept = scores.copy()
    kept[..., left_out] = 0
    return kept / np.maximum(kept.sum(axis=-1, keepdims=True), 1e-12)
