"""The network of the film genres: a CNN encodes frames, an LSTM reads their sequence.

- The CNN keeps its ImageNet weights. Its features come from every stage: the last shows what is in
  an image, all of them how it looks.
- Each moment of a film has genre scores: a linear function of its features, plus a zero-initialised
  one of a bidirectional LSTM.
- Attention over time (Yang et al. 2016, section 2.2) averages the scores of the moments, so the
  answer can be traced back to them.

How it is trained is in trailer_genre.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import films
from mediakit.datasets.films import FilmSet
from mediakit.datasets.labelled_films import GENRES
from mediakit.datasets.origin import own_data
from mediakit.layers.efficientnet_lite import (
    efficientnet_lite,
    imagenet_weights,
    load_imagenet_weights,
    stage_outputs,
)
from mediakit.layers.recurrent import Cell, recurrent
from mediakit.layers.standardize import Standardize
from mediakit.tasks.film_genres.metrics import truth_of
from mediakit.training.recipe import Export, ModelFolder


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    encoder: str = "lite0"  # 6.8 MB in float16
    image_size: int = 224  # pixels; lite0's own
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    projection: int = 96  # channels of the LSTM's input
    cell: Cell = "lstm"
    units: int = 48  # of the cell, in each direction
    pooling: Literal["attention", "mean"] = "attention"  # mean: no LSTM, moments count alike
    in_order: bool = True  # false: moments are shuffled, to see whether their order matters
    feature_dropout: float = 0.4
    dropout: float = 0.5  # of the LSTM's input and output
    label_smoothing: float = 0.1  # half of the films' lists of genres are incomplete
    # Films for validation: a split, such as val, or a fold, such as 2/5; empty: none.
    hold_out: str = ""

    views: int = 2  # cached for each image: itself, its mirror image, then augmented ones
    steps_per_epoch: int = 100
    images_per_batch: int = 64
    image_epochs: int = 4
    image_rate: float = 1e-3
    films_per_batch: int = 16
    moments: int = 16  # of each film in a batch
    film_epochs: int = 3
    film_rate: float = 5e-4
    # Weight of the squared kernel from features to genres: 4,192 channels, and a few dozen films.
    # 0.6 and 1.5 gave a macro AP of 0.527 and 0.535 in cross-validation.
    l2: float = 2.0
    shuffle: float = 0.1  # share of the films in a batch whose moments are shuffled
    weight_decay: float = 1e-2
    clip_norm: float = 5.0
    average: float = 0.99  # moving average of the weights over the last 100 steps
    # Platt scaling of the scores, fitted to out-of-fold predictions by
    # benchmarks/genre_cross_validation.py.
    slope: float = 1.34
    offset: float = 0.05
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


def read(config: Config, folder: Path) -> FilmSet:
    """Posters, stills and trailers of a folder in any layout of `mediakit.datasets.films`."""
    return films.read(folder, 4 * config.moments, config.hold_out, config.seed)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: FilmSet) -> keras.Model:
    """The whole model: films `[batch, moments, size, size, 3]` in 0..255 to the logits of genres
    `[batch, genres]`. Its parts are the models `encoder`, inside the layer `frames`, and `head`."""
    encoder = build_encoder(config)
    train = data.images + data.films
    frequencies = truth_of(train).mean(axis=0) if train else np.full(len(GENRES), 0.5)
    head = build_head(config, encoder.output_shape[-1], frequencies)
    film = keras.Input((None, *encoder.input_shape[1:]), name="film")
    features = layers.TimeDistributed(encoder, name="frames")(film)
    return keras.Model(film, head(features)["scores"], name="trailer_genre")


def build_encoder(config: Config) -> keras.Model:
    """Images `[batch, size, size, 3]` to features `[batch, channels]`: mean and standard deviation
    of every channel at the end of each stage.

    The last stage's means describe the contents. Means and deviations of all stages describe the
    style (Huang and Belongie 2017, section 3): light, colours, textures. Genres differ in both.
    """
    network = efficientnet_lite(config.encoder, config.image_size, folded=True)
    if config.imagenet:
        load_imagenet_weights(network, imagenet_weights(config.encoder))
    features = []
    for maps in [*stage_outputs(network), network.output]:
        mean = ops.mean(maps, axis=(1, 2))
        variance = ops.mean(ops.square(maps - mean[:, None, None]), axis=(1, 2))
        features += [mean, ops.sqrt(variance + 1e-6)]
    return keras.Model(network.input, ops.concatenate(features, axis=-1), name="encoder")


def build_head(config: Config, channels: int, frequencies: np.ndarray) -> keras.Model:
    """Features `[batch, moments, channels]` to `scores` `[batch, genres]`, `attention`
    `[batch, moments]`, which sums to 1, and `moment_scores` `[batch, moments, genres]`. A film's
    score is the sum of its moments' scores weighted by attention; all scores are logits.

    `frequencies` of the genres `[genres]` are the untrained head's probabilities.
    """
    odds = np.clip(frequencies, 0.01, 0.99)
    features = keras.Input((None, channels), name="features")
    x = Standardize(name="standardize")(features)
    x = layers.Dropout(config.feature_dropout, name="feature_dropout")(x)

    def zero_dense(units: int, name: str, **options):
        return layers.Dense(units, kernel_initializer="zeros", name=name, **options)

    bias = keras.initializers.Constant(np.log(odds / (1 - odds)))
    scores = zero_dense(len(GENRES), "moment", bias_initializer=bias)(x)
    if config.pooling == "mean":
        attention = ops.softmax(ops.zeros_like(scores[..., :1]), axis=1)
    else:
        x = layers.Dense(config.projection, activation="relu", name="projection")(x)
        x = layers.Dropout(config.dropout, name="input_dropout")(x)
        x = layers.Bidirectional(recurrent(config.cell, config.units, "cell"), name="context")(x)
        x = layers.Dropout(config.dropout, name="output_dropout")(x)
        scores = scores + zero_dense(len(GENRES), "context_scores", use_bias=False)(x)
        attention = ops.softmax(zero_dense(1, "attention")(x), axis=1)
    outputs = {
        "scores": ops.sum(attention * scores, axis=1),
        "attention": attention[..., 0],
        "moment_scores": scores,
    }
    return keras.Model(features, outputs, name="head")


def encoder_of(model: keras.Model) -> keras.Model:
    """The part of the model that encodes one image."""
    return model.get_layer("frames").layer


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: FilmSet, model: keras.Model) -> dict[str, Export]:
    """An image to its features; the features of any number of moments to probabilities."""
    encoder, head = encoder_of(model), model.get_layer("head")
    image = keras.Input(encoder.input_shape[1:], name="image")
    features = keras.Input(head.input_shape[1:], name="features")
    outputs = head(features)
    encode = keras.Model({"image": image}, {"features": encoder(image)})
    classify = keras.Model(
        {"features": features},
        {
            "probabilities": ops.sigmoid(config.slope * outputs["scores"] + config.offset),
            "attention": outputs["attention"],
            "moments": ops.sigmoid(config.slope * outputs["moment_scores"] + config.offset),
        },
    )
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (1, *encoder.input_shape[1:])).astype(np.float32)
    film = rng.uniform(0, 1, (1, 24, encoder.output_shape[-1])).astype(np.float32)
    return {
        "encoder": Export(encode, 1, "float16", tolerance=0.02, example={"image": images}),
        "head": Export(classify, 1, "float16", tolerance=0.01, example={"features": film}),
    }


def files(config: Config, data: FilmSet) -> dict[str, Callable[[Path], None]]:
    """The names of the genres, in the order of the probabilities."""
    names = "".join(f"{genre}\n" for genre in GENRES)
    return {"genres.txt": lambda path: path.write_text(names, encoding="utf-8")}


def read_files(config: Config, folder: ModelFolder) -> FilmSet:
    """Data without films: all that a model folder keeps is the genres, which are fixed."""
    return FilmSet([], [], [], [], own_data(folder.path, "films"))
