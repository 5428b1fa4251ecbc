"""Forecasting: one LSTM for all series, which sets the weights of the lags step by step.

After DeepAR (Salinas, Flunkert and Gasthaus 2017): a recurrent network reads each series on a scale
of its own and gives the distribution of its next value; forecasts are paths sampled from it. One
network learns from many series and forecasts those that it has never seen. Here:

- The location of the Student-t distribution is a weighted sum of lagged values relative to the one
  of a season ago; the LSTM sets the weights. So a shift of the series shifts its forecast, and an
  autoregression is within reach of a single layer.
- Lags follow the season: the last values, the last season and its neighbours, seven seasons. Series
  of all frequencies share the network.
- Half of the positive series come as logarithms. Synthetic series are mixed in, with seasons and
  trends that the data may lack.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from mediakit.datasets import series
from mediakit.datasets.series import KnownSeries
from mediakit.layers.lag_network import lag_network, stateful
from mediakit.layers.recurrent import Cell, step
from mediakit.media.lag_features import FEATURES, LAGS, features, lagged, lags_of
from mediakit.tasks.forecasting.scales import Scale
from mediakit.training.recipe import Card, Export, Phase, require
from mediakit.training.series_windows import Window, likelihood_phase, shares
from mediakit.training.synthetic_series import draw

TASK = "forecasting"
FARTHEST = 30.0  # deviations: windows with wilder values are not learned from
MOST_VALIDATED = 256  # series


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    cell: Cell = "lstm"
    units: int = 80  # of each recurrent layer
    layers: int = 2
    window: int = 128  # steps of a training example
    held_out: int = 48  # last values of each series, for validation; at most a fifth of it
    synthetic: float = 0.25  # share of synthetic examples
    examples_per_batch: int = 32
    steps: int = 250  # of an epoch
    epochs: int = 12
    rate: float = 3e-3
    warmup: int = 100  # steps
    clip_norm: float = 1.0
    average: float = 0.99  # moving average of the weights
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Series with the ends that are for validation, and how many values those have."""

    whole: list[KnownSeries]
    held_out: list[int]


def read(config: Config, folder: Path) -> Data:
    """The series of a table, or of a folder of tables."""
    whole = series.read(folder)
    held_out = [min(config.held_out, len(one.values) // 5) for one in whole]
    require(config.window > 8, f"window={config.window}: must be above 8")
    return Data(whole, held_out)


def window(values: np.ndarray, first: int, last: int, season: int, phase: int = 0) -> Window | None:
    """The moments `first` to `last` of a series, scaled by what is before and in their first half.
    None if that is constant or the values lie too far off."""
    known = values[max(0, first - 4 * season - 32) : first + (last - first) // 2]
    if np.ptp(known) <= 1e-6 * max(1.0, float(np.abs(known).max())):
        return None
    scaled = Scale.of(known, log=False).apply(values[:last])
    if np.abs(scaled[max(0, first - 7 * season) :]).max() > FARTHEST:
        return None
    times = np.arange(first, last)
    found, available, start = lagged(scaled, times, season)
    inputs = features(found, available, times + phase, season)
    return Window(inputs, found, start, scaled[first:last])


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Features `[batch, steps, FEATURES]` to the parameters of each next value's distribution
    `[batch, steps, PARAMETERS]`."""
    return lag_network(config.cell, config.units, config.layers)


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """One step for any number of paths: `input` and states to `parameters` and new states."""
    network = stateful(model, keras.Input((FEATURES,), name="input"), step, "step")
    return {"step": Export(network, weights="float16", tolerance=0.01)}


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on random windows."""
    windows = TrainingWindows(config, data)
    return [likelihood_phase(config, model, windows.draw, validation_windows(config, data))]


class TrainingWindows:
    """Random windows of series, known and synthetic."""

    def __init__(self, config: Config, data: Data):
        self.config = config
        self._known = [
            (one.values[: len(one.values) - held], one.season)
            for one, held in zip(data.whole, data.held_out, strict=True)
        ]
        self._shares = shares(data.whole)

    def draw(self, rng: np.random.Generator) -> Window:
        """A window of a series, half of the time of its logarithms, often after a short past."""
        while True:
            if rng.random() < self.config.synthetic:
                values, season = draw(rng)
            else:
                values, season = self._known[rng.choice(len(self._known), p=self._shares)]
                if values.min() > 0 and rng.random() < 0.5:
                    values = np.log(values)
            season = 1 if rng.random() < 0.05 else season
            if len(values) < 400:
                least = min(len(values), max(24, 2 * season + 6))
                length = int(rng.integers(least, len(values) + 1))
                begin = int(rng.integers(0, len(values) - length + 1))
                values = values[begin : begin + length]
            earliest = max(season + 1, LAGS)
            room = max(earliest + 1, len(values) - self.config.window)
            first = int(rng.integers(earliest, room + 1))
            last = min(len(values), first + self.config.window)
            if last - first > 4:
                found = window(values, first, last, season, int(rng.integers(0, season)))
                if found is not None:
                    return found


def validation_windows(config: Config, data: Data) -> list[tuple[Window, int]]:
    """Windows at the ends of series, and how many steps of each come before what is held out."""
    windows = []
    every = max(1, len(data.whole) // MOST_VALIDATED)
    for one, held in list(zip(data.whole, data.held_out, strict=True))[::every]:
        last = len(one.values)
        first = max(last - config.window, max(lags_of(one.season)[:6].max() + 1, LAGS))
        found = window(one.values, first, last, one.season) if last - first > 4 else None
        if found is not None:
            windows.append((found, max(0, len(found.target) - held)))
    return windows


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    return Card(
        name="forecasting",
        summary="Forecasts series that it has not seen, by sampled paths.",
        good_for=["regular series with a season or without, from a few dozen values on"],
        not_good_for=[
            "prices: no method here beats the last value on exchange rates",
            "series that are mostly zeros, and events that the past does not show",
        ],
        training=f"{config.layers} {config.cell.upper()}s of {config.units} units on windows of "
        f"{config.window} steps; {config.synthetic:.0%} of them synthetic.",
        headline="MASE",
    )
