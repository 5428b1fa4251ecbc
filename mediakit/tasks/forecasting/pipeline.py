"""Series in, forecasts out."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import InputError, InputWarning, MediakitError, did_you_mean
from mediakit.media.seasons import find_season
from mediakit.media.series import Series, read_series
from mediakit.media.timestamps import following, regular, seconds_of
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.workers import Pool
from mediakit.tasks.forecasting import methods as statistical
from mediakit.tasks.forecasting.backtest import backtest
from mediakit.tasks.forecasting.forecast import Forecast
from mediakit.tasks.forecasting.recurrent import Recurrent

Item = Series | Sequence[float] | np.ndarray | str | Path
HORIZON = 12
MOST_HORIZON = 10_000
LONGEST = 5_000_000  # values
MOST_MISSING = 0.5  # share of the values inside that may be gaps
LEVELS = (80, 95)
CHOICES = ("auto", "ar", "lstm", "naive", "seasonal-naive", "drift")
LEAST = 4  # values that a forecast needs
FEWEST = 24  # values below which methods are not compared, and only naive ones and the autoregression are used


def load(folder: ModelFolder, *, threads: int | None = None) -> "Forecaster":
    """The pipeline of a forecasting model folder."""
    return Forecaster(folder, threads)


class Forecaster(Pipeline[Item, Forecast]):
    """Forecasts series: sequences of numbers, arrays, `mediakit.media.series.Series`, or paths of tables with one series.

    Gaps (NaN) inside a series are filled.

    Args:
        folder: an opened model folder of the task forecasting, with a network `step`.
        threads: how many series are forecast side by side; by default one per processor, at most four.
    """

    columns = ("series", "method", "horizon", "season", "mean", "intervals", "times", "errors")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._networks = Pool(lambda: folder.network("step"))

    def stream(
        self,
        series: Iterable[Item | MediakitError],
        *,
        horizon: int = HORIZON,
        method: str = "auto",
        season: int | None = None,
        levels: Sequence[int] = LEVELS,
        seed: int = 0,
    ) -> Iterator[tuple[Item | MediakitError, Forecast | MediakitError]]:
        """Yield each series with its forecast or error, in order, at flat memory.

        Args:
            series: an error among them is yielded in its place.
            horizon: how many values to forecast.
            method: `ar`, `lstm`, `naive`, `seasonal-naive`, `drift`, or `auto`: the one that does best on the last part of the series.
            season: in steps; 1 for none. By default that of the times, or the one that the series shows.
            levels: of the intervals, in percent.
            seed: of the sampled paths.

        Raises InputError for options out of range.
        """
        check(horizon, method, season, levels)
        return self._one_by_one(series, lambda index, item: self._forecast(self.prepare(item, season), horizon, method, levels, seed))

    def _is_many(self, items: Any) -> bool:
        return super()._is_many(items) and not (len(items) and isinstance(items[0], Real | None))

    def prepare(self, item: Item | MediakitError, season: int | None = None) -> "Prepared":
        """A series at equal steps without gaps, with its season. Raises InputError for one that cannot be forecast."""
        if isinstance(item, MediakitError):
            raise item
        series = _series(item)
        values, times, step = series.values, series.times, None
        if times is not None:
            times, values, step = regular(times, values, series.name)
        values, times = _without_gaps(series.name, values, times)
        found = season if season is not None else find_season(values, None if step is None else seconds_of(step))
        return Prepared(series.name, values, found, times, step)

    def methods(self, seed: int = 0) -> dict[str, statistical.Method]:
        """The methods by name; the recurrent one samples with this seed."""

        def lstm(values: np.ndarray, horizon: int, season: int, levels: Sequence[int]) -> Any:
            with self._networks.one() as network:
                return Recurrent(network)(values, horizon, season, levels, seed)

        methods = {
            "ar": statistical.ar,
            "lstm": lstm,
            "seasonal-naive": statistical.seasonal_naive,
            "naive": statistical.naive,
            "drift": statistical.drift,
        }
        return {name: statistical.at_least_zero(method) for name, method in methods.items()}

    def paths(self, item: Item, *, horizon: int = HORIZON, season: int | None = None, count: int = 400, seed: int = 0) -> np.ndarray:
        """Futures of a series sampled from the recurrent network, `[count, horizon]`: for intervals of sums, maxima and the like."""
        check(horizon, "lstm", season, LEVELS)
        series = self.prepare(item, season)
        with self._networks.one() as network:
            return Recurrent(network).paths(series.values, horizon, series.season, count, seed)

    def _forecast(self, series: "Prepared", horizon: int, method: str, levels: Sequence[int], seed: int) -> Forecast:
        known = self.methods(seed)
        errors: Mapping[str, float] = {}
        if method == "auto":
            errors = self.compare(series, horizon, seed)
            method = min(errors, key=lambda name: errors[name]) if errors else "ar"
        made = known[method](series.values, horizon, series.season, levels)
        times = None if series.times is None else following(series.times[-1], series.step, horizon)
        return Forecast(series.name, method, made.mean, made.intervals, series.season, series.values, times, errors, series.times)

    def compare(self, series: "Prepared", horizon: int, seed: int = 0) -> dict[str, float]:
        """Mean absolute errors on the last part of a series, by method; empty if the series is too short to compare them.

        A naive method comes first, so that it wins a draw.
        """
        if len(series.values) < FEWEST:
            return {}
        part = max(1, min(horizon, len(series.values) // 6))
        names = ["naive", *(["seasonal-naive"] if series.season > 1 else []), "ar", "lstm"]
        known = self.methods(seed)
        chosen = {name: known[name] for name in names}
        return {name: result["MAE"] for name, result in backtest(series.values, chosen, part, series.season, 3).items()}


class Prepared:
    """A series as methods take it.

    Args:
        name: of the series.
        values: float64 `[steps]` without gaps.
        season: in steps, 1 for none.
        times: of the values, or None.
        step: between them, in seconds or months.
    """

    def __init__(self, name: str, values: np.ndarray, season: int, times: np.ndarray | None, step: Any):
        self.name, self.values, self.season, self.times, self.step = name, values, season, times, step


def check(horizon: int, method: str, season: int | None, levels: Sequence[int]) -> None:
    """Raise InputError for options out of range."""
    if not 1 <= horizon <= MOST_HORIZON:
        raise InputError(f"the horizon is {horizon}; it must be 1 to {MOST_HORIZON:,} steps")
    if method not in CHOICES:
        raise InputError(f"no method {method!r}; the methods are {', '.join(CHOICES)}{did_you_mean(method, list(CHOICES))}")
    if season is not None and season < 1:
        raise InputError(f"the season is {season}; it must be at least 1 step")
    if not levels or not all(0 < level < 100 for level in levels):
        raise InputError(f"the levels of the intervals are {list(levels)}; each must be above 0 and below 100 percent")


def _series(item: Item) -> Series:
    """An item as a series. Raises InputError for a table of several."""
    if isinstance(item, Series):
        return item
    if not isinstance(item, str | Path):
        return Series("series", _as_values(item))
    found = read_series(Path(item))
    if len(found) > 1:
        raise InputError(f"{item}: has {len(found)} series; read them with mediakit.media.series.read_series, and give one or a list")
    return found[0]


def _as_values(item: Any) -> np.ndarray:
    try:
        values = np.array([np.nan if value is None else value for value in item], np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("a series is a sequence of numbers, or a mediakit.media.series.Series") from error
    if values.ndim != 1:
        raise InputError(f"a series has one dimension, not {values.ndim}; forecast each column on its own")
    if np.isinf(values).any():
        raise InputError(f"value {int(np.flatnonzero(np.isinf(values))[0])} of the series is infinite; values must be finite")
    return values


def _without_gaps(name: str, values: np.ndarray, times: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The values with gaps inside filled by straight lines, without those at the ends."""
    present = np.flatnonzero(~np.isnan(values))
    if len(present) < LEAST:
        what = "has no values" if not len(present) else f"has {len(present)} value{'s' if len(present) > 1 else ''}"
        raise InputError(f"{name}: {what}; a forecast needs at least {LEAST}")
    if len(values) > LONGEST:
        raise InputError(f"{name}: has {len(values):,} values; at most {LONGEST:,} are forecast from; aggregate the series first")
    first, last = int(present[0]), int(present[-1]) + 1
    if np.abs(values[present]).max() > 1e150:
        raise InputError(f"{name}: holds {values[present][np.abs(values[present]).argmax()]:.3g}; values must be within ±1e150")
    inside = values[first:last]
    gaps = np.isnan(inside)
    if gaps.mean() > MOST_MISSING:
        raise InputError(f"{name}: {gaps.sum():,} of {len(inside):,} values are missing; resample the series to longer steps")
    if gaps.any():
        _tell(f"{name}: {gaps.sum():,} of {len(inside):,} values are missing and were filled by straight lines")
        inside = np.interp(np.arange(len(inside)), np.flatnonzero(~gaps), inside[~gaps])
    if last < len(values):
        _tell(f"{name}: the last {len(values) - last:,} values are missing; the forecast begins after the last one that is there")
    return inside, None if times is None else times[first:last]


def _tell(message: str) -> None:
    warnings.warn(message, InputWarning, stacklevel=3)
