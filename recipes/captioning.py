"""Captions for photos: a convolutional encoder, concepts, and an LSTM that attends to both while it writes.

The shape of "Show, Attend and Tell" (Xu et al. 2015): a CNN's last feature map is a set of regions, and a recurrent decoder looks at
them again for every word. The LSTM runs first and its state asks the regions (Lu et al. 2017, section 2.2), so a whole caption goes
through the LSTM in one call in training; a gate decides how much of what was seen goes into the word (Huang et al. 2019, section
3.1); the same matrix embeds words and scores them (Press and Wolf 2017).

Photos with captions show few kinds of things. What else there is comes in through concepts, as in novel object captioning (Hendricks
et al. 2016; You et al. 2016): a head says which of 508 words a caption would use, and the decoder attends to those words as well.

- The head learns from the captions, from labelled photos, from a detector's boxes on all photos, and from the encoder's own ImageNet
  classifier, which is kept.
- The decoder also learns from captions without photos (Anderson et al. 2018): it is given the concepts that a caption names, some
  missing and some false, and a learned row in place of the regions. Regions are sometimes withheld from photos too.
- A photo's regions count as far as it is like the photos with captions, the only ones that the decoder has learned to read them of;
  on others the concepts decide.
- Labelled photos are lent the caption, of those without photos, that fits their labels and boxes best.

Without such data, the recipe trains on photos and captions alone.
"""

import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.datasets import caption_texts, captioned_photos, concepts
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.datasets.concepts import COCO_CLASSES
from mediakit.datasets.origin import Origin, own_data
from mediakit.layers.attention import CrossAttention
from mediakit.layers.concept_head import concept_head
from mediakit.layers.efficientnet_lite import efficientnet_lite, imagenet_classifier, imagenet_weights, load_imagenet_weights
from mediakit.tasks.captioning.cider import CiderD
from mediakit.text.vocabulary import END, PAD, START, UNKNOWN, Vocabulary, tokenize
from mediakit.training.batches import steps_per_epoch
from mediakit.training.captioning import TrainingPhotos
from mediakit.training.concepts import SHOWN, Detections, Lexicon
from mediakit.training.losses import token_cross_entropy
from mediakit.training.photos import cached_features
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import Predictor
from mediakit.training.warm_start import WarmStart

TASK = "captioning"
WARM_START = {"imagenet": False, "texts": "", "labelled": "", "detections": ""}  # not inherited from the trained model


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    # Paths, absolute or from the data's folder; without them the recipe trains on photos with captions alone.
    texts: str = ""  # folder of captions without photos, one a line, in *.txt or *.txt.gz
    labelled: str = ""  # folder of labelled photos, with sentences made of their labels as captions.csv
    detections: str = ""  # boxes on all photos, from benchmarks/detect_objects.py

    encoder: str = "lite2"  # 77.6 % ImageNet top-1, 6 M parameters: led lite0 from the first epoch
    image_size: int = 260  # lite2's own; 9 x 9 regions
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    embedding: int = 300
    units: int = 512  # LSTM
    heads: int = 4
    key_units: int = 256  # all heads together
    concepts_shown: int = 16  # to the decoder; captions name four or five
    dropout: float = 0.4  # words and read-out
    feature_dropout: float = 0.2
    head_dropout: float = 0.3
    label_smoothing: float = 0.1  # Szegedy et al. 2016, section 7
    min_count: int = 4  # words seen less often become <unknown>, which is never written
    max_words: int = 19  # with the end token 20 steps: 97 % of Flickr8k's captions are shorter
    captions_per_photo: int = 5
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
    kept: float = 0.25  # of ImageNet's weights in the tuned encoder (Wortsman et al. 2022): its classifier then still works
    concept_epochs: int = 8
    concept_rate: float = 1.5e-3
    mixed_epochs: int = 1
    mixed_rate: float = 6e-4
    texts_per_photo: int = 6  # captions without photos beside each photo of a batch
    withheld: float = 0.3  # part of the photos whose regions the decoder does not see
    photo_weight: float = 4.0  # of a word about a photo with captions, against a word of a caption without a photo
    labelled_weight: float = 2.0  # of a word in a caption that a labelled photo was lent
    seed: int = 1
    decoding: dict = field(default_factory=lambda: {"beam": 3, "length_exponent": 1.0, "block_repeats": 3})
    # How probable a concept must be for a caption to name it (tasks/captioning/concepts.py). Flickr8k is full of dogs: without a limit
    # of their own, other animals elsewhere become dogs.
    limits: dict = field(default_factory=lambda: {"person": 0.3, "thing": 0.03, "things": {"dog": 0.4, "dogs": 0.4, "puppy": 0.4}})
    # Weights of the shipped model's score; benchmarks/calibrate_captions.py fits those of another.
    confidence: dict = field(
        default_factory=lambda: {"intercept": -1.43, "log_probability": 0.23, "support": 3.483, "least_support": 2.428}
    )


# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Photos with captions, labelled photos, captions without photos, the words that are used often enough, and the concepts."""

    train: list[CaptionedPhoto]
    validation: list[CaptionedPhoto]
    vocabulary: Vocabulary
    lexicon: Lexicon
    origin: Origin
    texts: list[str] = field(default_factory=list)
    labelled: list[CaptionedPhoto] = field(default_factory=list)
    detections: Detections | None = None
    sources: tuple[Origin, ...] = ()  # of texts, labels and detections


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and dev photos of a folder in any layout that `mediakit.datasets.captioned_photos` reads, and the rest.

    A warm start's words stay; those that the captions bring are added.
    """
    train = captioned_photos.read(folder, "train")
    if config.unlisted and captioned_photos.has_split(folder, "unlisted"):
        train = train + captioned_photos.read(folder, "unlisted")
    validation = captioned_photos.read(folder, "dev")
    require(
        len(train) >= config.photos_per_batch, f"{folder}: {len(train)} training photos, fewer than one batch of {config.photos_per_batch}"
    )
    texts = caption_texts.read(folder / config.texts) if config.texts else []
    captions = [*(caption for photo in train for caption in photo.captions), *texts]
    vocabulary = Vocabulary.build(captions, config.min_count, known=start.data.vocabulary if start else None)
    return Data(
        train,
        validation,
        vocabulary,
        Lexicon(concepts.read_table(), vocabulary),
        captioned_photos.origin(folder),
        [text for text in texts if len(tokenize(text)) < config.max_words],
        captioned_photos.read(folder / config.labelled, "train") if config.labelled else [],
        Detections.read(folder / config.detections) if config.detections else None,
        tuple(own_data(folder / path, holds) for path, holds in _also(config) if path),
    )


# --- model ------------------------------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """The whole model: photos `[batch, size, size, 3]` in 0..255 and words `[batch, captions, steps]` to the logits of each
    next word `[batch, captions, steps, vocabulary]`. Its parts are the layers `efficientnet_…`, `head` and `decoder`."""
    encoder = efficientnet_lite(config.encoder, config.image_size, folded=True)
    if config.imagenet:
        load_imagenet_weights(encoder, imagenet_weights(config.encoder))
    side, _, channels = encoder.output_shape[1:]
    head = concept_head(
        side * side,
        channels,
        len(COCO_CLASSES),
        data.lexicon.imagenet_matrix,
        data.lexicon.evidence_columns,
        imagenet_classifier(config.encoder) if config.imagenet else None,
        config.feature_dropout,
        config.head_dropout,
    )
    decoder = build_decoder(config, len(data.vocabulary), side * side, channels)
    image = keras.Input(encoder.input_shape[1:], name="image")
    words = keras.Input((config.captions_per_photo, config.max_words + 1), dtype="int32", name="words")
    regions = layers.Reshape((side * side, channels))(encoder(image))
    _, concept_logits, familiar = head(regions)
    _, shown, probabilities = most_probable(config, data.lexicon, concept_logits)
    logits = decoder([regions, ops.sigmoid(familiar), shown, probabilities, words])
    return keras.Model([image, words], logits, name="captioning")


def most_probable(config: Config, lexicon: Lexicon, logits):
    """Logits of the concepts `[batch, concepts]` to their probabilities, and the words `[batch, shown]` and probabilities of those
    that the decoder is shown; a probability of 0 stands for none."""
    probabilities = ops.sigmoid(logits)
    best, places = ops.top_k(probabilities, config.concepts_shown)
    return probabilities, ops.take(lexicon.words, places), best * ops.cast(best >= SHOWN, best.dtype)


def build_decoder(config: Config, vocabulary_size: int, regions: int, channels: int) -> keras.Model:
    """Region features, how far they can be relied on (0 to 1, `[batch]`), the words and probabilities of concepts
    `[batch, shown]`, and words `[batch, captions, steps]` to logits of the next words."""
    features = keras.Input((regions, channels), name="regions")
    present = keras.Input((), name="present")
    concepts = keras.Input((config.concepts_shown,), dtype="int32", name="concepts")
    probabilities = keras.Input((config.concepts_shown,), name="probabilities")
    words = keras.Input((config.captions_per_photo, config.max_words + 1), dtype="int32", name="words")
    parts = [
        layers.Dropout(config.feature_dropout, name="feature_dropout"),
        layers.Dropout(config.dropout, name="word_dropout"),
        layers.Dropout(config.dropout, name="readout_dropout"),
        layers.ReversibleEmbedding(vocabulary_size, config.embedding, name="embedding"),
        layers.Dense(config.key_units, use_bias=False, name="keys"),
        layers.Dense(config.units, name="values"),
        layers.Dense(config.embedding, name="gist"),
        layers.Dense(config.units, use_bias=False, name="absent_value"),  # what is seen of a photo that is not there
        layers.Dense(config.embedding, use_bias=False, name="absent_gist"),
        layers.Dense(config.embedding, activation="relu", name="concept"),
        layers.Dense(config.embedding, use_bias=False, name="no_concept"),
        layers.Dense(config.key_units, use_bias=False, name="concept_keys"),
        layers.Dense(config.units, name="concept_values"),
        layers.Dense(config.embedding, use_bias=False, name="concept_gist"),
        layers.LSTM(config.units, return_sequences=True, name="lstm"),
        layers.Dense(config.key_units, use_bias=False, name="query"),
        layers.Dense(config.key_units, use_bias=False, name="concept_query"),
        CrossAttention(config.heads, name="attention"),
        CrossAttention(config.heads, name="concept_attention"),
        layers.Dense(2 * config.units, activation="sigmoid", name="gate"),
        layers.Dense(config.embedding, name="readout"),
    ]
    layer = {part.name: part for part in parts}
    photo = photo_side(layer, layer["feature_dropout"](features), present, concepts, probabilities)
    logits = words_side(layer, photo, words)
    return keras.Model([features, present, concepts, probabilities, words], logits, name="decoder")


def without_photo(config: Config, decoder: keras.Model) -> keras.Model:
    """The decoder where there is no photo: concepts and words `[batch, 1, steps]` to logits, at a fraction of the cost."""
    layer = named_layers(decoder)
    concepts = keras.Input((config.concepts_shown,), dtype="int32", name="concepts")
    probabilities = keras.Input((config.concepts_shown,), name="probabilities")
    words = keras.Input((1, config.max_words + 1), dtype="int32", name="words")
    photo = photo_side(layer, None, None, concepts, probabilities)
    return keras.Model([concepts, probabilities, words], words_side(layer, photo, words), name="without_photo")


def named_layers(model: keras.Model) -> dict[str, layers.Layer]:
    """A model's layers by name."""
    return {layer.name: layer for layer in model.layers}


