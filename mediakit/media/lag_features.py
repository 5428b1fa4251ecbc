"""What the recurrent forecaster sees of a series before each value: earlier values at lags that fit the season.

Training and forecasting share this module, so that both compute the same features.
"""

import numpy as np

LAGS = 8
FEATURES = 2 * LAGS + 5
PARAMETERS = LAGS + 3  # the network's outputs: weights of the lags, shift, scale, degrees of freedom


def lags_of(season: int) -> np.ndarray:
    """The lags `[LAGS]` for a season: the season, its neighbours, its double, and seven of it; without one, ever wider apart."""
    if season < 4:
        return np.array([1, 2, 3, 4, 6, 9, 14, 21])
    return np.array([1, 2, 3, season - 1, season, season + 1, 2 * season, 7 * season])


def lagged(values: np.ndarray, times: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The values at each lag before some moments, whether they are known, and the value that a forecast starts from.

    Args:
        values: `[..., steps]` on a scale with mean about 0 and deviation about 1.
        times: int `[moments]`, indices of the moments, each at least 1.
        season: in steps.

    Returns `[..., moments, LAGS]`, bool `[moments, LAGS]` and `[..., moments]`. The start is the value of a season ago, or the last
    one where that is not known or there is no season; it also stands at lags that are not known.
    """
    lags = lags_of(season)
    places = times[:, None] - lags
    known = places >= 0
    found = values[..., np.maximum(places, 0)]
    base = 4 if season >= 4 else 0
    start = np.where(known[:, base], found[..., base], found[..., 0])
    return np.where(known, found, start[..., None]), known, start


def features(found: np.ndarray, known: np.ndarray, times: np.ndarray, season: int) -> np.ndarray:
    """The network's inputs `[..., moments, FEATURES]` from `lagged`: the last value, the others relative to it, which are known, the
    season's length and the place in it."""
    shape = found.shape[:-1]
    phase = 2 * np.pi * (times % season) / season
    whole = np.ones(len(times))
    calendar = np.stack([whole * np.log(season) / 5, whole * (season == 1), np.sin(phase), np.cos(phase)], axis=-1)
    last = found[..., :1]
    parts = [found - last, last, known.astype(float), calendar]
    return np.concatenate([np.broadcast_to(part, (*shape, part.shape[-1])) for part in parts], axis=-1).astype(np.float32)


def distribution(parameters: np.ndarray, found: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Location, scale and degrees of freedom of the next value's Student-t distribution, each `[...]`.

    Args:
        parameters: `[..., PARAMETERS]` of the network.
        found, start: from `lagged`, `[..., LAGS]` and `[...]`.
    """
    weights, shift, width, freedom = np.split(parameters.astype(np.float64), [LAGS, LAGS + 1, LAGS + 2], axis=-1)
    middle = start + (weights * (found - start[..., None])).sum(axis=-1) + shift[..., 0]
    return middle, 0.5 * _softplus(width[..., 0]) + 1e-3, 2.2 + _softplus(freedom[..., 0] + 3)


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)
