"""Segmentation: the class of every pixel, by a fully convolutional network with skips.

The network follows Long, Shelhamer and Darrell (2015, section 4): a classifier made convolutional,
whose coarse scores are refined by skips to finer feature maps. Differences:

- The encoder is EfficientNet-Lite with ImageNet weights. Its statistics are folded into the
  kernels, so that small batches do not disturb them.
- Skips add features, not scores: maps are upsampled, added and filtered from coarse to fine (Lin
  et al. 2017, section 3), by separable convolutions, which two processor cores can afford.
- The mean over the whole image is added to the coarsest map (Liu, Rabinovich and Berg 2015):
  what an animal is, its surroundings tell too.
- Rare classes weigh more in the loss: in street scenes bicyclists are 0.3 % of all pixels.

The decoder is trained first, on the encoder's cached maps of whole photos and a few crops, at a
third of the cost. Then the encoder can learn too, but for its lowest blocks: their edges and
colours are the same everywhere, and their large maps cost half of the time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import segmented_photos
from mediakit.datasets.origin import IMAGENET
from mediakit.datasets.segmented_photos import VOID, SegmentedPhotos
from mediakit.layers.efficientnet_lite import (
    efficientnet_lite,
    imagenet_weights,
    load_imagenet_weights,
    stage_outputs,
)
from mediakit.media.masks import class_table
from mediakit.tasks.segmentation.canvas import Canvas
from mediakit.training.batches import steps_per_epoch
from mediakit.training.recipe import Card, Export, Group, Loss, Phase, Update
from mediakit.training.schedules import warmup_adam
from mediakit.training.segmentation import (
    CropAugmentation,
    CropBatches,
    FeatureBatches,
    MeanIoU,
    class_shares,
)

TASK = "segmentation"
WARM_START = {"imagenet": False}  # the trained model's weights take their place


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    classes: str = ""  # names to keep, separated by commas; empty: all of the data set
    height: int = 320  # of the network's input, pixels; photos are fitted into it
    width: int = 320
    encoder: str = "lite2"
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    channels: int = 96  # of the decoder
    finest: int = 4  # pixels to a score in each direction: 2, 4 or 8
    # What ships: int8 is half as large as float16, and takes twice as long.
    weights: Literal["int8", "float16"] = "int8"
    dropout: float = 0.2  # of the decoder's last map

    crop: int = 256  # side of training crops, pixels; a multiple of 32
    smallest_scale: float = 0.6  # of crops, from photos fitted into the network's input
    largest_scale: float = 1.4
    batch_size: int = 8
    views: int = 2  # cached for each photo: the whole of it, then random crops
    decoder_epochs: int = 3
    decoder_rate: float = 2e-3
    epochs: int = 0  # of the encoder too: 40 gave 8 points on 367 street scenes
    rate: float = 5e-4  # of the decoder, when the encoder learns too
    # Streets bore 2e-4. On 950 photos of animals 3e-4 cost 11 points of mean IoU at once.
    encoder_rate: float = 5e-5
    frozen_blocks: int = 5  # lowest blocks of the encoder that keep ImageNet's weights
    weight_decay: float = 1e-4
    clip_norm: float = 5.0
    # Weight of a class in the loss: its part of all pixels to the power of -balance.
    balance: float = 0.25
    average: float = 0.995  # moving average of the weights over the last 200 steps
    seed: int = 1

    @property
    def canvas(self) -> Canvas:
        """The network's input."""
        return Canvas(self.height, self.width)


def read(config: Config, folder: Path) -> SegmentedPhotos:
    """Photos and masks in a layout that `mediakit.datasets.segmented_photos` reads."""
    return segmented_photos.read(folder, config.classes)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: SegmentedPhotos) -> keras.Model:
    """Images `[batch, height, width, 3]` in 0..255, both sizes multiples of 32, to the logits of
    classes `[batch, height / finest, width / finest, classes]`. Its parts are the models `encoder`
    and `decoder`."""
    encoder = build_encoder(config)
    image = keras.Input((None, None, 3), name="image")
    logits = build_decoder(config, encoder.output, len(data.classes))(encoder(image))
    return keras.Model(image, logits, name="fcn")


