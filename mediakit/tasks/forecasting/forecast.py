"""Forecasts: what a method says of a series' next values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.media.timestamps import written
from mediakit.runtime.results import DrawnResult

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, repr=False)
class Forecast(DrawnResult):
    """The next values of a series.

    Args:
        series: its name.
        method: that made it, such as `ar`.
        mean: the expected values, float64 `[horizon]`.
        intervals: the prediction interval `[horizon, 2]` for each level in percent.
        season: in steps; 1 without one.
        history: the values that it follows, gaps filled.
        times: of the forecast, datetime64[s] `[horizon]`, if those of the series are known.
        errors: the mean absolute error of each method on the last part of the series, where methods were compared.
        past: the times of the history, if they are known.
    """

    series: str
    method: str
    mean: np.ndarray
    intervals: Mapping[int, np.ndarray]
    season: int
    history: np.ndarray
    times: np.ndarray | None = None
    errors: Mapping[str, float] = field(default_factory=dict)
    past: np.ndarray | None = None

    @property
    def horizon(self) -> int:
        """How many values were forecast."""
        return len(self.mean)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; `times` is null and `errors` empty where they are not known."""
        return {
            "series": self.series,
            "method": self.method,
            "horizon": self.horizon,
            "season": self.season,
            "mean": [rounded(value) for value in self.mean],
            "intervals": {str(level): [[rounded(low), rounded(high)] for low, high in pairs] for level, pairs in self.intervals.items()},
            "times": None if self.times is None else written(self.times),
            "errors": {name: rounded(error) for name, error in self.errors.items()},
        }

    def draw(self) -> "Image":
        """The end of the history and the forecast with its intervals."""
        from mediakit.media.charts import draw_forecast

        times = None if self.times is None or self.past is None else np.concatenate([self.past, self.times])
        return draw_forecast(self.history, self.mean, self.intervals, f"{self.series}: {self.method}", times)


@dataclass(frozen=True)
class Prediction:
    """A method's answer before it has a name: expected values `[horizon]` and, by level, intervals `[horizon, 2]`."""

    mean: np.ndarray
    intervals: dict[int, np.ndarray]


def normal_quantile(level: int) -> float:
    """How many standard deviations a normal interval of this level in percent reaches to each side."""
    return NormalDist().inv_cdf(0.5 + level / 200)


def normal_prediction(mean: np.ndarray, deviations: np.ndarray, levels: Sequence[int]) -> Prediction:
    """A prediction with normal errors of these standard deviations `[horizon]`."""
    reach = {level: normal_quantile(level) * deviations for level in levels}
    return Prediction(mean, {level: np.stack([mean - wide, mean + wide], axis=1) for level, wide in reach.items()})


def rounded(value: float) -> float:
    """A number with seven significant digits, as JSON shows it."""
    return float(f"{value:.7g}")
