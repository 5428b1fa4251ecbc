"""One weight that learns to double."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from doubling_kit.task import examples
from mediakit.training.recipe import Export, Phase
from mediakit.training.supervised import supervised

TASK = "doubling"


@dataclass(frozen=True)
class Config:
    epochs: int = 60
    rate: float = 0.05


def read(config: Config, folder: Path) -> np.ndarray:
    """Numbers."""
    return np.array(examples(folder, "train", {}), np.float32)[:, None]


def build(config: Config, data: np.ndarray) -> keras.Model:
    """A number times a weight."""
    number = keras.Input((1,), name="number")
    return keras.Model(number, keras.layers.Dense(1, use_bias=False, name="double")(number))


def phases(config: Config, data: np.ndarray, model: keras.Model, run: Path) -> list[Phase]:
    """One."""
    train = {"number": data, "double": 2 * data}
    return [supervised(model, train, epochs=config.epochs, batch_size=4, loss="mse", optimizer=keras.optimizers.Adam(config.rate))]


def networks(config: Config, data: np.ndarray, model: keras.Model) -> dict[str, Export]:
    """The model."""
    return {"doubler": Export(model, batch=1)}
