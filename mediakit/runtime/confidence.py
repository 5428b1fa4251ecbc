"""How probable it is that a result is right: a logistic regression on what a pipeline knows of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.errors import ModelError
from mediakit.runtime.model_folder import ModelFolder


@dataclass(frozen=True)
class Confidence:
    """A calibrated probability, fitted on examples that were not trained on: see `benchmarks/calibration.py`.

    Args:
        intercept: of the logit.
        weights: of the features, by name.
    """

    intercept: float
    weights: Mapping[str, float]

    @classmethod
    def read(cls, folder: ModelFolder, features: Sequence[str]) -> "Confidence | None":
        """The calibration in the manifest's config; None for a model without one.

        Raises ModelError for a weight that is not a number or not of one of these features.
        """
        weights = dict(folder.manifest.get("config", {}).get("confidence") or {})
        if not weights:
            return None
        try:
            intercept = float(weights.pop("intercept"))
            unknown = [name for name in weights if name not in features]
            if unknown:
                raise ValueError(f"there is no {unknown[0]}; it may weigh {', '.join(features)}")
            return cls(intercept, {name: float(weight) for name, weight in weights.items()})
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder.path}: its manifest's calibration cannot be used: {error}") from error

    def __call__(self, features: Mapping[str, float]) -> float:
        """The probability that a result with these features is right."""
        logit = self.intercept + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> float:
    """The expected calibration error (Guo et al. 2017, equation 3): mean |accuracy - confidence| over bins of equal width.

    Args:
        confidence: the probability of each answer, 0..1 `[examples]`.
        correct: 1 where the answer was correct, else 0 `[examples]`.
    """
    which = np.clip((confidence * bins).astype(int), 0, bins - 1)
    gaps = [abs(confidence[which == i].sum() - correct[which == i].sum()) for i in range(bins)]
    return float(sum(gaps) / len(correct))