def photo_side(layer: dict[str, layers.Layer], regions, present, concepts, probabilities) -> dict[str, Any]:
    """What depends on the photo and its concepts alone: keys, values and a gist of the regions, keys and values of the concepts.

    The first concept is a learned row for none. Without a photo there is one region, a learned one.
    """
    nothing = ops.ones_like(probabilities[:, :1])
    known = ops.stack([probabilities, probabilities * probabilities, ops.log(probabilities + 0.02) / 4], axis=-1)
    embedded = layer["embedding"](concepts) * math.sqrt(layer["gist"].units)
    rows = layer["concept"](ops.concatenate([embedded, known], axis=-1)) * ops.cast(probabilities > 0, probabilities.dtype)[..., None]
    gist = layer["concept_gist"](ops.sum(rows * probabilities[..., None], axis=1))
    rows = ops.concatenate([layer["no_concept"](nothing)[:, None], rows], axis=1)
    absent_value, absent_gist = layer["absent_value"](nothing)[:, None], layer["absent_gist"](nothing)
    if regions is None:
        values, seen = ops.repeat(absent_value, 2, axis=1), absent_gist  # two of them: Keras warns of a softmax over one
        keys = ops.zeros((1, 2, layer["keys"].units)) * nothing[..., None]
    else:
        here = present[:, None]
        values = here[..., None] * layer["values"](regions) + (1 - here[..., None]) * absent_value
        seen = here * layer["gist"](ops.mean(regions, axis=1)) + (1 - here) * absent_gist
        keys = layer["keys"](regions)
    return {
        "keys": keys,
        "values": values,
        "gist": ops.relu(gist + seen),
        "concept_keys": layer["concept_keys"](rows),
        "concept_values": layer["concept_values"](rows),
    }


