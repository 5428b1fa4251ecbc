"""Genres of films by their pictures: a convolutional network looks at each moment, an LSTM at their order.

As in work on trailers (Wehrmann and Barros 2017), a CNN describes frames, and what is said of the film is put together over
time. Differences, for a few dozen films and not thousands:

- the CNN stays as ImageNet made it, but its features are taken from every stage: how a picture looks as well as what it shows;
- posters and stills are learned from first, as films of one picture: most of what is known of rare genres is there;
- each moment's features go to the genres directly as well as through a bidirectional LSTM, whose say starts at nothing;
- attention over time (Yang et al. 2016, section 2.2) weighs the moments' scores: the film's score is their weighted sum, so
  what each moment said can be shown;
- pictures go on being learned from beside the films, and each film's moments are drawn anew for every step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import film_frames, film_posters, trailers
from mediakit.datasets.labelled_films import GENRES, LabelledFilm, origin
from mediakit.datasets.origin import Origin, own_data
from mediakit.layers.efficientnet_lite import efficientnet_lite, imagenet_weights, load_imagenet_weights, stage_outputs
from mediakit.layers.standardize import Standardize
from mediakit.tasks.film_genres.metrics import average_precisions, truth_of
from mediakit.training.photos import Augmentation, cached_features
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam

TASK = "film_genres"
WARM_START = {"imagenet": False, "hold_out": ""}  # not inherited from the trained model
# Parts of posters without a title are most like frames.
AUGMENTATION = Augmentation(crop=0.3, aspect=1.33, contrast=0.25, saturation=0.4, bars=0.2)


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    encoder: str = "lite0"  # 6.8 MB in float16
    image_size: int = 224  # lite0's own
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    project: int = 96
    units: int = 48  # LSTM, in each direction
    pooling: str = "attention"  # or mean: no LSTM, every moment counts alike
    in_order: bool = True  # false: moments are shuffled, to see whether their order matters
    feature_dropout: float = 0.4
    dropout: float = 0.5  # of the LSTM's input and output
    label_smoothing: float = 0.1  # half of the films' lists of genres are incomplete
    # Films without which the model is trained and on which it is validated: none; a split such as val; or a part of all films
    # such as 2/5, the second of five, for cross-validation.
    hold_out: str = ""

    views: int = 2  # cached ones of each picture: itself, its mirror image, then augmented ones
    steps: int = 100  # an epoch
    pictures_per_batch: int = 64
    picture_epochs: int = 4
    picture_rate: float = 1e-3
    films_per_batch: int = 16
    moments: int = 16  # of each film in a batch
    film_epochs: int = 3
    film_rate: float = 5e-4
    # Of the squared weights from a moment's features to its genres: these are 4,192, and the films a few dozen. 0.6 and 1.5 gave a
    # macro AP of 0.527 and 0.535 in cross-validation.
    penalty: float = 2.0
    shuffle: float = 0.1  # part of the films in a batch whose moments are shuffled
    weight_decay: float = 1e-2
    clip_norm: float = 5.0
    average: float = 0.99  # moving average of the weights: the last 100 steps
    # Platt's scaling of the scores, fitted to out-of-fold predictions by benchmarks/genre_cross_validation.py.
    slope: float = 1.34
    offset: float = 0.05
    seed: int = 1


# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Single pictures, and films as sequences of frames. No film of `films` or `validation` has a poster or still here."""

    posters: list[LabelledFilm]
    stills: list[LabelledFilm]
    films: list[LabelledFilm]
    validation: list[LabelledFilm]
    origin: Origin

    @property
    def pictures(self) -> list[LabelledFilm]:
        """Posters and stills."""
        return self.posters + self.stills


def read(config: Config, folder: Path) -> Data:
    """Posters, stills and trailers' frames of a folder, or its trailers (`mediakit.datasets.trailers`) with posters if any."""
    if trailers.is_here(folder):
        films = trailers.with_frames(trailers.read(folder), folder / "frames", 4 * config.moments)
        posters = film_posters.read(folder) if film_posters.is_here(folder) else []
        stills: list[LabelledFilm] = []
    else:
        films, posters, stills = film_frames.read(folder), film_posters.read(folder), film_frames.read_stills(folder)
    films = [film for film in films if film.split != "test"]
    of_videos = {film.film for film in films}
    posters, stills = (
        [picture for picture in pictures if picture.film not in of_videos and picture.split != "test"] for pictures in (posters, stills)
    )
    held_out = held_out_films(config, films)
    training = [film for film in films if film.film not in held_out]
    require(bool(training), f"{folder}: no film is left to learn from (hold_out={config.hold_out})")
    validation = [film for film in films if film.film in held_out]
    return Data(posters, stills, training, validation, origin(folder, films))