def build_encoder(config: Config) -> keras.Model:
    """Images to maps by name: `stride_4`, say, has a quarter of the image's height and width."""
    network = efficientnet_lite(config.encoder, "any", folded=True)
    if config.imagenet:
        load_imagenet_weights(network, imagenet_weights(config.encoder))
    stages = stage_outputs(network)  # strides 2, 2, 4, 8, 16, 16, 32, 32
    maps = {2: stages[1], 4: stages[2], 8: stages[3], 16: stages[5], 32: network.output}
    outputs = {f"stride_{stride}": each for stride, each in maps.items() if stride >= config.finest}
    return keras.Model(network.input, outputs, name="encoder")


def build_decoder(config: Config, maps: dict, classes: int) -> keras.Model:
    """The encoder's maps to the logits of classes, at the resolution of the finest one."""
    inputs = {name: keras.Input(each.shape[1:], name=name) for name, each in maps.items()}
    coarse = layers.Conv2D(config.channels, 1, name="coarse")(inputs["stride_32"])
    context = layers.GlobalAveragePooling2D(keepdims=True, name="mean")(inputs["stride_32"])
    context = layers.Conv2D(config.channels, 1, use_bias=False, name="context")(context)
    x = layers.ReLU(name="relu")(coarse + context)
    for stride in (16, 8, 4, 2):
        if stride < config.finest:
            break
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"upsample_{stride}")(x)
        x = x + layers.Conv2D(config.channels, 1, name=f"skip_{stride}")(inputs[f"stride_{stride}"])
        x = layers.SeparableConv2D(
            config.channels, 3, padding="same", activation="relu", name=f"filter_{stride}"
        )(x)
    x = layers.SpatialDropout2D(config.dropout, name="dropout")(x)
    logits = layers.Conv2D(classes, 1, name="logits")(x)
    return keras.Model(inputs, logits, name="decoder")


def networks(config: Config, data: SegmentedPhotos, model: keras.Model) -> dict[str, Export]:
    """An image of the network's size to the probabilities of the classes."""
    image = keras.Input((config.height, config.width, 3), name="image")
    probabilities = ops.softmax(model(image))
    network = keras.Model({"image": image}, {"probabilities": probabilities})
    rng = np.random.default_rng(0)
    example = {"image": rng.uniform(0, 255, (1, *image.shape[1:])).astype(np.float32)}
    return {"segmenter": Export(network, 1, config.weights, tolerance=0.1, example=example)}


def files(config: Config, data: SegmentedPhotos) -> dict[str, Callable[[Path], None]]:
    """The classes in the order of the probabilities: id in masks, name, colour."""
    table = class_table(data.classes)
    return {"classes.tsv": lambda path: path.write_text(table, encoding="utf-8")}