def words_side(layer: dict[str, layers.Layer], photo: dict[str, Any], words):
    """Words `[batch, captions, steps]` to logits of the next ones."""
    captions, steps = words.shape[1:]
    word = layer["word_dropout"](layer["embedding"](words))
    both = ops.concatenate([word, photo["gist"][:, None, None] + ops.zeros_like(word)], axis=-1)
    # All captions of the batch are one batch for the LSTM, and one long row of queries for the attention.
    hidden = layer["lstm"](ops.reshape(both, (-1, steps, both.shape[-1])))
    hidden = ops.reshape(hidden, (-1, captions * steps, hidden.shape[-1]))
    logits, _ = read_out(layer, photo, hidden)
    return ops.reshape(logits, (-1, captions, steps, logits.shape[-1]))


def read_out(layer: dict[str, layers.Layer], photo: dict[str, Any], hidden):
    """States `[batch, queries, units]` to the logits of the next word and the attention over the regions `[batch, queries, regions]`.

    The state asks the regions and the concepts, and gates decide how much of what each answers goes into the word.
    """
    region, attention = layer["attention"](layer["query"](hidden), photo["keys"], photo["values"])
    concept, _ = layer["concept_attention"](layer["concept_query"](hidden), photo["concept_keys"], photo["concept_values"])
    seen = layer["gate"](hidden) * ops.concatenate([region, concept], axis=-1)
    readout = layer["readout"](layer["readout_dropout"](ops.concatenate([hidden, seen], axis=-1)))
    return layer["embedding"](readout, reverse=True), attention


def word_step(config: Config, decoder: keras.Model) -> keras.Model:
    """One word for each caption, with the decoder's own layers.

    Inputs by name: `tokens` `[batch]`, `state_h` and `state_c` `[batch, units]`, and what `photo_side` gives. Outputs:
    `log_probabilities` `[batch, vocabulary]`, the new states, `attention` `[batch, regions]`. Nothing but matrices and reshapes by
    constants: LiteRT's delegate gave wrong numbers, from the second call on, where shapes were computed inside the network.
    """
    layer, regions = named_layers(decoder), decoder.input[0].shape[1]
    given = {
        "tokens": keras.Input((), dtype="int32", name="tokens"),
        "state_h": keras.Input((config.units,), name="state_h"),
        "state_c": keras.Input((config.units,), name="state_c"),
        "keys": keras.Input((regions, config.key_units), name="keys"),
        "values": keras.Input((regions, config.units), name="values"),
        "gist": keras.Input((config.embedding,), name="gist"),
        "concept_keys": keras.Input((config.concepts_shown + 1, config.key_units), name="concept_keys"),
        "concept_values": keras.Input((config.concepts_shown + 1, config.units), name="concept_values"),
    }
    both = ops.concatenate([layer["embedding"](given["tokens"]), given["gist"]], axis=-1)
    hidden, (_, cell) = layer["lstm"].cell(both, [given["state_h"], given["state_c"]])
    logits, attention = read_out(layer, given, ops.reshape(hidden, (-1, 1, config.units)))
    said = {
        "log_probabilities": ops.log_softmax(ops.reshape(logits, (-1, logits.shape[-1])), axis=-1),
        "state_h": hidden,
        "state_c": cell,
        "attention": ops.reshape(attention, (-1, regions)),
    }
    return keras.Model(given, said, name="word_step")