def held_out_films(config: Config, films: list[LabelledFilm]) -> set[str]:
    """Which films `config.hold_out` names: a split's, or a part of all of them in an order that follows from the seed."""
    part, slash, parts = config.hold_out.partition("/")
    if not slash:
        return {film.film for film in films if film.split == config.hold_out}
    require(part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts), f"hold_out={config.hold_out}: wanted such as 2/5")
    names = sorted({film.film for film in films})
    shuffled = np.random.default_rng(config.seed).permutation(names)
    return set(shuffled[int(part) - 1 :: int(parts)].tolist())


# --- model ------------------------------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """The whole model: films `[batch, moments, size, size, 3]` in 0..255 to each genre's score `[batch, genres]`, whose sigmoid is
    its probability. Its parts are the models `encoder` (a picture to its features) and `head` (features to scores)."""
    encoder = build_encoder(config)
    film = keras.Input((None, *encoder.input_shape[1:]), name="film")
    films = data.pictures + data.films
    frequencies = truth_of(films).mean(axis=0) if films else np.full(len(GENRES), 0.5)
    head = build_head(config, encoder.output_shape[-1], frequencies)
    return keras.Model(film, head(layers.TimeDistributed(encoder, name="look")(film))["scores"], name="trailer_genre")


def build_encoder(config: Config) -> keras.Model:
    """A picture `[batch, size, size, 3]` to its features: mean and deviation of every channel at the end of each stage.

    The last stage's means say what is to be seen; means and deviations of all stages say how it looks, its light, colours and
    textures (as in Huang and Belongie 2017, section 3), which is what genres differ in too.
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
    """Features `[batch, moments, channels]` to `scores` `[batch, genres]`, `attention` `[batch, moments]` (adding up to 1) and
    `moment_scores` `[batch, moments, genres]`: a film's score is the sum of its moments' scores by attention.

    `frequencies` of the genres are what it says before it has learned anything.
    """
    odds = np.clip(frequencies, 0.01, 0.99)
    features = keras.Input((None, channels), name="features")
    seen = Standardize(name="standardize")(features)
    seen = layers.Dropout(config.feature_dropout, name="feature_dropout")(seen)
    bias = keras.initializers.Constant(np.log(odds / (1 - odds)))
    scores = layers.Dense(len(GENRES), kernel_initializer="zeros", bias_initializer=bias, name="moment")(seen)
    if config.pooling == "mean":
        weights = ops.softmax(ops.zeros_like(scores[..., :1]), axis=1)
    else:
        narrow = layers.Dropout(config.dropout, name="input_dropout")(layers.Dense(config.project, activation="relu", name="project")(seen))
        hidden = layers.Bidirectional(layers.LSTM(config.units, return_sequences=True), name="lstm")(narrow)
        hidden = layers.Dropout(config.dropout, name="output_dropout")(hidden)
        scores = scores + layers.Dense(len(GENRES), use_bias=False, kernel_initializer="zeros", name="context")(hidden)
        weights = ops.softmax(layers.Dense(1, kernel_initializer="zeros", name="attention")(hidden), axis=1)
    said = {"scores": ops.sum(weights * scores, axis=1), "attention": weights[..., 0], "moment_scores": scores}
    return keras.Model(features, said, name="head")


