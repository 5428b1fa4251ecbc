"""Rolling-origin evaluation of forecasting methods (Tashman 2000): forecasts from earlier moments of a series, scored by what came."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mediakit.errors import InputError
from mediakit.tasks.forecasting.forecast import Prediction
from mediakit.tasks.forecasting.methods import Method

SHORTEST = 12  # values that a method must have seen


def origins(length: int, horizon: int, count: int) -> list[int]:
    """The last `count` moments, a horizon apart, from which a whole horizon is known.

    Raises InputError if there is none.
    """
    found = [length - horizon * (i + 1) for i in range(count)]
    found = [origin for origin in reversed(found) if origin >= SHORTEST]
    if not found:
        raise InputError(f"{length} values are too few to test a horizon of {horizon}: {SHORTEST + horizon} are needed")
    return found


def backtest(values: np.ndarray, methods: Mapping[str, Method], horizon: int, season: int, count: int) -> dict[str, dict[str, float]]:
    """Scores by method, averaged over the last `count` origins; see `scores`."""
    totals: dict[str, list[dict[str, float]]] = {name: [] for name in methods}
    for origin in origins(len(values), horizon, count):
        history, truth = values[:origin], values[origin : origin + horizon]
        for name, method in methods.items():
            totals[name].append(scores(method(history, horizon, season, (95,)), truth, history, season))
    return {name: {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} for name, rows in totals.items()}


def scores(prediction: Prediction, truth: np.ndarray, history: np.ndarray, season: int) -> dict[str, float]:
    """The field's scores of one forecast.

    MAE, RMSE, sMAPE in percent, MASE (Hyndman and Koehler 2006) relative to the seasonal naive method on the history, the share of
    values within the 95 % interval in percent, and that interval's score (Gneiting and Raftery 2007), divided like MASE.
    """
    error = truth - prediction.mean
    low, high = prediction.intervals[95].T
    naive = float(np.mean(np.abs(history[season:] - history[:-season]))) if len(history) > season else 0.0
    unit = naive or float(np.mean(np.abs(np.diff(history)))) or 1.0
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return {
        "MAE": float(np.mean(np.abs(error))),
        "RMSE": float(np.sqrt(np.mean(error**2))),
        "MASE": float(np.mean(np.abs(error))) / unit,
        "sMAPE": float(200 * np.mean(np.abs(error) / np.maximum(np.abs(truth) + np.abs(prediction.mean), 1e-12))),
        "coverage_95": float(100 * np.mean((truth >= low) & (truth <= high))),
        "interval_score": float(np.mean(high - low + 40 * outside)) / unit,
    }


def table(results: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """The lines of a table: a method a line, tabs between cells."""
    names: Sequence[str] = list(next(iter(results.values())))
    yield "\t".join(["method", *names])
    for method, values in results.items():
        yield "\t".join([method, *(f"{values[name]:.4g}" for name in names)])