# --- what ships -------------------------------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Photo to regions; regions to the probabilities of the concepts and all that the decoder reads; one word for any number of
    captions (beams are the batch)."""
    encoder, head, decoder = encoder_of(model), model.get_layer("head"), model.get_layer("decoder")
    image = keras.Input(encoder.input_shape[1:], name="image")
    regions = keras.Input(decoder.input[0].shape[1:], name="regions")
    _, concept_logits, familiar = head(regions)
    probabilities, shown, best = most_probable(config, data.lexicon, concept_logits)
    photo = photo_side(named_layers(decoder), regions, ops.sigmoid(familiar), shown, best)
    empty = ops.zeros_like(photo["values"][:, 0])
    seen = {**photo, "concepts": probabilities, "state_h": empty, "state_c": ops.zeros_like(empty)}
    rng = np.random.default_rng(0)
    pixels = rng.uniform(0, 255, (1, *encoder.input_shape[1:])).astype(np.float32)
    features = np.asarray(encoder(pixels)).reshape(1, *regions.shape[1:])
    found = keras.Model({"image": image}, {"regions": layers.Reshape(regions.shape[1:])(encoder(image))})
    return {
        "encoder": Export(found, batch=1, weights="float16", tolerance=0.02, example={"image": pixels}),
        "head": Export(keras.Model({"regions": regions}, seen), batch=1, weights="int8", tolerance=0.1, example={"regions": features}),
        "decoder": Export(word_step(config, decoder), weights="int8", tolerance=0.05),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks."""
    return {"vocabulary.txt": data.vocabulary.write, "concepts.tsv": lambda path: shutil.copyfile(concepts.TABLE, path)}


