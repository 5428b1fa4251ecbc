"""Autoregression: each value as a linear function of earlier ones, Y_t = φ0 + φ1 Y_t-1 + … + ε_t, by conditional least squares.

The lags are chosen by the corrected Akaike criterion (Hurvich and Tsai 1989) among nested models, whose residual sums all come
from one QR decomposition. Intervals follow exactly from the variance of the innovations and the weights of the moving-average
form (Box and Jenkins 1970, chapter 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

MOST_LAGS = 400  # of the largest lag: a year of days
LEAST_PERIODS = 4  # of a season, for seasonal differences
# By how much a coefficient's share of the values widens the variance. Without it 95 % intervals held 90 % of the values of sixty
# public series that were not fitted.
UNCERTAINTY = 8.0
ROWS_PER_LAG = 3  # a lag is a candidate only where so many times its length is known


@dataclass(frozen=True)
class Autoregression:
    """A fitted model.

    Args:
        lags: ascending or in the order of their importance.
        coefficients: one for each lag.
        intercept: φ0.
        variance: of the innovations, their sum of squares divided by the degrees of freedom.
        errors: standard errors of the intercept and the coefficients, `[1 + lags]`.
        residuals: one-step errors, `[values - largest lag]`.
        difference: if not 0, the model is one of Y_t - Y_t-difference.
    """

    lags: tuple[int, ...]
    coefficients: np.ndarray
    intercept: float
    variance: float
    errors: np.ndarray
    residuals: np.ndarray

    difference: int = 0

    @property
    def criterion(self) -> float:
        """Half the corrected Akaike criterion divided by the number of residuals: comparable between models of one series on one
        scale."""
        count, parameters = len(self.residuals), len(self.lags) + 2
        penalty = parameters * (1 + (parameters + 1) / max(count - parameters - 1, 1)) / count
        return 0.5 * float(np.log(max(np.mean(self.residuals**2), 1e-300))) + penalty

    @property
    def largest_root(self) -> float:
        """The largest modulus of the characteristic roots of the differences: below 1 they are stationary."""
        if not self.lags:
            return 0.0
        dense = np.zeros(max(self.lags))
        dense[np.array(self.lags) - 1] = self.coefficients
        companion = np.eye(len(dense), k=-1)
        companion[0] = dense
        return float(np.abs(np.linalg.eigvals(companion)).max())

    def predict(self, history: np.ndarray, horizon: int) -> np.ndarray:
        """The expected next values `[horizon]` after a history that is at least as long as the largest lag."""
        weights = self._weights()
        values = np.concatenate([history[len(history) - len(weights) :], np.zeros(horizon)])
        for t in range(len(weights), len(values)):
            values[t] = self.intercept + weights @ values[t - len(weights) : t]
        return values[len(weights) :]

    def deviations(self, horizon: int) -> np.ndarray:
        """Standard deviations of the errors 1, 2, … `horizon` steps ahead: those of a model that is known exactly, and an allowance
        for coefficients that were estimated from few values."""
        exact = np.sqrt(self.variance * np.cumsum(self.impulse_response(horizon) ** 2))
        return exact * np.sqrt(1 + UNCERTAINTY * (len(self.lags) + 1) / len(self.residuals))

    def impulse_response(self, horizon: int) -> np.ndarray:
        """What an innovation of one adds to the values 0, 1, … `horizon - 1` steps later: the ψ weights."""
        weights = self._weights()
        values = np.zeros(len(weights) + horizon)
        values[len(weights)] = 1.0
        for t in range(len(weights) + 1, len(values)):
            values[t] = weights @ values[t - len(weights) : t]
        return values[len(weights) :]

    def _weights(self) -> np.ndarray:
        """The weights of all earlier values on the next one, oldest first; the differences are multiplied out."""
        step = self.difference
        weights = np.zeros(max(self.lags, default=0) + step)
        for lag, coefficient in zip(self.lags, self.coefficients, strict=True):
            weights[lag - 1] += coefficient
            if step:
                weights[lag + step - 1] -= coefficient
        if step:
            weights[step - 1] += 1.0
        return weights[::-1]


def fit(values: np.ndarray, lags: Sequence[int]) -> Autoregression:
    """Least squares over all values whose lags are known. The lags must leave more rows than coefficients."""
    rows, target = _design(values, lags)
    solution, _, rank, _ = np.linalg.lstsq(rows, target, rcond=None)
    residuals = target - rows @ solution
    freedom = max(len(target) - rank, 1)
    variance = float(residuals @ residuals) / freedom
    covariance = variance * np.linalg.pinv(rows.T @ rows, hermitian=True)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    return Autoregression(tuple(lags), solution[1:], float(solution[0]), variance, errors, residuals)


def fit_best(values: np.ndarray, season: int) -> Autoregression:
    """The model with the smallest corrected Akaike criterion: of the values, of their differences, and of the seasonal ones, each
    with the first 0, 1, 2, … of `candidates`."""
    best, least = None, np.inf
    for step in dict.fromkeys((0, 1, season)):
        if step and LEAST_PERIODS * step > len(values):
            continue
        differences = values[step:] - values[: len(values) - step] if step else values
        lags = candidates(season, len(differences))
        order = int(np.argmin(criteria(differences, lags)))
        model = replace(fit(differences, lags[:order]), difference=step)
        if best is None or model.criterion < least:
            best, least = model, model.criterion
    assert best is not None
    return best


def candidates(season: int, length: int) -> list[int]:
    """Lags in the order in which they are tried: the last value, the season and its neighbours, the week of a daily season, the
    nearest values, and multiples of the season."""
    near, week = list(range(1, 13)), 7 * season
    order = [1, 2, 3]
    if season > 1:
        order = [1, season, season + 1, 2, season - 1, season + 2, 3]
        if season in (24, 48, 96):
            order += [week, week + 1, week - 1, 6 * season]
        order += [2 * season, 2 * season + 1, 2 * season - 1]
    else:
        near = list(range(1, 31))
    order += near + [k * season for k in (3, 4, 5)]
    most = min(MOST_LAGS, length // ROWS_PER_LAG)
    within = [lag for lag in dict.fromkeys(order) if 0 < lag <= most]
    return within[: max(0, length // 8)]


def criteria(values: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """The corrected Akaike criterion of the models with the first 0, 1, … all of the lags, `[1 + lags]`, on the same rows."""
    rows, target = _design(values, lags)
    projected = np.linalg.qr(rows)[0].T @ target
    total = float(target @ target)
    sums = np.maximum(total - np.cumsum(projected**2), 1e-14 * total + 1e-300)
    count = len(target)
    parameters = np.arange(len(lags) + 1) + 2  # with the intercept and the variance
    room = np.maximum(count - parameters - 1, 1e-9)
    return count * np.log(sums / count) + 2 * parameters + 2 * parameters * (parameters + 1) / room


def _design(values: np.ndarray, lags: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The regression's rows `[rows, 1 + lags]`, the first column ones, and its targets `[rows]`."""
    longest = max(lags, default=0)
    columns = [np.ones(len(values) - longest), *(values[longest - lag : len(values) - lag] for lag in lags)]
    return np.stack(columns, axis=1), values[longest:]
