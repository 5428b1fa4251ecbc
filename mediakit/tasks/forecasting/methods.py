"""The statistical methods: an autoregression on the scale that suits the series, and the naive ones that it has to beat.

Each is a function of a history, the horizon, the season and the levels of the intervals, and returns a Prediction.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mediakit.tasks.forecasting.autoregression import Autoregression, fit_best
from mediakit.tasks.forecasting.forecast import Prediction, normal_prediction
from mediakit.tasks.forecasting.scales import Scale

Method = Callable[[np.ndarray, int, int, Sequence[int]], Prediction]


def at_least_zero(method: Method) -> Method:
    """The method, with forecasts of amounts cut off at zero."""

    def bounded(values: np.ndarray, horizon: int, season: int, levels: Sequence[int]) -> Prediction:
        made = method(values, horizon, season, levels)
        if not are_amounts(values):
            return made
        return Prediction(np.maximum(made.mean, 0), {level: np.maximum(pairs, 0) for level, pairs in made.intervals.items()})

    return bounded


def are_amounts(values: np.ndarray) -> bool:
    """Whether values seem unable to be negative: none is, and they are whole numbers, as counts are, or touch zero, as rain does."""
    return bool(values.min() >= 0 and (values.min() == 0 or np.array_equal(values, np.round(values))))


def best_scale(values: np.ndarray, season: int) -> tuple[Scale, Autoregression]:
    """The scale on which an autoregression describes the series best by likelihood, logarithms or not, and that model."""
    found = []
    for log in (False, True):
        if log and (values.min() <= 0 or values.max() > 1e300):
            continue
        scale = Scale.of(values, log)
        model = fit_best(scale.apply(values), season)
        criterion = model.criterion - scale.log_density(values[len(values) - len(model.residuals) :])
        found.append((criterion, log, scale, model))
    _, _, scale, model = min(found, key=lambda one: one[:2])
    return scale, model


def ar(values: np.ndarray, horizon: int, season: int, levels: Sequence[int]) -> Prediction:
    """The autoregression that `best_scale` finds. On a scale of logarithms the middle forecast is the median."""
    scale, model = best_scale(values, season)
    on_scale = normal_prediction(model.predict(scale.apply(values), horizon), model.deviations(horizon), levels)
    return Prediction(scale.invert(on_scale.mean), {level: scale.invert(pairs) for level, pairs in on_scale.intervals.items()})


def naive(values: np.ndarray, horizon: int, season: int, levels: Sequence[int]) -> Prediction:
    """The last value again; a random walk's intervals."""
    deviation = _root_mean_square(np.diff(values))
    return normal_prediction(np.full(horizon, values[-1]), deviation * np.sqrt(np.arange(1, horizon + 1)), levels)


def seasonal_naive(values: np.ndarray, horizon: int, season: int, levels: Sequence[int]) -> Prediction:
    """The values of the last season again."""
    if season == 1 or len(values) <= season:
        return naive(values, horizon, season, levels)
    steps = np.arange(horizon)
    deviation = _root_mean_square(values[season:] - values[:-season])
    return normal_prediction(values[len(values) - season + steps % season], deviation * np.sqrt(steps // season + 1), levels)


def drift(values: np.ndarray, horizon: int, season: int, levels: Sequence[int]) -> Prediction:
    """The line through the first value and the last."""
    count = len(values) - 1
    slope = (values[-1] - values[0]) / max(count, 1)
    steps = np.arange(1, horizon + 1)
    deviation = _root_mean_square(np.diff(values) - slope)
    return normal_prediction(values[-1] + slope * steps, deviation * np.sqrt(steps * (1 + steps / max(count, 1))), levels)


def equation(scale: Scale, model: Autoregression) -> str:
    """The fitted equation on the series' own scale, each coefficient with its standard error."""
    name = "log Y" if scale.log else "Y"
    left = f"{name}_t" + (f" - {name}_t-{model.difference}" if model.difference else "")
    centre = 0.0 if model.difference else scale.centre
    intercept = scale.unit * model.intercept + centre * (1 - float(model.coefficients.sum()))
    terms = [f"{intercept:.4g}"]
    for lag, coefficient, error in zip(model.lags, model.coefficients, model.errors[1:], strict=True):
        right = f"D_t-{lag}" if model.difference else f"{name}_t-{lag}"
        terms.append(f"{'+' if coefficient >= 0 else '-'} {abs(coefficient):.3f} ({error:.3f}) {right}")
    deviation = scale.unit * float(np.sqrt(model.variance))
    first = f"D_t = {left}; D_t" if model.difference else left
    kind = "stationary" if model.largest_root < 1 else "not stationary"
    what = f"the differences are {kind}" if model.difference else kind
    return f"{first} = {' '.join(terms)} + e_t, e_t ~ N(0, {deviation:.4g}^2); {what}, largest root {model.largest_root:.3f}"


def _root_mean_square(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(errors**2))) if len(errors) else 0.0