def card(config: Config, data: SegmentedPhotos) -> Card:
    """What the model card says besides the metrics."""
    names = [each.name for each in data.classes]
    streets = data.origin.name == "CamVid"
    tuned = (
        f"; then all but the encoder's lowest {config.frozen_blocks} blocks, "
        f"{config.epochs} epochs on random crops"
    )
    not_good_for = [
        "telling one person or animal from the next: neighbours of one class are one region",
        "what is small in the photo, and hair, whiskers or spokes",
        "faces: it says where a person is, never who",
        "anything that a wrong pixel can harm: driving, medicine, surveillance",
    ]
    if streets:
        not_good_for += ["night, rain, snow, other countries: it saw one city by day and at dusk"]
    else:
        not_good_for += ["photos of other things: it takes some of them for what it knows"]
    return Card(
        summary=f"Gives every pixel of a photo one of {len(names)} classes: {', '.join(names)}.",
        good_for=["street scenes from a car by day" if streets else "masks and cutouts of photos"],
        not_good_for=not_good_for,
        training=f"A decoder with skips on EfficientNet-{config.encoder.capitalize()}"
        f"{' from ImageNet' if config.imagenet else ''}: {config.decoder_epochs} epochs on the "
        f"encoder's maps of {len(data.train):,} photos in {config.views} views each"
        f"{tuned if config.epochs else ''}.",
        headline="mIoU",
        license=f"the weights were learned from {data.origin.name} ({data.origin.license})",
        data=[source.entry for source in (data.origin, *([IMAGENET] if config.imagenet else []))],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: SegmentedPhotos, model: keras.Model, run: Path) -> list[Phase]:
    """The decoder on cached maps; then the encoder too, on crops."""
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    weights = class_weights(config, data)
    scales = (config.smallest_scale, config.largest_scale)
    maps = FeatureBatches(
        encoder, data, config.canvas, CropAugmentation(config.height, config.width, scales),
        config.views, config.finest, config.batch_size, config.seed, run / "cache",
    )  # fmt: skip
    amount = CropAugmentation(config.crop, config.crop, scales)
    crops = CropBatches(data, config.canvas, amount, config.batch_size, config.seed)

    def decoder_loss(batch) -> Loss:
        inputs = {name: ops.cast(batch[name], "float32") for name in encoder.output}
        return pixel_loss(decoder(inputs, training=True), batch["mask"], weights)

    def loss(batch) -> Loss:
        logits = model(ops.cast(batch["image"], "float32"), training=True)
        return pixel_loss(logits, batch["mask"], weights)

    def updates(loss, steps: int, rates: list[tuple[float, list]]) -> list[Update]:
        groups = [
            Group(variables, warmup_adam(rate, steps, 100, config.weight_decay))
            for rate, variables in rates
        ]
        return [Update("loss", loss, groups, config.clip_norm)]

    def phase(name: str, epochs: int, count: int, batches, loss, rates, prepare=None) -> Phase:
        steps = steps_per_epoch(count, config.batch_size)
        return Phase(
            name, epochs, steps, batches, lambda: updates(loss, epochs * steps, rates),
            prepare=prepare, validate=measure, average=config.average,
        )  # fmt: skip

    def predict(image):
        return model(image, training=False)

    measure = MeanIoU(predict, data, data.validation, config.canvas)
    own = decoder.trainable_variables
    all_rates = [(config.encoder_rate, unfrozen(config, encoder)), (config.rate, own)]
    return [
        phase("decoder", config.decoder_epochs, maps.count, maps, decoder_loss,
              [(config.decoder_rate, own)], maps.prepare),
        phase("all", config.epochs, len(data.train), crops, loss, all_rates),
    ]  # fmt: skip


def unfrozen(config: Config, encoder: keras.Model) -> list[keras.Variable]:
    """The variables of the encoder above its frozen blocks."""
    frozen = {"stem", *(f"block{i}" for i in range(config.frozen_blocks))}
    trained = [layer for layer in encoder.layers if layer.name.partition("_")[0] not in frozen]
    return [variable for layer in trained for variable in layer.trainable_variables]


def class_weights(config: Config, data: SegmentedPhotos) -> np.ndarray:
    """The weight of each class, 1 on average over all pixels."""
    shares = np.maximum(class_shares(data), 1e-4)
    weights = shares**-config.balance
    return (weights / (weights * shares).sum()).astype(np.float32)


def pixel_loss(logits, mask, weights: np.ndarray) -> Loss:
    """Cross-entropy of the upsampled logits, weighted by class, over pixels that are not void."""
    if logits.shape[1:3] != mask.shape[1:3]:
        logits = ops.image.resize(logits, ops.shape(mask)[1:], interpolation="bilinear")
    seen = ops.cast(mask != VOID, "float32")
    target = ops.where(mask == VOID, 0, ops.cast(mask, "int32"))
    losses = keras.losses.sparse_categorical_crossentropy(target, logits, from_logits=True)
    weight = seen * ops.take(weights, target)
    correct = seen * ops.cast(ops.equal(ops.argmax(logits, axis=-1), target), "float32")
    return Loss(
        ops.sum(losses * weight),
        ops.sum(weight),
        {"accuracy": (ops.sum(correct), ops.sum(seen))},
    )
