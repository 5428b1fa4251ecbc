"""How probable it is that a caption is right: a logistic regression on what the decoder and the concepts say."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Confidence:
    """A calibrated probability; `benchmarks/calibrate_captions.py` fits the weights on photos that were not trained on.

    Args:
        intercept: of the logit.
        log_probability: weight of the caption's log-probability per word.
        support: weight of the mean probability of the concepts that it names.
        least_support: weight of the least of them.
    """

    intercept: float
    log_probability: float = 0.0
    support: float = 0.0
    least_support: float = 0.0

    def __call__(self, log_probability: float, words: int, support: np.ndarray) -> float:
        """The probability that a caption is right, given its log-probability, its length, and its concepts' probabilities `[n]`."""
        inputs = features(log_probability, words, support)
        weights = (self.log_probability, self.support, self.least_support)
        logit = self.intercept + sum(weight * value for weight, value in zip(weights, inputs, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def features(log_probability: float, words: int, support: np.ndarray) -> tuple[float, float, float]:
    """What the regression is given. A caption that names no concept has no support.

    The length is not in it: it says more of the data set than of the caption, and the error elsewhere doubled with it.
    """
    mean, least = (float(support.mean()), float(support.min())) if support.size else (0.0, 0.0)
    return log_probability / (words + 1), mean, least
