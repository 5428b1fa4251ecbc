"""What the recurrent detector reads before each value. Training and detection share this module, so that both compute the same."""

import numpy as np

from mediakit.media.lag_features import features, lagged
from mediakit.tasks.anomalies.scaling import compress


def moments(
    values: np.ndarray, rows: np.ndarray, season: int, scale: np.ndarray, first: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The network's inputs before some values, on the scale of that moment.

    Args:
        values: float64 `[steps]` without gaps; those that are to be predicted may be among them.
        rows: int `[moments]`, indices of what is to be predicted, each at least 1.
        season: in steps; 1 for none.
        scale: centre and spread before each moment, `[moments, 2]`.
        first: how many values the series had before `values`.

    Returns inputs `[moments, FEATURES]`, values at the lags `[moments, LAGS]` and where a prediction starts from `[moments]`.
    """
    centre, spread = scale.T
    found, known, start = lagged(values, rows, season)
    found = compress(found, centre[:, None], spread[:, None])
    return features(found, known, rows + first, season), found, compress(start, centre, spread)
