"""Captions for photos, learned from photos with captions, labelled photos, and captions alone.

The model is in captioning_model.py: an encoder, a head that finds concepts, and a decoder that
attends to regions and concepts. People have captioned photos of few kinds of things, so the parts
learn from other data too (Hendricks et al. 2016), phase by phase:

1. decoder: on the encoder's frozen features, with captions.
2. joint: decoder and encoder together.
3. blend: the encoder gets a part of ImageNet's weights back (Wortsman et al. 2022, section 3), so
   that its ImageNet classifier still works; the head takes it as evidence.
4. concepts: the head, on captions, labels, and a detector's boxes on all photos.
5. mixed: the decoder once more, with concepts. Besides photos with captions it learns from captions
   without photos (Anderson et al. 2018): it is given the concepts that the caption names, some
   missing and some false, and a learned row in place of the regions. Labelled photos borrow the
   captions that fit their labels and boxes best. Regions are withheld from some photos.

Without labelled photos and captions alone, the same phases run on photos with captions.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from mediakit.layers.caption_decoder import without_photo, word_step
from mediakit.recipes.captioning_model import (
    Config,
    Data,
    axis_names,
    build,
    build_encoder,
    describe,
    encoder_of,
    files,
    most_probable,
    networks,
    read,
    read_files,
)
from mediakit.text.vocabulary import PAD
from mediakit.training.batches import steps_per_epoch
from mediakit.training.captioning import CaptionValidator, TrainingPhotos
from mediakit.training.greedy import write_greedily
from mediakit.training.losses import token_cross_entropy
from mediakit.training.recipe import Batch, Card, Group, Loss, Phase, Update
from mediakit.training.schedules import warmup_adam

__all__ = [
    "Config",
    "axis_names",
    "build",
    "card",
    "files",
    "networks",
    "phases",
    "read",
    "read_files",
]

TASK = "captioning"
# Not inherited from the trained model.
WARM_START = {"imagenet": False, "texts": "", "labelled": "", "detections": ""}


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """The five phases; the blend is left out where ImageNet's weights are."""
    encoder, head, decoder = encoder_of(model), model.get_layer("head"), model.get_layer("decoder")
    photos = TrainingPhotos(config, data, encoder, run / "cache")
    captioned = steps_per_epoch(len(data.train), config.photos_per_batch)
    every = steps_per_epoch(len(photos.paths), config.photos_per_batch)

    def prepare_head() -> None:
        photos.cache_features(photos.paths)
        head.get_layer("standardize").measure(photos.mean_features())

    write = greedy_writer(config, data, model)
    validate = CaptionValidator(write, encoder, data.validation, data.vocabulary, run / "cache")
    best = {"validate": validate, "monitor": "cider", "average": config.average}
    return [
        Phase(
            "decoder",
            config.decoder_epochs,
            captioned,
            photos.with_features,
            lambda: one_update(
                config,
                caption_loss(config, data, model),
                captioned * config.decoder_epochs,
                (decoder.trainable_variables, config.decoder_rate),
            ),
            prepare=lambda: photos.cache_features(photos.captioned),
            **best,
        ),
        Phase(
            "joint",
            config.joint_epochs,
            captioned,
            photos.with_paths,
            lambda: one_update(
                config,
                caption_loss(config, data, model, encoder),
                captioned * config.joint_epochs,
                (decoder.trainable_variables, config.joint_rate),
                (tuned_variables(config, encoder), config.joint_encoder_rate),
            ),
            decode=photos.decode,
            **best,
        ),
        *([blend_phase(config, encoder)] if config.imagenet else []),
        Phase(
            "concepts",
            config.concept_epochs,
            every,
            photos.with_targets,
            lambda: one_update(
                config,
                concept_loss(head, bool(data.labelled)),
                every * config.concept_epochs,
                (head.trainable_variables, config.concept_rate),
            ),
            prepare=prepare_head,
        ),
        Phase(
            "mixed",
            config.mixed_epochs,
            every,
            photos.with_texts,
            lambda: one_update(
                config,
                mixed_loss(config, data, model),
                every * config.mixed_epochs,
                (decoder.trainable_variables, config.mixed_rate),
            ),
            prepare=lambda: photos.cache_features(photos.paths),
            average=config.average,
        ),
    ]


