"""Film genres from trailers: a CNN encodes frames, an LSTM reads their sequence.

As in work on trailers (Wehrmann and Barros 2017), a CNN encodes single frames and their features
are combined over time; the network is in trailer_genre_model.py. For a few dozen films instead of
thousands:

- The head is first trained on posters and stills, as films of one image: they are many, and show
  most of what can be learned about rare genres. They stay in the batches when films follow.
- Every step draws other moments of each film.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import ops

from mediakit.datasets.films import FilmSet
from mediakit.datasets.origin import IMAGENET
from mediakit.recipes.trailer_genre_model import (
    Config,
    build,
    encoder_of,
    files,
    networks,
    read,
    read_files,
)
from mediakit.tasks.film_genres.metrics import average_precisions
from mediakit.training.film_features import FilmFeatures, equal_shares
from mediakit.training.photos import Augmentation
from mediakit.training.recipe import Batch, Card, Group, Loss, Phase, Update
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import Predictor

__all__ = ["Config", "build", "card", "files", "networks", "phases", "read", "read_files"]

TASK = "film_genres"
WARM_START = {"imagenet": False, "hold_out": ""}  # not inherited from the trained model
# Small crops, which leave out a poster's title, are most like frames.
AUGMENTATION = Augmentation(crop=0.3, aspect=1.33, contrast=0.25, saturation=0.4, bars=0.2)


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
