"""Simple detectors to compare with. Each takes values `[rows, channels]` and gives scores `[rows]`, from earlier rows alone."""

import numpy as np

WINDOW = 1000  # rows
LEAST = 30


def moving_z_score(values: np.ndarray) -> np.ndarray:
    """The largest distance of a channel from the mean of the rows before, in their standard deviations."""
    return np.max([_z_scores(channel) for channel in values.T], axis=0)


def first_difference(values: np.ndarray) -> np.ndarray:
    """The largest change of a channel from one row to the next, in standard deviations of the changes before."""
    steps = np.diff(values, axis=0, prepend=values[:1])
    return np.max([_z_scores(channel) for channel in steps.T], axis=0)


def _z_scores(values: np.ndarray) -> np.ndarray:
    """Distances `[rows]` from the mean of at most WINDOW rows before."""
    filled = np.nan_to_num(values - np.nanmean(values[:LEAST]) if len(values) else values)
    sums, squares = (np.concatenate([[0.0], np.cumsum(power)]) for power in (filled, filled**2))
    ends = np.arange(len(values))
    begins = np.maximum(ends - WINDOW, 0)
    count = np.maximum(ends - begins, 1)
    mean = (sums[ends] - sums[begins]) / count
    variance = np.maximum((squares[ends] - squares[begins]) / count - mean**2, 0)
    score = np.abs(filled - mean) / np.sqrt(variance + 1e-12 * (1 + squares[-1] / max(len(values), 1)))
    return np.where(count >= LEAST, score, 0.0)


BASELINES = {"moving z-score": moving_z_score, "first difference": first_difference}
