"""How far a mean over examples would move with other examples."""

import numpy as np

RESAMPLES = 1000


def bootstrap_interval(scores: np.ndarray, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The middle 95 % of the means of resampled scores (Efron 1979)."""
    scores, rng = np.asarray(scores, np.float64), np.random.default_rng(0)
    means = [scores[rng.integers(len(scores), size=len(scores))].mean() for _ in range(resamples)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
