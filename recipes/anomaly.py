"""Anomalies: one recurrent network that predicts each value of any series, with its spread.

After Malhotra et al. (2015): an LSTM learns what usually comes next, and what it did not expect is
an anomaly. How unlikely its errors are, on a series that it has never seen, is judged by that
series' own past (Ahmad et al. 2017); this part has no weights, see `mediakit.tasks.anomalies`.

The network is that of `forecasting`: it sets the weights of lagged values, and a Student-t
distribution around their sum. What differs:

- A series comes as a stream. Its scale follows it, and only earlier values have a part in it.
- The scale is compressed, so that values after a spike are still predicted.
- Half of the series are synthetic: what machines report, with spikes, bursts and steps.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from mediakit.datasets import series
from mediakit.datasets.series import KnownSeries
from mediakit.layers.lag_network import lag_network, stateful
from mediakit.layers.recurrent import Cell, block
from mediakit.media.lag_features import FEATURES
from mediakit.tasks.anomalies.moments import moments
from mediakit.tasks.anomalies.scaling import RunningScale, compress
from mediakit.training.recipe import Card, Export, Phase, require
from mediakit.training.series_windows import Window, likelihood_phase, shares
from mediakit.training.synthetic_series import draw, draw_machine

TASK = "anomalies"
MOST_VALIDATED = 256  # series


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    cell: Cell = "lstm"
    units: int = 40  # of each recurrent layer: 20,000 values a second leave 50 µs for each
    layers: int = 2
    window: int = 192  # steps of a training example
    held_out: float = 0.2  # the last part of each series, for validation
    synthetic: float = 0.5  # share of synthetic examples
    synthetic_series: int = 800  # made once, for making one takes longer than learning from it
    examples_per_batch: int = 32
    steps: int = 200  # of an epoch
    epochs: int = 12
    rate: float = 4e-3
    warmup: int = 100  # steps
    clip_norm: float = 1.0
    average: float = 0.99  # moving average of the weights
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Series, and the row from which on each is for validation."""

    whole: list[KnownSeries]
    splits: list[int]


def read(config: Config, folder: Path) -> Data:
    """The series of a table, or of a folder of tables."""
    require(config.window > 8, f"window={config.window}: must be above 8")
    whole = series.read(folder)
    return Data(whole, [int(len(one.values) * (1 - config.held_out)) for one in whole])


def window(values: np.ndarray, scale: np.ndarray, first: int, last: int, season: int) -> Window:
    """The rows `first` to `last` of a series; see `moments`. `scale` is that of all its rows."""
    rows, near = np.arange(first, last), scale[first:last]
    inputs, found, start = moments(values, rows, season, near)
    return Window(inputs, found, start, compress(values[first:last], near[:, 0], near[:, 1]))


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Features `[batch, steps, FEATURES]` to the parameters of each value's distribution
    `[batch, steps, PARAMETERS]`."""
    return lag_network(config.cell, config.units, config.layers)


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """A block of a series' moments: `inputs` `[1, steps, FEATURES]` and states to `parameters`
    `[1, steps, PARAMETERS]` and the states after it."""
    network = stateful(model, keras.Input((None, FEATURES), name="inputs"), block, "block")
    rng, steps = np.random.default_rng(0), 5
    example = {
        name: rng.normal(size=[steps if size is None else size for size in (1, *one.shape[1:])])
        for name, one in network.input.items()
    }
    example = {name: values.astype(np.float32) for name, values in example.items()}
    return {"block": Export(network, 1, "float16", tolerance=0.01, example=example)}


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on random windows."""
    windows = TrainingWindows(config, data)
    return [likelihood_phase(config, model, windows.draw, validation_windows(config, data))]


class TrainingWindows:
    """Random windows of series, known and synthetic."""

    def __init__(self, config: Config, data: Data):
        self.config = config
        pairs = zip(data.whole, data.splits, strict=True)
        self._known = [scaled(one.values[:split], one.season) for one, split in pairs]
        self._shares = shares(data.whole)
        rng = np.random.default_rng(config.seed)
        count = config.synthetic_series
        makers = [draw if rng.random() < 0.2 else draw_machine for _ in range(count)]
        self._synthetic = [scaled(*maker(rng)) for maker in makers]

    def draw(self, rng: np.random.Generator) -> Window:
        """A window of a series, one time in four without its season."""
        if rng.random() < self.config.synthetic:
            values, scale, season = self._synthetic[rng.integers(len(self._synthetic))]
        else:
            values, scale, season = self._known[rng.choice(len(self._known), p=self._shares)]
        season = 1 if rng.random() < 0.25 else season
        first = int(rng.integers(1, max(2, len(values) - self.config.window + 1)))
        return window(values, scale, first, min(len(values), first + self.config.window), season)


def scaled(values: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, int]:
    """A series with its scale before each row, and its season."""
    return values, RunningScale().follow(values), season


def validation_windows(config: Config, data: Data) -> list[tuple[Window, int]]:
    """Windows at the last parts of the series, and how many steps of each come before that part."""
    every = max(1, len(data.whole) // MOST_VALIDATED)
    windows = []
    for one, split in list(zip(data.whole, data.splits, strict=True))[::every]:
        last = min(len(one.values), split + config.window // 2)
        scale = RunningScale().follow(one.values[:last])
        first = max(1, last - config.window)
        windows.append((window(one.values, scale, first, last, one.season), split - first))
    return windows


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    return Card(
        name="anomalies",
        summary="Finds what is unusual in series that it has not seen, as they come.",
        good_for=["numbers that machines, sensors and people make, from a few hundred rows on"],
        not_good_for=[
            "anomalies that last from the first row on: the start of a series counts as normal",
            "slow drifts: the detector follows them",
        ],
        training=f"{config.layers} {config.cell.upper()}s of {config.units} units on windows of "
        f"{config.window} rows; {config.synthetic:.0%} of them synthetic.",
        headline="NAB_standard",
    )
