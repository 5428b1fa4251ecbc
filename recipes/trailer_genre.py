"""Film genres from trailers: a CNN encodes frames, an LSTM reads their sequence.

As in work on trailers (Wehrmann and Barros 2017), a CNN encodes single frames and their features
are combined over time. Differences, for a few dozen films instead of thousands:

- The CNN keeps its ImageNet weights. Its features come from every stage: the last shows what is in
  an image, all of them how it looks.
- The head is first trained on posters and stills, as films of one image: they are many, and show
  most of what can be learned about rare genres. They stay in the batches when films follow.
- Each moment of a film has genre scores: a linear function of its features, plus a zero-initialised
  one of a bidirectional LSTM.
- Attention over time (Yang et al. 2016, section 2.2) averages the scores of the moments, so the
  answer can be traced back to them.
- Every step draws other moments of each film.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import films
from mediakit.datasets.films import FilmSet
from mediakit.datasets.labelled_films import GENRES
from mediakit.datasets.origin import IMAGENET, own_data
from mediakit.layers.efficientnet_lite import (
    efficientnet_lite,
    imagenet_weights,
    load_imagenet_weights,
    stage_outputs,
)
from mediakit.layers.recurrent import Cell, recurrent
from mediakit.layers.standardize import Standardize
from mediakit.tasks.film_genres.metrics import average_precisions, truth_of
from mediakit.training.film_features import FilmFeatures, equal_shares
from mediakit.training.photos import Augmentation
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import Predictor

TASK = "film_genres"
WARM_START = {"imagenet": False, "hold_out": ""}  # not inherited from the trained model
# Small crops, which leave out a poster's title, are most like frames.
AUGMENTATION = Augmentation(crop=0.3, aspect=1.33, contrast=0.25, saturation=0.4, bars=0.2)


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


def card(config: Config, data: FilmSet) -> Card:
    """What the model card says besides the metrics."""
    origin, film_count = data.origin, len({film.film for film in data.films})
    not_good_for = [
        "sound, speech, titles, names: it sees images only",
        "films unlike those it was trained on",
    ]
    if origin.license != "its owner's":
        not_good_for = [
            "deciding by itself: its ranking is far better than chance, and often wrong; it was "
            "trained on few films of Horror, Mystery, Romance or Crime",
            "sound, speech, titles, names: it sees images only; and anything but feature films",
            "the order of scenes: with so few films there is no evidence that it helps (see the "
            "metrics of the LSTM on shuffled moments)",
        ]
    return Card(
        name="trailer_genre",
        summary="Gives the probabilities of thirteen genres for a film, from the images of its "
        "trailer or of a part of it.",
        good_for=[
            "trailers and clips of feature films: a ranking of genres, and the moments that "
            "contributed most to each"
        ],
        not_good_for=not_good_for,
        training=f"EfficientNet-{config.encoder.capitalize()}"
        f"{' from ImageNet' if config.imagenet else ''}, frozen; the head on {len(data.images):,} "
        f"posters and stills as films of one image ({config.image_epochs} epochs of "
        f"{config.steps_per_epoch} steps), then also on frames of {film_count} films "
        f"({config.film_epochs} epochs). "
        + (f"Held out: {config.hold_out}." if config.hold_out else "No film was held out."),
        headline="macro AP",
        license=f"the weights were learned from {origin.name} "
        f"({'; '.join(filter(None, (origin.license, origin.note)))})",
        data=[source.entry for source in (origin, *([IMAGENET] if config.imagenet else []))],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: FilmSet, model: keras.Model, run: Path) -> list[Phase]:
    """The head on images; then on films and images. Both on cached features of the encoder."""
    head, features = model.get_layer("head"), Features(config, data, model, run / "cache")

    def loss(batch) -> Loss:
        losses = {
            kind: genre_loss(config, head(batch[kind], training=True)["scores"], batch[genres])
            for kind, genres in (("image", "image_genres"), ("film", "film_genres"))
            if kind in batch
        }
        weight = sum(part.weight for part in losses.values())
        penalty = config.l2 * ops.sum(ops.square(head.get_layer("moment").kernel))
        total = sum(part.total for part in losses.values()) + weight * penalty
        metrics = {kind: (part.total, part.weight) for kind, part in losses.items()}
        return Loss(total, weight, metrics)

    def phase(name: str, epochs: int, rate: float, sizes: Mapping[str, int]) -> Phase:
        def updates() -> list[Update]:
            steps = epochs * config.steps_per_epoch
            adam = warmup_adam(rate, steps, min(100, steps // 10), config.weight_decay, beta_2=0.98)
            return [Update("loss", loss, [Group(head.trainable_variables, adam)], config.clip_norm)]

        return Phase(
            name,
            epochs,
            config.steps_per_epoch,
            partial(features.batches, sizes),
            updates,
            prepare=features.prepare,
            validate=features.validate,
            average=config.average,
        )

    sizes = {"image": config.images_per_batch} if data.images else {}
    on_images = [phase("images", config.image_epochs, config.image_rate, sizes)] if sizes else []
    sizes = sizes | {"film": config.films_per_batch}
    return [*on_images, phase("films", config.film_epochs, config.film_rate, sizes)]


def genre_loss(config: Config, logits, genres) -> Loss:
    """Binary cross-entropy with smoothed labels, summed over genres and films."""
    targets = genres * (1 - config.label_smoothing) + config.label_smoothing / 2
    total = ops.sum(ops.softplus(logits) - targets * logits)
    return Loss(total, ops.cast(ops.shape(logits)[0], logits.dtype))


class Features:
    """The encoder's features of all images, batches of them, and validation on films held out.

    The films of a batch and their moments follow from seed, epoch and step alone. `prepare` must be
    called first.
    """

    def __init__(self, config: Config, data: FilmSet, model: keras.Model, cache: Path):
        self.config, self.data, self.model, self.cache = config, data, model, cache
        parts = {"image": data.images, "film": data.films, "validation": data.validation}
        self.films, head = FilmFeatures(parts), model.get_layer("head")
        self._shares = equal_shares(data.films)
        self._predict = Predictor(
            lambda batch: head(batch["features"], training=False)["scores"],
            self._whole_film,
            [len(film.images) for film in data.validation],
            size=1,
        )

    def prepare(self) -> None:
        """Measure the features' mean and deviation on frames and stills, and bring those of posters
        to the same."""
        config, posters, rows = self.config, len(self.data.posters), self.films.rows
        self.films.encode(
            encoder_of(self.model), config.views, self.cache, config.seed, AUGMENTATION
        )
        standardize = self.model.get_layer("head").get_layer("standardize")
        if not standardize.measured:  # a warm start keeps its own
            frames = np.concatenate([*rows["image"][posters:], *rows["film"]])
            standardize.measure(self.films.encoded[frames, 0])
        if posters:
            statistics = np.asarray(standardize.mean), np.asarray(standardize.deviation)
            self.films.match(np.concatenate(rows["image"][:posters]), *statistics)

    def batches(self, sizes: Mapping[str, int], epoch: int, start: int) -> Iterator[Batch]:
        """`image` `[batch, 1, channels]` and `film` `[batch, moments, channels]`, as many as
        `sizes` says of each, and their genres."""
        config = self.config
        how = {"shuffle": config.shuffle if config.in_order else 1.0, "shares": self._shares}
        for step in range(start, config.steps_per_epoch):
            rng = np.random.default_rng([config.seed, len(sizes), epoch, step])
            batch: Batch = {}
            if "image" in sizes:
                batch |= self.films.draw("image", sizes["image"], 1, rng)
            if "film" in sizes:
                batch |= self.films.draw("film", sizes["film"], config.moments, rng, **how)
            yield batch

    def validate(self) -> dict[str, float]:
        """Micro and macro average precision on the films held out, if there are any."""
        if not self.data.validation:
            return {}
        return average_precisions(self.films.genres["validation"], self.scores())

    def scores(self) -> np.ndarray:
        """Logits `[films, genres]` of the films held out, each from all of its moments."""
        return np.stack(self._predict())

    def _whole_film(self, numbers: np.ndarray) -> Batch:
        [number] = numbers
        rows = self.films.rows["validation"][number]
        if not self.config.in_order:
            rows = np.random.default_rng([self.config.seed, number]).permutation(rows)
        return {"features": self.films.values[rows, 0][None].astype(np.float32)}