def _also(config: Config) -> list[tuple[str, str]]:
    """The paths of the data beside the photos with captions, and what they hold."""
    return [(config.texts, "captions without photos"), (config.labelled, "labelled photos"), (config.detections, "boxes of a detector")]


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The vocabulary of a model folder, without photos."""
    vocabulary = Vocabulary.read(folder.file("vocabulary"))
    return Data([], [], vocabulary, Lexicon(concepts.read_table(), vocabulary), own_data(folder.path, "photos"))


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
    sources = [{"name": each.name, "license": each.license, "note": each.note} for each in (origin, *data.sources)]
    wider = ["everyday photos of the 80 kinds of objects of COCO: animals, vehicles, furniture, food, sports"] if data.detections else []
    return Card(
        name="captioning",
        summary="Describes a photo in one English sentence.",
        good_for=[f"photos like the {len(data.train):,} of {origin.name} that it learned from: {origin.holds}", *wider],
        not_good_for=[
            "reading text, naming persons, counting, drawings, medicine: it will say something fluent and wrong",
            "objects and scenes that are rare in its training data",
            "deciding anything about a person: what it says of sex, age and doing is a guess that repeats its training captions",
        ],
        training=f"{encoder}{' from ImageNet' if config.imagenet else ''}; cross-entropy on frozen features "
        f"({config.decoder_epochs} epochs), then with the encoder ({config.joint_epochs} epochs, the best kept); a head of "
        f"{len(data.lexicon)} concepts on {len(data.train) + len(data.labelled):,} photos; then the decoder with those concepts, on photos "
        f"and on {len(data.texts):,} captions without photos.",
        headline="CIDEr",
        license=f"the weights were learned from {origin.name} ({origin.license}), whose photos stay their owners'"
        + (", and from other sets for research or non-commercial use" if data.labelled or data.texts else ""),
        data=[*sources, *([_IMAGENET] if config.imagenet else [])],
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
    """The decoder on frozen features; decoder and encoder together; the head; the decoder on photos, labels and texts."""
    encoder, head, decoder = encoder_of(model), model.get_layer("head"), model.get_layer("decoder")
    photos = TrainingPhotos(config, data, encoder, run / "cache")
    captioned, every = (steps_per_epoch(count, config.photos_per_batch) for count in (len(data.train), len(photos.paths)))

    def group(variables: list[keras.Variable], rate: float, total: int) -> Group:
        return Group(variables, warmup_adam(rate, total, min(300, total // 10), beta_2=0.98))

    def decoder_updates() -> list[Update]:
        groups = [group(decoder.trainable_variables, config.decoder_rate, captioned * config.decoder_epochs)]
        return [Update("loss", caption_loss(config, data, head, decoder), groups, config.clip_norm)]

    def joint_updates() -> list[Update]:
        total = captioned * config.joint_epochs
        groups = [
            group(decoder.trainable_variables, config.joint_rate, total),
            group(tuned_variables(config, encoder), config.joint_encoder_rate, total),
        ]
        return [Update("loss", caption_loss(config, data, head, decoder, encoder), groups, config.clip_norm)]

    def concept_updates() -> list[Update]:
        groups = [group(head.trainable_variables, config.concept_rate, every * config.concept_epochs)]
        return [Update("loss", concept_loss(head, bool(data.labelled)), groups, config.clip_norm)]

    def mixed_updates() -> list[Update]:
        groups = [group(decoder.trainable_variables, config.mixed_rate, every * config.mixed_epochs)]
        return [Update("loss", mixed_loss(config, data, head, decoder), groups, config.clip_norm)]

    def prepare_head() -> None:
        photos.cache_features(photos.paths)
        head.get_layer("standardize").measure(photos.mean_features())

    best = {"validate": Validator(config, data, model, run / "cache"), "monitor": "cider", "average": config.average}
    return [
        Phase(
            "decoder", config.decoder_epochs, captioned, photos.with_features, decoder_updates,
            prepare=lambda: photos.cache_features(photos.captioned), **best,
        ),
        Phase("joint", config.joint_epochs, captioned, photos.with_paths, joint_updates, decode=photos.decode, **best),
        *([blend_phase(config, encoder)] if config.imagenet else []),
        Phase("concepts", config.concept_epochs, every, photos.with_targets, concept_updates, prepare=prepare_head),
        Phase(
            "mixed", config.mixed_epochs, every, photos.with_texts, mixed_updates,
            prepare=lambda: photos.cache_features(photos.paths), average=config.average,
        ),
    ]  # fmt: skip


def blend_phase(config: Config, encoder: keras.Model) -> Phase:
    """One step that takes a part of the encoder's weights back from ImageNet's (Wortsman et al. 2022, section 3)."""
    before = efficientnet_lite(config.encoder, config.image_size, folded=True)
    load_imagenet_weights(before, imagenet_weights(config.encoder))
    published = [np.array(variable) for variable in before.variables]

    def blend(_: dict[str, tf.Tensor]) -> None:
        for variable, value in zip(encoder.variables, published, strict=True):
            variable.assign((1 - config.kept) * variable + config.kept * value)

    def batches(epoch: int, start: int) -> Iterator[Batch]:
        yield from [{"nothing": np.zeros(1024, np.float32)}][start:]

    return Phase("blend", 1, 1, batches, list, after_step=blend)


def described(config: Config, lexicon: Lexicon, head: keras.Model, decoder: keras.Model, regions, present, words):
    """Logits of a photo's words, by the decoder with what the head sees."""
    _, shown, probabilities = most_probable(config, lexicon, head(regions, training=False)[1])
    return decoder([regions, present, ops.stop_gradient(shown), ops.stop_gradient(probabilities), words], training=True)


def caption_loss(config: Config, data: Data, head: keras.Model, decoder: keras.Model, encoder: keras.Model | None = None):
    """Cross-entropy of captions; the photo is given as an image with an encoder, as regions without."""

    def loss(batch) -> Loss:
        captions = batch["captions"]
        regions = batch["regions"] if encoder is None else encoder(batch["image"], training=True)
        regions = ops.reshape(regions, (-1, *decoder.input[0].shape[1:]))
        logits = described(config, data.lexicon, head, decoder, regions, ops.ones_like(regions[:, 0, 0]), captions[:, :, :-1])
        return token_cross_entropy(logits, captions[:, :, 1:], config.label_smoothing, padding=PAD)

    return loss


def concept_loss(head: keras.Model, several_kinds: bool) -> Callable[[dict], Loss]:
    """Binary cross-entropy of the map of classes, of the concepts, as far as they are known, and of whether a photo has captions,
    where there are several kinds of photos; per photo."""

    def loss(batch) -> Loss:
        classes, concept_logits, familiar = head(batch["regions"], training=True)
        entropy = tf.nn.sigmoid_cross_entropy_with_logits
        regions = ops.mean(ops.sum(entropy(batch["classes"], classes), axis=2), axis=1) * batch["detected"]
        named = ops.sum(batch["weights"] * entropy(batch["targets"], concept_logits), axis=1)
        like = entropy(batch["captioned"], familiar) if several_kinds else 0.0
        count = ops.cast(ops.shape(named)[0], named.dtype)
        return Loss(ops.sum(regions + named + like), count, {"concepts": (ops.sum(named), count)})

    return loss


