"""LeNet: small images into classes (LeCun et al. 1998, section II.B), ReLUs, max pooling."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
from keras import layers

from mediakit.datasets.images import LabelledImages, read_labelled
from mediakit.training.recipe import Export, Phase
from mediakit.training.supervised import supervised

TASK = "classification"


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    size: int = 32  # pixels, as in the paper
    channels: int = 1  # 1 grey, 3 RGB
    epochs: int = 10
    batch_size: int = 128
    rate: float = 1e-3
    seed: int = 1


def read(config: Config, folder: Path) -> LabelledImages:
    """A folder with a folder of images for each class, or Fashion-MNIST."""
    return read_labelled(folder, config.size, config.channels)


def build(config: Config, data: LabelledImages) -> keras.Model:
    """Images `[batch, size, size, channels]` in 0..255 to probabilities `[batch, classes]`."""
    image = keras.Input((config.size, config.size, config.channels), name="image")
    x = layers.Rescaling(1 / 255)(image)
    for filters in (6, 16):
        x = layers.MaxPooling2D()(layers.Conv2D(filters, 5, activation="relu")(x))
    x = layers.Flatten()(x)
    for units in (120, 84):
        x = layers.Dense(units, activation="relu")(x)
    classes = len(data.train.classes)
    return keras.Model(image, layers.Dense(classes, "softmax", name="probabilities")(x))


def phases(config: Config, data: LabelledImages, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights; the epoch with the best validation accuracy is kept."""
    parts = (data.train, data.validation)
    train, validation = ({"image": part.pixels, "label": part.labels} for part in parts)
    training = supervised(
        model,
        train,
        validation=validation,
        epochs=config.epochs,
        batch_size=config.batch_size,
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(config.rate),
        metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")],
        monitor="accuracy",
        seed=config.seed,
    )
    return [training]


def networks(config: Config, data: LabelledImages, model: keras.Model) -> dict[str, Export]:
    """An image to probabilities."""
    return {"classifier": Export(model, batch=1)}


def files(config: Config, data: LabelledImages) -> dict[str, Callable[[Path], None]]:
    """The classes' names, in the order of the probabilities."""
    names = "\n".join(data.train.classes) + "\n"
    return {"classes.txt": lambda path: path.write_text(names, encoding="utf-8")}