def one_update(
    config: Config, loss: Callable[[dict], Loss], steps: int, *parts: tuple[list, float]
) -> list[Update]:
    """The one update of a phase of so many steps: lists of variables, each at its rate."""
    warmup = min(300, steps // 10)
    groups = [
        Group(variables, warmup_adam(rate, steps, warmup, beta_2=0.98)) for variables, rate in parts
    ]
    return [Update("loss", loss, groups, config.clip_norm)]


def greedy_writer(config: Config, data: Data, model: keras.Model) -> Callable[[dict], tf.Tensor]:
    """Writes captions from regions inside the graph, with the network that ships."""
    step = word_step(model.get_layer("decoder"))

    def write(batch) -> tf.Tensor:
        _, memory = describe(config, data.lexicon, model, batch["regions"])
        return write_greedily(step, memory, config.max_words + 1)

    return write


def tuned_variables(config: Config, encoder: keras.Model) -> list[keras.Variable]:
    """The encoder's weights from block `frozen_blocks` on, and its head's."""
    frozen = {"stem", *(f"block{i}" for i in range(config.frozen_blocks))}
    tuned = [layer for layer in encoder.layers if layer.name.split("_")[0] not in frozen]
    return [variable for layer in tuned for variable in layer.trainable_variables]


def blend_phase(config: Config, encoder: keras.Model) -> Phase:
    """One step that moves the encoder's weights a part of the way back to ImageNet's."""
    published = [np.array(variable) for variable in build_encoder(config).variables]

    def blend(_: dict[str, tf.Tensor]) -> None:
        for variable, value in zip(encoder.variables, published, strict=True):
            variable.assign((1 - config.kept) * variable + config.kept * value)

    def batches(epoch: int, start: int) -> Iterator[Batch]:
        yield from [{"nothing": np.zeros(1024, np.float32)}][start:]

    return Phase("blend", 1, 1, batches, list, after_step=blend)


# --- losses ---------------------------------------------------------------------------------------


def photo_logits(config: Config, data: Data, model: keras.Model, regions, present, words):
    """Logits of the next words about photos, from their regions and the concepts of the head."""
    _, concept_logits, _ = model.get_layer("head")(regions, training=False)
    _, shown, probabilities = most_probable(config, data.lexicon, concept_logits)
    shown, probabilities = ops.stop_gradient(shown), ops.stop_gradient(probabilities)
    decoder = model.get_layer("decoder")
    return decoder([regions, present, shown, probabilities, words], training=True)


def caption_loss(
    config: Config, data: Data, model: keras.Model, encoder: keras.Model | None = None
) -> Callable[[dict], Loss]:
    """Cross-entropy of captions, given the image with an encoder, else its regions."""
    shape = model.get_layer("decoder").input[0].shape[1:]

    def loss(batch) -> Loss:
        captions = batch["captions"]
        regions = encoder(batch["image"], training=True) if encoder else batch["regions"]
        regions = ops.reshape(regions, (-1, *shape))
        present = ops.ones_like(regions[:, 0, 0])
        logits = photo_logits(config, data, model, regions, present, captions[:, :, :-1])
        return token_cross_entropy(logits, captions[:, :, 1:], config.label_smoothing, PAD)

    return loss


def concept_loss(head: keras.Model, several_kinds: bool) -> Callable[[dict], Loss]:
    """Binary cross-entropy per photo: of the detector's map of classes, of those concepts that are
    known, and, given several kinds of photos, of whether the photo has captions."""

    def loss(batch) -> Loss:
        classes, concept_logits, familiar = head(batch["regions"], training=True)
        entropy = tf.nn.sigmoid_cross_entropy_with_logits
        detected = ops.mean(ops.sum(entropy(batch["classes"], classes), axis=2), axis=1)
        named = ops.sum(batch["weights"] * entropy(batch["targets"], concept_logits), axis=1)
        kind = entropy(batch["captioned"], familiar) if several_kinds else 0.0
        count = ops.cast(ops.shape(named)[0], named.dtype)
        total = ops.sum(detected * batch["detected"] + named + kind)
        return Loss(total, count, {"concepts": (ops.sum(named), count)})

    return loss


def mixed_loss(config: Config, data: Data, model: keras.Model) -> Callable[[dict], Loss]:
    """Cross-entropy of captions of photos and of captions without photos, over all their words."""
    text_decoder = without_photo(model.get_layer("decoder")) if data.texts else None

    def loss(batch) -> Loss:
        captions, regions = batch["captions"], batch["regions"]
        words, targets = captions[:, :, :-1], captions[:, :, 1:]
        logits = photo_logits(config, data, model, regions, batch["present"], words)
        photos = token_cross_entropy(
            logits, targets, config.label_smoothing, PAD, weights=batch["weight"]
        )
        if text_decoder is None:
            return photos
        captions = ops.reshape(batch["texts"], (-1, 1, batch["texts"].shape[-1]))
        shown = ops.reshape(batch["shown"], (-1, config.concepts_shown))
        probabilities = ops.reshape(batch["probabilities"], (-1, config.concepts_shown))
        logits = text_decoder([shown, probabilities, captions[:, :, :-1]], training=True)
        texts = token_cross_entropy(logits, captions[:, :, 1:], config.label_smoothing, PAD)
        metrics = {**photos.metrics, "texts": texts.metrics["cross_entropy"]}
        return Loss(photos.total + texts.total, photos.weight + texts.weight, metrics)

    return loss


# --- card -----------------------------------------------------------------------------------------


IMAGENET = {
    "name": "ImageNet (ILSVRC 2012)",
    "license": "research",
    "note": "only through EfficientNet-Lite's published weights, Apache-2.0",
}


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    origin, encoder = data.origin, f"EfficientNet-{config.encoder.capitalize()}"
    sources = [
        {"name": source.name, "license": source.license, "note": source.note}
        for source in (origin, *data.sources)
    ]
    good_for = [
        f"photos like the {len(data.train):,} of {origin.name} that it learned from: {origin.holds}"
    ]
    if data.detections:
        good_for.append("everyday photos of COCO's 80 kinds of objects: animals, furniture, food")
    learned = f"{origin.name} ({origin.license}), whose photos stay their owners'"
    if data.labelled or data.texts:
        learned += ", and from other sets for research or non-commercial use"
    return Card(
        name="captioning",
        summary="Describes a photo in one English sentence.",
        good_for=good_for,
        not_good_for=[
            "reading text, naming persons, counting, drawings, medicine: it will say something "
            "fluent and wrong",
            "objects and scenes that are rare in its training data",
            "deciding anything about a person: what it says of sex, age and doing is a guess that "
            "repeats its training captions",
        ],
        training=f"{encoder}{' from ImageNet' if config.imagenet else ''}; cross-entropy on frozen "
        f"features ({config.decoder_epochs} epochs), then with the encoder "
        f"({config.joint_epochs} epochs, the best kept); a head of {len(data.lexicon)} concepts on "
        f"{len(data.train) + len(data.labelled):,} photos; then the decoder with those concepts, "
        f"on photos and on {len(data.texts):,} captions without photos.",
        headline="CIDEr",
        license=f"the weights were learned from {learned}",
        data=[*sources, *([IMAGENET] if config.imagenet else [])],
    )