def mixed_loss(config: Config, data: Data, head: keras.Model, decoder: keras.Model) -> Callable[[dict], Loss]:
    """Cross-entropy of captions of photos, whose regions are there or withheld, and of captions without photos."""
    writer = without_photo(config, decoder) if data.texts else None

    def loss(batch) -> Loss:
        captions = batch["captions"]
        logits = described(config, data.lexicon, head, decoder, batch["regions"], batch["present"], captions[:, :, :-1])
        about = token_cross_entropy(logits, captions[:, :, 1:], config.label_smoothing, padding=PAD, weights=batch["weight"])
        if writer is None:
            return about
        texts = ops.reshape(batch["texts"], (-1, 1, batch["texts"].shape[-1]))
        shown, probabilities = (ops.reshape(batch[name], (-1, config.concepts_shown)) for name in ("shown", "probabilities"))
        logits = writer([shown, probabilities, texts[:, :, :-1]], training=True)
        alone = token_cross_entropy(logits, texts[:, :, 1:], config.label_smoothing, padding=PAD)
        return Loss(about.total + alone.total, about.weight + alone.weight, {**about.metrics, "texts": alone.metrics["cross_entropy"]})

    return loss


class Validator:
    """CIDEr-D and mean length of greedy captions of the validation photos."""

    def __init__(self, config: Config, data: Data, model: keras.Model, cache: Path):
        self._encoder, self._cache = encoder_of(model), cache
        self._paths = [photo.path for photo in data.validation]
        encode = data.vocabulary.encode
        self._references = CiderD([[[*encode(text), END] for text in photo.captions] for photo in data.validation])
        write = GreedyWriter(config, data.lexicon, model)
        self._write = Predictor(lambda batch: write(batch["regions"]), self._regions, np.ones(len(self._paths)), size=100)

    def __call__(self) -> dict[str, float]:
        self._features = cached_features(self._encoder, self._paths, 1, self._cache)
        captions = [[i for i in row if i != PAD] for row in np.stack(self._write()).tolist()]
        scores = self._references.score(list(range(len(captions))), captions)
        return {"cider": float(np.mean(scores)), "words": float(np.mean([len(caption) - 1 for caption in captions]))}

    def _regions(self, rows: np.ndarray) -> Batch:
        features = self._features[rows, 0]
        return {"regions": features.reshape(len(rows), -1, features.shape[-1]).astype(np.float32)}


class GreedyWriter:
    """Writes captions of the most probable words inside the graph, with the network that ships."""

    def __init__(self, config: Config, lexicon: Lexicon, model: keras.Model):
        self.config, self.lexicon = config, lexicon
        self.head, self.decoder = model.get_layer("head"), model.get_layer("decoder")
        self.step = word_step(config, self.decoder)

    def __call__(self, regions):
        """Region features `[batch, regions, channels]` to ids `[batch, steps]`, ended by END and padded."""
        _, concept_logits, familiar = self.head(regions, training=False)
        _, shown, probabilities = most_probable(self.config, self.lexicon, concept_logits)
        photo = photo_side(named_layers(self.decoder), regions, ops.sigmoid(familiar), shown, probabilities)
        h = c = ops.zeros_like(photo["values"][:, 0])
        word = ops.full((ops.shape(regions)[0],), START, dtype="int32")
        unwritable = np.zeros(self.decoder.output.shape[-1], np.float32)
        unwritable[[PAD, START, UNKNOWN]] = -1e9
        alive, written = ops.ones_like(word), []
        for _ in range(self.config.max_words + 1):
            said = self.step({**photo, "tokens": word, "state_h": h, "state_c": c}, training=False)
            h, c = said["state_h"], said["state_c"]
            word = ops.cast(ops.argmax(said["log_probabilities"] + unwritable, axis=-1), "int32") * alive
            alive = alive * ops.cast(word != END, "int32")
            written.append(word)
        return ops.stack(written, axis=-1)
