"""Confidence intervals of metrics, by resampling the examples that they were measured on."""

from collections.abc import Callable, Mapping

import numpy as np

RESAMPLES = 1000
_SEED = 0


def bootstrap(statistic: Callable[[np.ndarray], Mapping[str, float]], rows: np.ndarray) -> dict[str, tuple[float, float]]:
    """The 95 % percentile interval of each metric that `statistic` computes (Efron and Tibshirani 1993, section 13.3).

    Args:
        statistic: rows `[examples, ...]` to metrics by name, the same names for any rows.
        rows: one for each example, such as its score or its counts; examples are taken to be independent.

    Returns the same intervals for the same rows. A single row gives none, since it says nothing about others.
    """
    count = len(rows)
    if count < 2:
        return {}
    rng = np.random.default_rng(_SEED)
    drawn = [statistic(rows[rng.integers(count, size=count)]) for _ in range(RESAMPLES)]
    intervals = {}
    for name in drawn[0]:
        low, high = np.quantile([metrics[name] for metrics in drawn], [0.025, 0.975])
        intervals[name] = (float(low), float(high))
    return intervals
