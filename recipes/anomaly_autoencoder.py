"""Anomalies in many channels: a recurrent autoencoder of the rows that count as normal.

After Malhotra et al. (2016): an LSTM reads a window of rows, another one writes it again, last row
first, from nothing but the state of the first. It has learned normal rows alone, so that it writes
others badly. The errors of the window's last row, and their covariance, make the score; see
`mediakit.tasks.anomalies.reconstruction`.

Unlike the network of `anomaly`, this one belongs to one kind of table, with channels of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from mediakit.datasets.anomaly_series import NormalTables, read_normal
from mediakit.layers.recurrent import Cell, recurrent
from mediakit.training.recipe import Card, Export, Phase, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.supervised import supervised

TASK = "anomalies"


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    cell: Cell = "lstm"
    units: int = 24  # of encoder and decoder: the state is what the window is squeezed into
    window: int = 12  # rows
    held_out: float = 0.2  # the last part of each table, for validation
    most_windows: int = 50_000  # for training; of more, so many are drawn
    batch_size: int = 64
    epochs: int = 30
    rate: float = 5e-3
    warmup: int = 50  # steps
    clip_norm: float = 1.0
    seed: int = 1


def read(config: Config, folder: Path) -> NormalTables:
    """Tables with the same channels. Those with a column `anomaly` end before their first one."""
    require(config.window > 1, f"window={config.window}: must be above 1")
    return read_normal(folder)


def build(config: Config, data: NormalTables) -> keras.Model:
    """Rows `[batch, window, channels]` in standard deviations to the same rows, last one first."""
    channels = len(data.channels)
    rows = keras.Input((config.window, channels), name="rows")
    state = recurrent(config.cell, config.units, "encoder")(rows)[:, -1]
    written = layers.RepeatVector(config.window)(state)
    written = recurrent(config.cell, config.units, "decoder")(written)
    return keras.Model(rows, layers.Dense(channels, name="reversed")(written), name="autoencoder")


def networks(config: Config, data: NormalTables, model: keras.Model) -> dict[str, Export]:
    """Rows `[1, window, channels]` as they are to `last` `[1, channels]`, the last one written."""
    rows = keras.Input((config.window, len(data.channels)), name="rows")
    mean, deviation = (values.astype(np.float32) for values in data.scale())
    written = model((rows - mean) / deviation)[:, 0] * deviation + mean
    network = keras.Model({"rows": rows}, {"last": written}, name="reconstruct")
    example = {"rows": data.windows(config.window, 0.0, 1)[:1].astype(np.float32)}
    return {"reconstruct": Export(network, 1, "float32", tolerance=0.01, example=example)}


def phases(config: Config, data: NormalTables, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights; the epoch with the smallest error on the tables' last parts is kept."""
    mean, deviation = data.scale()
    parts = (0.0, 1 - config.held_out), (1 - config.held_out, 1.0)
    train, validation = (
        ((data.windows(config.window, *part) - mean) / deviation).astype(np.float32)
        for part in parts
    )
    require(len(validation) > 0, f"the tables are too short for windows of {config.window} rows")
    rng = np.random.default_rng(config.seed)
    train = train[np.sort(rng.permutation(len(train))[: config.most_windows])]
    training = supervised(
        model,
        {"rows": train, "target": train[:, ::-1]},
        validation={"rows": validation, "target": validation[:, ::-1]},
        epochs=config.epochs,
        batch_size=config.batch_size,
        loss="mean_squared_error",
        optimizer=lambda steps: warmup_adam(config.rate, steps, config.warmup),
        clip_norm=config.clip_norm,
        seed=config.seed,
    )
    return [training]


def files(config: Config, data: NormalTables) -> dict[str, Callable[[Path], None]]:
    """The channels' names, in the order in which the network takes them."""
    names = "\n".join(data.channels) + "\n"
    return {"channels.txt": lambda path: path.write_text(names, encoding="utf-8")}


def card(config: Config, data: NormalTables) -> Card:
    """What the model card says besides the metrics."""
    return Card(
        name="anomalies",
        summary=f"Finds anomalies in tables of {len(data.channels)} columns, those it has learned.",
        good_for=["the machine or process whose normal rows it has learned"],
        not_good_for=["other tables", "states that are normal and were not among its rows"],
        training=f"Two {config.cell.upper()}s of {config.units} units, {config.window} rows.",
        headline="F1",
    )
