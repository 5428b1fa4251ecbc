"""Captions for photos: a convolutional encoder, an LSTM that writes words, attention over the photo's regions with a gate.

The shape of "Show, Attend and Tell" (Xu et al. 2015): a CNN's last feature map is a set of regions, and a recurrent decoder
looks at them again for every word. Differences, each measured to help or to make it cheaper:

- the LSTM runs first and its output asks the regions (Lu et al. 2017, section 2.2), so the whole caption goes through the
  LSTM in one call in training; the mean region is fed at every step (Vinyals et al. 2015 feed it once);
- a gate decides how much of what was seen goes into the word (Huang et al. 2019, section 3.1);
- the same matrix embeds words and scores them (Press and Wolf 2017);
- after cross-entropy on frozen features and with the encoder, the decoder is trained on the CIDEr of captions that it samples
  itself (Rennie et al. 2017), each photo's samples being one another's baseline (Luo 2020).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.datasets import captioned_photos
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.datasets.origin import Origin, own_data
from mediakit.layers.attention import CrossAttention
from mediakit.layers.efficientnet_lite import efficientnet_lite, imagenet_weights, load_imagenet_weights
from mediakit.tasks.captioning.cider import CiderD
from mediakit.text.vocabulary import Vocabulary
from mediakit.training.batches import shuffled, steps_per_epoch
from mediakit.training.losses import token_cross_entropy
from mediakit.training.photos import Augmentation, augment, cached_features, read_photo
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import Predictor
from mediakit.training.warm_start import WarmStart

TASK = "captioning"
WARM_START = {"imagenet": False}  # not inherited from the trained model
PAD, START, END, UNKNOWN = range(4)


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    encoder: str = "lite2"  # 77.6 % ImageNet top-1, 6 M parameters: led lite0 from the first epoch
    image_size: int = 260  # lite2's own; 9 x 9 regions
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    embedding: int = 300
    units: int = 512  # LSTM
    heads: int = 4
    key_units: int = 256  # all heads together
    dropout: float = 0.5  # words and read-out; 30,000 captions are few
    feature_dropout: float = 0.2
    label_smoothing: float = 0.1  # Szegedy et al. 2016, section 7
    min_count: int = 4  # words seen less often become <unknown>, which is never written
    max_words: int = 19  # with the end token 20 steps: 97 % of Flickr8k's captions are shorter
    captions_per_photo: int = 5  # of each photo in a batch: its own in cross-entropy, sampled ones for the reward
    photos_per_batch: int = 20
    clip_norm: float = 5.0
    average: float = 0.998  # moving average of the weights: the last 500 steps
    unlisted: bool = True  # Flickr8k's photos that are in no split are trained on as well

    decoder_epochs: int = 9
    decoder_rate: float = 1e-3
    joint_epochs: int = 5
    joint_rate: float = 4e-4  # the decoder's
    joint_encoder_rate: float = 1e-4
    frozen_blocks: int = 8  # of 21: edges and textures stay ImageNet's, and a step costs half
    # Self-critical training: 6 epochs brought greedy CIDEr-D on dev from 0.592 to 0.630, but CIDEr of the searched captions
    # from 0.607 to 0.600 and METEOR from 21.8 to 21.3, so the shipped model does without.
    reward_epochs: int = 0
    reward_rate: float = 4e-5
    reward_views: int = 2  # cached views of each photo: itself, its mirror image, then augmented ones
    seed: int = 1
    decoding: dict = field(default_factory=lambda: {"beam": 3, "length_exponent": 0.8, "block_repeats": 3})


# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Photos with captions, and the words that the training captions use often enough."""

    train: list[CaptionedPhoto]
    validation: list[CaptionedPhoto]
    vocabulary: Vocabulary
    origin: Origin


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and dev photos of a folder in any layout that `mediakit.datasets.captioned_photos` reads.

    A warm start's words stay; those that the captions bring are added.
    """
    train = captioned_photos.read(folder, "train")
    if config.unlisted and captioned_photos.has_split(folder, "unlisted"):
        train = train + captioned_photos.read(folder, "unlisted")
    validation = captioned_photos.read(folder, "dev")
    require(
        len(train) >= config.photos_per_batch, f"{folder}: {len(train)} training photos, fewer than one batch of {config.photos_per_batch}"
    )
    captions = (caption for photo in train for caption in photo.captions)
    vocabulary = Vocabulary.build(captions, config.min_count, known=start.data.vocabulary if start else None)
    return Data(train, validation, vocabulary, captioned_photos.origin(folder))


def caption_table(config: Config, photos: list[CaptionedPhoto], vocabulary: Vocabulary) -> np.ndarray:
    """Captions as ids `[photos, captions_per_photo, max_words + 2]`: start, words, end, padding. A row may be empty."""
    table = np.zeros((len(photos), config.captions_per_photo, config.max_words + 2), np.int32)
    for rows, photo in zip(table, photos, strict=True):
        for row, caption in zip(rows, photo.captions, strict=False):
            # A longer caption loses its tail and has no end: the model must not learn to stop there.
            ids = [START, *vocabulary.encode(caption), END][: len(row)]
            row[: len(ids)] = ids
    return table


# --- model ------------------------------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """The whole model: photos `[batch, size, size, 3]` in 0..255 and words `[batch, captions, steps]` to the logits of each
    next word `[batch, captions, steps, vocabulary]`. Its parts are the layers `efficientnet_…` and `decoder`."""
    encoder = efficientnet_lite(config.encoder, config.image_size, folded=True)
    if config.imagenet:
        load_imagenet_weights(encoder, imagenet_weights(config.encoder))
    side, _, channels = encoder.output_shape[1:]
    image = keras.Input(encoder.input_shape[1:], name="image")
    words = keras.Input((config.captions_per_photo, config.max_words + 1), dtype="int32", name="words")
    logits = build_decoder(config, len(data.vocabulary), side * side, channels)(
        [layers.Reshape((side * side, channels))(encoder(image)), words]
    )
    return keras.Model([image, words], logits, name="captioning")


def build_decoder(config: Config, vocabulary_size: int, regions: int, channels: int) -> keras.Model:
    """Region features `[batch, regions, channels]` and words `[batch, captions, steps]` to logits of the next words."""
    features = keras.Input((regions, channels), name="regions")
    captions, steps = config.captions_per_photo, config.max_words + 1
    words = keras.Input((captions, steps), dtype="int32", name="words")

    seen = layers.Dropout(config.feature_dropout, name="feature_dropout")(features)
    keys = layers.Dense(config.key_units, use_bias=False, name="keys")(seen)
    values = layers.Dense(config.units, name="values")(seen)
    gist = layers.Dense(config.embedding, activation="relu", name="gist")(ops.mean(seen, axis=1))

    embedding = layers.ReversibleEmbedding(vocabulary_size, config.embedding, name="embedding")
    word = layers.Dropout(config.dropout, name="word_dropout")(embedding(words))
    both = ops.concatenate([word, gist[:, None, None] + ops.zeros_like(word)], axis=-1)
    # All captions of the batch are one batch for the LSTM, and one long row of queries for the attention.
    hidden = layers.LSTM(config.units, return_sequences=True, name="lstm")(ops.reshape(both, (-1, steps, 2 * config.embedding)))
    hidden = ops.reshape(hidden, (-1, captions * steps, config.units))
    query = layers.Dense(config.key_units, use_bias=False, name="query")(hidden)
    context, _ = CrossAttention(config.heads, name="attention")(query, keys, values)
    gate = layers.Dense(config.units, activation="sigmoid", name="gate")(hidden)
    readout = layers.Dense(config.embedding, name="readout")(
        layers.Dropout(config.dropout, name="readout_dropout")(ops.concatenate([hidden, gate * context], axis=-1))
    )
    logits = ops.reshape(embedding(readout, reverse=True), (-1, captions, steps, vocabulary_size))
    return keras.Model([features, words], logits, name="decoder")


def photo_side(decoder: keras.Model) -> keras.Model:
    """The part of the decoder that depends on the photo alone: regions to keys, values and gist."""
    features = decoder.input[0]
    part = {name: decoder.get_layer(name) for name in ("keys", "values", "gist")}
    return keras.Model(
        features, [part["keys"](features), part["values"](features), part["gist"](ops.mean(features, axis=1))], name="photo_side"
    )


def word_step(decoder: keras.Model, rows: int = 1) -> keras.Model:
    """One word for `rows` captions of each photo, with the decoder's own layers.

    Inputs by name: `tokens` `[batch * rows]`, `state_h` and `state_c` `[batch * rows, units]`, and of the photos `keys`, `values`,
    `gist` `[batch, …]`. Outputs: `log_probabilities` `[batch * rows, vocabulary]`, the new states, `attention`
    `[batch * rows, regions]`. Nothing but matrices and reshapes by constants: LiteRT's delegate gave wrong numbers, from the second
    call on, where shapes were computed inside the network.
    """
    layer = decoder.get_layer
    units, regions = layer("lstm").units, decoder.input[0].shape[1]
    given = {
        "tokens": keras.Input((), dtype="int32", name="tokens"),
        "state_h": keras.Input((units,), name="state_h"),
        "state_c": keras.Input((units,), name="state_c"),
        "keys": keras.Input((regions, layer("keys").units), name="keys"),
        "values": keras.Input((regions, units), name="values"),
        "gist": keras.Input((layer("gist").units,), name="gist"),
    }
    gist = given["gist"] if rows == 1 else ops.repeat(given["gist"], rows, axis=0)
    both = ops.concatenate([layer("embedding")(given["tokens"]), gist], axis=-1)
    hidden, (_, cell) = layer("lstm").cell(both, [given["state_h"], given["state_c"]])
    query = ops.reshape(layer("query")(hidden), (-1, rows, layer("query").units))
    context, attention = layer("attention")(query, given["keys"], given["values"])
    seen = layer("gate")(hidden) * ops.reshape(context, (-1, units))
    readout = layer("readout")(ops.concatenate([hidden, seen], axis=-1))
    said = {
        "log_probabilities": ops.log_softmax(layer("embedding")(readout, reverse=True), axis=-1),
        "state_h": hidden,
        "state_c": cell,
        "attention": ops.reshape(attention, (-1, regions)),
    }
    return keras.Model(given, said, name="word_step")


# --- what ships -------------------------------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Photo to keys, values, gist and an empty state; one word for any number of captions (beams are the batch)."""
    encoder, decoder = encoder_of(model), model.get_layer("decoder")
    image = keras.Input(encoder.input_shape[1:], name="image")
    regions = layers.Reshape(decoder.input[0].shape[1:])(encoder(image))
    keys, values, gist = photo_side(decoder)(regions)
    empty = ops.zeros_like(values[:, 0])
    photo = {"keys": keys, "values": values, "gist": gist, "state_h": empty, "state_c": ops.zeros_like(empty)}

    example = {"image": np.random.default_rng(0).uniform(0, 255, (1, *encoder.input_shape[1:])).astype(np.float32)}
    return {
        "encoder": Export(keras.Model({"image": image}, photo), batch=1, weights="float16", tolerance=0.02, example=example),
        "decoder": Export(word_step(decoder), weights="int8", tolerance=0.05),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks."""
    return {"vocabulary.txt": data.vocabulary.write}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The vocabulary of a model folder, without photos."""
    return Data([], [], Vocabulary.read(folder.file("vocabulary")), own_data(folder.path, "photos"))


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of the word embedding."""
    return {"embedding/embeddings": (data.vocabulary.words, None)}


_IMAGENET = {
    "name": "ImageNet (ILSVRC 2012)",
    "license": "research",
    "note": "only through EfficientNet-Lite's published weights, Apache-2.0",
}


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    origin, encoder = data.origin, f"EfficientNet-{config.encoder.capitalize()}"
    return Card(
        name="captioning",
        summary="Describes a photo in one English sentence.",
        good_for=[f"photos like the {len(data.train):,} of {origin.name} that it learned from: {origin.holds}"],
        not_good_for=[
            "reading text, naming persons, counting, drawings, medicine: it will say something fluent and wrong",
            "what its training photos do not show",
            "deciding anything about a person: what it says of sex, age and doing is a guess that repeats its training captions",
        ],
        training=f"{encoder}{' from ImageNet' if config.imagenet else ''}; cross-entropy on frozen features "
        f"({config.decoder_epochs} epochs), then with the encoder ({config.joint_epochs} epochs, the best kept).",
        headline="CIDEr",
        license=f"the weights were learned from {origin.name} ({origin.license}), whose photos stay their owners'",
        data=[
            {"name": origin.name, "license": origin.license, "note": origin.note},
            *([_IMAGENET] if config.imagenet else []),
        ],
    )


# --- training ---------------------------------------------------------------------------------------------------------


def encoder_of(model: keras.Model) -> keras.Model:
    """The EfficientNet inside the model."""
    return next(layer for layer in model.layers if layer.name.startswith("efficientnet"))


def tuned_variables(config: Config, encoder: keras.Model) -> list[keras.Variable]:
    """The encoder's weights from block `frozen_blocks` on, and its head."""
    frozen = {"stem", *(f"block{i}" for i in range(config.frozen_blocks))}
    return [v for layer in encoder.layers if layer.name.split("_")[0] not in frozen for v in layer.trainable_variables]


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """The decoder on frozen features; decoder and encoder together; the decoder on its own captions' CIDEr."""
    encoder, decoder = encoder_of(model), model.get_layer("decoder")
    train = TrainingPhotos(config, data, encoder, run / "cache")
    steps = steps_per_epoch(len(data.train), config.photos_per_batch)

    def group(variables: list[keras.Variable], rate: float, epochs: int) -> Group:
        total = steps * epochs
        return Group(variables, warmup_adam(rate, total, min(300, total // 10), beta_2=0.98))

    def cross_entropy(network: keras.Model, given: str) -> Callable[[dict], Loss]:
        def loss(batch) -> Loss:
            captions = batch["captions"]
            logits = network([batch[given], captions[:, :, :-1]], training=True)
            return token_cross_entropy(logits, captions[:, :, 1:], config.label_smoothing, padding=PAD)

        return loss

    def decoder_updates() -> list[Update]:
        groups = [group(decoder.trainable_variables, config.decoder_rate, config.decoder_epochs)]
        return [Update("loss", cross_entropy(decoder, "regions"), groups, config.clip_norm)]

    def joint_updates() -> list[Update]:
        groups = [
            group(decoder.trainable_variables, config.joint_rate, config.joint_epochs),
            group(tuned_variables(config, encoder), config.joint_encoder_rate, config.joint_epochs),
        ]
        return [Update("loss", cross_entropy(model, "image"), groups, config.clip_norm)]

    def reward_updates() -> list[Update]:
        groups = [group(decoder.trainable_variables, config.reward_rate, config.reward_epochs)]
        return [Update("loss", SelfCritical(config, decoder, train.references()), groups, config.clip_norm)]

    shared = {
        "steps": steps,
        "validate": Validator(config, data, model, run / "cache"),
        "monitor": "cider",
        "average": config.average,
    }
    return [
        Phase(
            "decoder",
            config.decoder_epochs,
            batches=train.features(2),
            updates=decoder_updates,
            prepare=lambda: train.cache_features(2),
            **shared,
        ),
        Phase(
            "joint",
            config.joint_epochs,
            batches=train.photos,
            decode=train.decode,
            updates=joint_updates,
            **shared,
        ),
        Phase(
            "reward",
            config.reward_epochs,
            batches=train.features(config.reward_views),
            updates=reward_updates,
            prepare=lambda: train.cache_features(config.reward_views),
            **shared,
        ),
    ]


class TrainingPhotos:
    """Batches of training photos: which, in which order and how changed follows from seed, epoch and step alone."""

    def __init__(self, config: Config, data: Data, encoder: keras.Model, cache: Path):
        self.config, self.encoder, self.cache = config, encoder, cache
        self.paths = [photo.path for photo in data.train]
        self.captions = caption_table(config, data.train, data.vocabulary)
        self._features: dict[int, np.ndarray] = {}

    def references(self) -> CiderD:
        """The reward: each photo's captions as ids. The end token is a word like any other, or captions shrink."""
        return CiderD([[[i for i in row[1:] if i != PAD] for row in rows if any(row)] for rows in self.captions.tolist()])

    def cache_features(self, views: int) -> None:
        """Make sure of the features of the encoder as it is by now."""
        self._features[views] = cached_features(self.encoder, self.paths, views, self.cache, self.config.seed)

    def features(self, views: int) -> Callable[[int, int], Iterator[Batch]]:
        """Batches of cached region features of a random view of each photo, captions, and uniform numbers for sampling."""
        config = self.config

        def batches(epoch: int, start: int) -> Iterator[Batch]:
            for rows, rng in self._rows(epoch, start):
                regions = self._features[views][rows, rng.integers(views, size=len(self.paths))[rows]]
                yield {
                    "regions": regions.reshape(len(rows), -1, regions.shape[-1]).astype(np.float32),
                    "captions": self.captions[rows],
                    "photo": rows.astype(np.int32),
                    "uniform": rng.random((len(rows), config.captions_per_photo, config.max_words + 1), np.float32),
                }

        return batches

    def photos(self, epoch: int, start: int) -> Iterator[Batch]:
        """Batches of paths, seeds of the augmentation, and captions."""
        for rows, _ in self._rows(epoch, start):
            seeds = np.stack([np.full(len(rows), self.config.seed * 1000 + epoch), rows], axis=1)
            yield {
                "path": np.array([os.fsencode(self.paths[i]) for i in rows]),
                "seed": seeds.astype(np.int32),
                "captions": self.captions[rows],
            }

    def decode(self, row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """A row of `photos` to an augmented photo and its captions."""
        photo = read_photo(row["path"], self.config.image_size)
        return {"image": augment(photo, row["seed"], Augmentation()), "captions": row["captions"]}

    def _rows(self, epoch: int, start: int) -> Iterator[tuple[np.ndarray, np.random.Generator]]:
        """The photos of each batch, and a generator of random numbers for it."""
        seed = self.config.seed
        rows = shuffled(len(self.paths), self.config.photos_per_batch, np.random.default_rng([seed, epoch]))
        for step in range(start, len(rows)):
            yield rows[step], np.random.default_rng([seed, epoch, step])


class SelfCritical:
    """Self-critical sequence training (Rennie et al. 2017, equation 8) with CIDEr-D as the reward.

    The baseline of a sample is the mean reward of the photo's other samples (Luo 2020, equation 5): no greedy caption needed,
    and less variance.
    """

    def __init__(self, config: Config, decoder: keras.Model, references: CiderD):
        self.config, self.decoder, self.references = config, decoder, references
        self.write = Writer(config, decoder)

    def __call__(self, batch) -> Loss:
        sampled = tf.stop_gradient(self.write(batch["regions"], batch["uniform"]))
        reward = tf.numpy_function(self._rewards, [batch["photo"], sampled], tf.float32)
        reward.set_shape(sampled.shape[:2])
        samples = self.config.captions_per_photo
        advantage = (reward - tf.reduce_mean(reward, axis=1, keepdims=True)) * samples / (samples - 1)
        words = tf.concat([tf.fill((*tf.unstack(tf.shape(sampled))[:2], 1), START), sampled[:, :, :-1]], axis=2)
        log_probabilities = ops.log_softmax(_writable(self.decoder([batch["regions"], words], training=False)), axis=-1)
        chosen = ops.take_along_axis(log_probabilities, sampled[..., None], axis=-1)[..., 0]
        mask = tf.cast(sampled != PAD, tf.float32)
        weight = tf.reduce_sum(mask)
        captions = tf.cast(tf.size(reward), tf.float32)
        metrics = {"reward": (tf.reduce_sum(reward), captions), "words": (weight, captions)}
        return Loss(-tf.reduce_sum(advantage[..., None] * chosen * mask), weight, metrics)

    def _rewards(self, photos: np.ndarray, sampled: np.ndarray) -> np.ndarray:
        rows = sampled.reshape(-1, sampled.shape[-1]).tolist()
        scores = self.references.score(np.repeat(photos, sampled.shape[1]).tolist(), [[i for i in row if i != PAD] for row in rows])
        return np.asarray(scores, np.float32).reshape(sampled.shape[:2])


def _writable(logits):
    """Logits with the tokens that are never written out of reach."""
    allowed = np.zeros(logits.shape[-1], np.float32)
    allowed[[PAD, START, UNKNOWN]] = -1e9
    return logits + allowed


class Writer:
    """Writes captions inside the training graph, with the network that ships: sampled, or greedy without random numbers."""

    def __init__(self, config: Config, decoder: keras.Model):
        self.config, self.photo = config, photo_side(decoder)
        self.steps = {rows: word_step(decoder, rows) for rows in (1, config.captions_per_photo)}

    def __call__(self, regions, uniform=None):
        """Region features `[batch, regions, channels]` and uniform numbers `[batch, captions, steps]` to ids of the same shape,
        ended by END and padded; without them one caption `[batch, 1, steps]` of the most probable words."""
        keys, values, gist = self.photo(regions)
        rows = 1 if uniform is None else uniform.shape[1]
        word = ops.full((ops.shape(regions)[0] * rows,), START, dtype="int32")
        h = c = ops.zeros((ops.shape(regions)[0] * rows, values.shape[-1]))
        alive, written = ops.ones_like(word), []
        for i in range(self.config.max_words + 1):
            given = {"tokens": word, "state_h": h, "state_c": c, "keys": keys, "values": values, "gist": gist}
            said = self.steps[rows](given, training=False)
            scores, h, c = _writable(said["log_probabilities"]), said["state_h"], said["state_c"]
            if uniform is None:
                word = ops.cast(ops.argmax(scores, axis=-1), "int32")
            else:
                # Inverse of the cumulative distribution: the same numbers give the same words on any device.
                cumulative = ops.cumsum(ops.softmax(scores, axis=-1), axis=-1)
                threshold = ops.reshape(uniform[:, :, i], (-1, 1)) * cumulative[:, -1:]
                word = ops.sum(ops.cast(cumulative < threshold, "int32"), axis=-1)
            word = word * alive
            alive = alive * ops.cast(word != END, "int32")
            written.append(word)
        return ops.reshape(ops.stack(written, axis=-1), (-1, rows, len(written)))


class Validator:
    """CIDEr-D and mean length of greedy captions of the validation photos."""

    def __init__(self, config: Config, data: Data, model: keras.Model, cache: Path):
        self._encoder, self._cache = encoder_of(model), cache
        self._paths = [photo.path for photo in data.validation]
        encode = data.vocabulary.encode
        self._references = CiderD([[[*encode(text), END] for text in photo.captions] for photo in data.validation])
        write = Writer(config, model.get_layer("decoder"))
        self._write = Predictor(lambda batch: write(batch["regions"])[:, 0], self._regions, np.ones(len(self._paths)), size=100)

    def __call__(self) -> dict[str, float]:
        self._features = cached_features(self._encoder, self._paths, 1, self._cache)
        captions = [[i for i in row if i != PAD] for row in np.stack(self._write()).tolist()]
        scores = self._references.score(list(range(len(captions))), captions)
        return {"cider": float(np.mean(scores)), "words": float(np.mean([len(caption) - 1 for caption in captions]))}

    def _regions(self, rows: np.ndarray) -> Batch:
        features = self._features[rows, 0]
        return {"regions": features.reshape(len(rows), -1, features.shape[-1]).astype(np.float32)}