# --- what ships -------------------------------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """A picture to its features; the features of any number of moments to probabilities."""
    encoder, head = encoder_of(model), model.get_layer("head")
    picture = keras.Input(encoder.input_shape[1:], name="image")
    features = keras.Input(head.input_shape[1:], name="features")
    said = head(features)
    probable = {
        "probabilities": ops.sigmoid(config.slope * said["scores"] + config.offset),
        "attention": said["attention"],
        "moments": ops.sigmoid(config.slope * said["moment_scores"] + config.offset),
    }
    rng = np.random.default_rng(0)
    image = {"image": rng.uniform(0, 255, (1, *encoder.input_shape[1:])).astype(np.float32)}
    film = {"features": rng.uniform(0, 1, (1, 24, encoder.output_shape[-1])).astype(np.float32)}
    return {
        "encoder": Export(keras.Model({"image": picture}, {"features": encoder(picture)}), 1, "float16", tolerance=0.02, example=image),
        "head": Export(keras.Model({"features": features}, probable), 1, "float16", tolerance=0.01, example=film),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks."""
    return {"genres.txt": lambda path: path.write_text("".join(f"{genre}\n" for genre in GENRES), encoding="utf-8")}


_IMAGENET = {
    "name": "ImageNet (ILSVRC 2012)",
    "license": "research",
    "note": "only through EfficientNet-Lite's published weights, Apache-2.0",
}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """No films: a model folder keeps nothing but the genres, which are the recipe's."""
    return Data([], [], [], [], own_data(folder.path, "films"))


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    origin, films = data.origin, len({film.film for film in data.films})
    held_out = f"Not trained on the films of {config.hold_out}." if config.hold_out else "No film was held out."
    return Card(
        name="trailer_genre",
        summary="Says which of thirteen genres a film has, by the pictures of its trailer or of a part of it.",
        good_for=["trailers and clips of feature films: a ranking of genres, and the moments that speak for each"],
        not_good_for=[
            "deciding by itself: it ranks genres far better than chance, and is often wrong; few films that it learned from are "
            "Horror, Mystery, Romance or Crime",
            "sound, speech, titles, names: it sees pictures alone; and anything but feature films",
            "the order of scenes: with so few films nothing shows that it helps (see the metrics of the LSTM on shuffled moments)",
        ]
        if origin.license != "its owner's"
        else ["sound, speech, titles, names: it sees pictures alone", "films unlike those it learned from"],
        training=f"EfficientNet-{config.encoder.capitalize()}{' from ImageNet' if config.imagenet else ''}, not trained further; the "
        f"head on {len(data.pictures):,} posters and stills as films of one picture ({config.picture_epochs} epochs of {config.steps} "
        f"steps), then also on frames of {films} films ({config.film_epochs} epochs). {held_out}",
        headline="macro AP",
        license=f"the weights were learned from {origin.name} ({origin.license}{'; ' if origin.note else ''}{origin.note})",
        data=[
            {"name": origin.name, "license": origin.license, "note": origin.note},
            *([_IMAGENET] if config.imagenet else []),
        ],
    )


# --- training ---------------------------------------------------------------------------------------------------------


def encoder_of(model: keras.Model) -> keras.Model:
    """The part of the model that looks at one picture."""
    return model.get_layer("look").layer


def genre_loss(config: Config, scores, genres) -> Loss:
    """Cross-entropy of each genre by itself, labels smoothed, summed over genres and films."""
    wanted = genres * (1 - config.label_smoothing) + config.label_smoothing / 2
    return Loss(ops.sum(ops.softplus(scores) - wanted * scores), ops.cast(ops.shape(scores)[0], scores.dtype))


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """The head on single pictures; then on films, pictures going on beside them. Both on the encoder's cached features."""
    head, features = model.get_layer("head"), Features(config, data, model, run / "cache")

    def loss(batch) -> Loss:
        parts = {
            kind: genre_loss(config, head(batch[kind], training=True)["scores"], batch[f"{kind}_genres"])
            for kind in ("picture", "film")
            if kind in batch
        }
        weight = sum(part.weight for part in parts.values())
        penalty = config.penalty * ops.sum(ops.square(head.get_layer("moment").kernel))
        total = sum(part.total for part in parts.values()) + weight * penalty
        return Loss(total, weight, {kind: (part.total, part.weight) for kind, part in parts.items()})

    def phase(name: str, epochs: int, rate: float) -> Phase:
        def updates() -> list[Update]:
            total = epochs * config.steps
            adam = warmup_adam(rate, total, min(100, total // 10), config.weight_decay, beta_2=0.98)
            return [Update("loss", loss, [Group(head.trainable_variables, adam)], config.clip_norm)]

        return Phase(
            name,
            epochs,
            config.steps,
            features.batches(name),
            updates,
            prepare=features.prepare,
            validate=features.validate,
            average=config.average,
        )

    films = phase("films", config.film_epochs, config.film_rate)
    return [phase("pictures", config.picture_epochs, config.picture_rate), films] if data.pictures else [films]


def _like(features: np.ndarray, wanted: Standardize) -> np.ndarray:
    """Features brought to the mean and deviation that a layer has measured on others."""
    own = Standardize()
    own.measure(features[:, 0])
    return (np.asarray(own(features.astype(np.float32))) * np.asarray(wanted.deviation) + np.asarray(wanted.mean)).astype(np.float16)


class Features:
    """Batches of the encoder's features of pictures and films, and average precision on the films that are held out.

    Which examples and which of their moments a batch has follows from seed, epoch and step alone.
    """

    def __init__(self, config: Config, data: Data, model: keras.Model, cache: Path):
        self.config, self.data, self.model, self.cache = config, data, model, cache
        self._genres = {"picture": truth_of(self.data.pictures), "film": truth_of(self.data.films)}
        names = [film.film for film in self.data.films]
        # A film of which there are five videos is no more likely in a batch than another.
        share = np.array([1 / names.count(name) for name in names])
        self._share = share / share.sum()

    def prepare(self) -> None:
        """Make sure of the features, and of their mean and deviation on stills and films; posters' are brought to the same."""
        config, data, model = self.config, self.data, self.model
        # In the order of their names, so that all folds of a cross-validation share one cache.
        paths = sorted({path for film in (*data.pictures, *data.films, *data.validation) for path in film.images})
        features = cached_features(encoder_of(model), paths, config.views, self.cache, config.seed, AUGMENTATION)
        row = {path: i for i, path in enumerate(paths)}
        self._rows = {
            kind: [np.array([row[path] for path in film.images]) for film in films]
            for kind, films in (("picture", data.pictures), ("film", data.films), ("validation", data.validation))
        }
        posters, others = (
            np.array([row[path] for film in films for path in film.images], np.int64) for films in (data.posters, data.stills + data.films)
        )
        standardize = model.get_layer("head").get_layer("standardize")
        if not standardize.measured:  # a warm start's scores are of features as it measured them
            standardize.measure(features[others, 0])
        self._raw, self._features = features, np.array(features)
        if len(posters):
            self._features[posters] = _like(features[posters], standardize)

    def batches(self, phase: str) -> Callable[[int, int], Iterator[Batch]]:
        """Batches of a phase: `picture` `[batch, 1, channels]`; of films also `film` `[batch, moments, channels]`; their genres."""
        config = self.config
        sizes = {"picture": config.pictures_per_batch} if self.data.pictures else {}
        if phase == "films":
            sizes["film"] = config.films_per_batch

        def batches(epoch: int, start: int) -> Iterator[Batch]:
            for step in range(start, config.steps):
                rng = np.random.default_rng([config.seed, len(phase), epoch, step])
                batch: Batch = {}
                for kind, size in sizes.items():
                    batch |= self._draw(kind, size, rng)
                yield batch

        return batches

    def _draw(self, kind: str, size: int, rng: np.random.Generator) -> Batch:
        rows, share = self._rows[kind], self._share if kind == "film" else None
        chosen = rng.choice(len(rows), size, p=share)
        features = np.stack([self._moments(rows[i], 1 if kind == "picture" else self.config.moments, rng) for i in chosen])
        return {kind: features, f"{kind}_genres": self._genres[kind][chosen]}

    def _moments(self, rows: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        """So many moments, each in a view of its own: some left out, or some twice, in their order or (a few films) in none."""
        chosen = np.sort(rng.choice(len(rows), count, replace=len(rows) < count))
        if not self.config.in_order or rng.random() < self.config.shuffle:
            chosen = rng.permutation(chosen)
        return self._features[rows[chosen], rng.integers(self.config.views, size=count)].astype(np.float32)

    def means(self, kind: str) -> np.ndarray:
        """What the encoder gives, on average, of every `picture`, `film` or film of `validation`: `[films, channels]`."""
        return np.stack([self._raw[rows, 0].astype(np.float32).mean(axis=0) for rows in self._rows[kind]])

    def validate(self) -> dict[str, float]:
        """Micro and macro average precision on the held-out films; none when there are none."""
        if not self.data.validation:
            return {}
        return average_precisions(truth_of(self.data.validation), self.scores())

    def scores(self) -> np.ndarray:
        """What the head says of each held-out film, `[films, genres]`, from all of its moments."""
        head, rng = self.model.get_layer("head"), np.random.default_rng(self.config.seed)
        said = []
        for rows in self._rows["validation"]:
            rows = rows if self.config.in_order else rng.permutation(rows)
            said.append(np.asarray(head(self._features[rows, 0][None].astype(np.float32), training=False)["scores"])[0])
        return np.stack(said)
