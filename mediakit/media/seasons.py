"""What a series' correlation with its own past shows: autocorrelation, partial autocorrelation, and the season, the number of steps
until a pattern comes again."""

import numpy as np

# Steps in a season by the seconds of a step: (seconds, season). A month has 28 to 31 days, a quarter 90 to 92.
_BY_STEP = ((60, 60), (300, 288), (600, 144), (900, 96), (1800, 48), (3600, 24), (86_400, 7), (604_800, 52))
_MONTH, _QUARTER = (28 * 86_400, 31 * 86_400), (90 * 86_400, 92 * 86_400)
_USUAL = (4, 5, 7, 12, 24, 48, 52, 96, 144, 168, 288)
MOST = 400
LEAST_PERIODS = 2.5  # of a season must be known
LEAST_CORRELATION = 0.3


def season_of_step(seconds: float) -> int:
    """The usual season of values that are so many seconds apart: 24 for an hour, 12 for a month; 1 if there is none."""
    if _MONTH[0] <= seconds <= _MONTH[1]:
        return 12
    if _QUARTER[0] <= seconds <= _QUARTER[1]:
        return 4
    return next((season for step, season in _BY_STEP if abs(seconds - step) < 0.01 * step), 1)


def find_season(values: np.ndarray, step: float | None = None) -> int:
    """The season of values: that of their step in seconds if it is known, else the one that their autocorrelation shows; 1 if none.

    The trend is taken out by differences. A lag counts if its correlation is a peak, is significant and at least
    `LEAST_CORRELATION`; among several, a usual season wins over its multiples.
    """
    most = min(MOST, int(len(values) / LEAST_PERIODS))
    if step is not None:
        usual = season_of_step(step)
        if 1 < usual <= most:
            return usual
    if most < 3 or np.ptp(values) == 0:
        return 1
    steps = np.diff(values)
    if np.ptp(steps) == 0:
        return 1
    correlation = autocorrelation(steps, min(most + 1, len(steps) - 1))
    bound = max(LEAST_CORRELATION, 2.6 / np.sqrt(len(steps)))
    inner = correlation[2:-1]
    peaks = 2 + np.flatnonzero((inner > correlation[1:-2]) & (inner >= correlation[3:]) & (inner > bound))
    if not len(peaks):
        return 1
    best = correlation[peaks].max()
    good = [int(lag) for lag in peaks if correlation[lag] > 0.85 * best]
    return next((lag for lag in good if lag in _USUAL), good[0])


def autocorrelation(values: np.ndarray, most: int) -> np.ndarray:
    """Autocorrelation at lags 0 … `most`, the divisor being the number of values (Box and Jenkins 1970, section 2.1)."""
    centred = values - values.mean()
    total = float(centred @ centred)
    if total == 0:
        return np.eye(1, most + 1)[0]
    return np.array([centred[lag:] @ centred[: len(centred) - lag] / total for lag in range(most + 1)])


def partial_autocorrelation(values: np.ndarray, most: int) -> np.ndarray:
    """Partial autocorrelation at lags 0 … `most` by the recursion of Durbin (1960) and Levinson (1947)."""
    plain = autocorrelation(values, most)
    partial = np.ones(most + 1)
    coefficients = np.zeros(0)
    for lag in range(1, most + 1):
        gap = plain[lag] - coefficients @ plain[lag - 1 : 0 : -1]
        scale = 1 - coefficients @ plain[1:lag]
        partial[lag] = gap / scale if abs(scale) > 1e-12 else 0.0
        coefficients = np.append(coefficients - partial[lag] * coefficients[::-1], partial[lag])
    return partial
