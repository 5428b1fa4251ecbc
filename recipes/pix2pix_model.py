"""The networks of pix2pix.py: a U-Net, and a discriminator of patches."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import image_pairs
from mediakit.datasets.image_pairs import Direction, ImagePairs, Kind
from mediakit.layers.efficientnet_lite import (
    efficientnet_lite,
    imagenet_weights,
    load_imagenet_weights,
    stage_outputs,
)
from mediakit.training.image_pairs import MOST_CHROMA, Chroma, Coding, Whole, resized
from mediakit.training.recipe import Export


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    kind: Kind = "photos"  # learn the colours of photos; pairs: any pairs, in pix2pix's layouts
    direction: Direction = "AtoB"  # of pairs: which one is the source
    size: int = 128  # of training crops, pixels, a multiple of 32
    shipped_size: int = 192  # of the shipped network's input, into which images are fitted
    encoder: str = "lite0"  # or unet: learned from nothing, as in the paper
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    frozen_blocks: int = 5  # lowest blocks of EfficientNet that keep them
    encoder_rate: float = 0.1  # of the others, as a part of the rate
    channels: int = 24  # of the finest maps; twice as many at half the resolution, and so on
    most_channels: int = 192
    dropout: float = 0.0  # of the coarsest maps; 0.5 in the paper

    crop: float = 0.5  # least part of an image's area in a crop
    stretch: float = 1.33  # of a crop's aspect, at most
    batch_size: int = 16
    steps_per_epoch: int = 500
    l1_epochs: int = 8
    epochs: int = 4  # with the discriminator
    rate: float = 1e-3  # with L1 alone
    adversarial_rate: float = 2e-4  # of both players (section 3.3)
    momentum: float = 0.5  # Adam's beta 1, of both players
    l1: float = 100.0  # weight of the L1 distance
    adversarial: float = 1.0  # weight of the discriminator's word; 0: L1 alone
    discriminator_channels: int = 48  # of its first layer; 64 in the paper
    discriminator_layers: int = 3  # with stride 2: patches of 70 pixels
    average: float = 0.998  # moving average of the weights
    weights: Literal["int8", "float16"] = "int8"
    seed: int = 1

    @property
    def coding(self) -> Coding:
        """What the networks take and give."""
        return Chroma() if self.kind == "photos" else Whole()


def read(config: Config, folder: Path) -> ImagePairs:
    """Photos, or pairs in a layout that `mediakit.datasets.image_pairs` reads."""
    return image_pairs.read(folder, config.kind, config.direction)


def build(config: Config, data: ImagePairs) -> keras.Model:
    """The whole game: sources `[batch, size, size, channels]` in 0..255 to the discriminator's
    logits of the generator's outputs. Its parts are the models `encoder`, `decoder` and
    `discriminator`."""
    source = keras.Input((config.size, config.size, config.coding.inputs), name="source")
    encoder = build_encoder(config)
    decoder = build_decoder(config, encoder.output)
    discriminator = build_discriminator(config)
    return keras.Model(source, discriminator([source, decoder(encoder(source))]), name="pix2pix")


def build_encoder(config: Config) -> keras.Model:
    """Sources to maps by name: `stride_4`, say, has a quarter of the source's height and width."""
    source = keras.Input((None, None, config.coding.inputs), name="source")
    if config.encoder == "unet":
        return keras.Model(source, _strided_maps(config, source / 127.5 - 1), name="encoder")
    network = efficientnet_lite(config.encoder, "any", folded=True)
    if config.imagenet:
        load_imagenet_weights(network, imagenet_weights(config.encoder))
    stages = stage_outputs(network)  # strides 2, 2, 4, 8, 16, 16, 32, 32
    maps = {2: stages[1], 4: stages[2], 8: stages[3], 16: stages[5], 32: network.output}
    outputs = {f"stride_{stride}": each for stride, each in maps.items()}
    network = keras.Model(network.input, outputs)
    image = ops.repeat(source, 3, axis=-1) if config.coding.inputs == 1 else source
    return keras.Model(source, network(image), name="encoder")


def _strided_maps(config: Config, x) -> dict:
    """The left side of the paper's U-Net, down to a 32nd of the source's size."""
    maps = {}
    for stride in (2, 4, 8, 16, 32):
        x = layers.Conv2D(_channels(config, stride), 4, 2, "same", name=f"down_{stride}")(x)
        if 2 < stride < 32:  # nothing is left of a single pixel without its mean
            x = _normalised(x, f"down_{stride}")
        x = maps[f"stride_{stride}"] = layers.LeakyReLU(0.2, name=f"stride_{stride}")(x)
    return maps


def _channels(config: Config, stride: int) -> int:
    return min(config.channels * stride // 2, config.most_channels)


def _normalised(x, name: str):
    """Instance normalisation: what batch normalisation is for a batch of one (section 3.4)."""
    return layers.GroupNormalization(-1, epsilon=1e-5, name=f"{name}_normalised")(x)


def build_decoder(config: Config, maps: dict) -> keras.Model:
    """The right side of the U-Net: maps to an output in -1..1."""
    coding = config.coding
    inputs = {name: keras.Input(each.shape[1:], name=name) for name, each in maps.items()}
    x = layers.Conv2D(_channels(config, 32), 1, activation="relu", name="coarse")(
        inputs["stride_32"]
    )
    for stride in (16, 8, 4, 2):
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"up_{stride}")(x)
        x = layers.Concatenate(name=f"skip_{stride}")([x, inputs[f"stride_{stride}"]])
        x = layers.Conv2D(_channels(config, stride), 3, padding="same", name=f"filter_{stride}")(x)
        if config.encoder == "unet":
            x = _normalised(x, f"filter_{stride}")
        x = layers.ReLU(name=f"relu_{stride}")(x)
        if stride > 4:
            x = layers.Dropout(config.dropout, name=f"dropout_{stride}")(x)
    if coding.step == 1:
        x = layers.UpSampling2D(2, interpolation="bilinear", name="up_1")(x)
    output = layers.Conv2D(
        coding.outputs,
        3,
        padding="same",
        activation="tanh",
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.002),  # begins with no colour
        name="output",
    )(x)
    return keras.Model(inputs, output, name="decoder")


def build_discriminator(config: Config) -> keras.Model:
    """Sources and outputs, real or made, to logits `[batch, rows, columns]` of overlapping patches;
    above 0 is real."""
    coding = config.coding
    source = keras.Input((None, None, coding.inputs), name="source")
    output = keras.Input((None, None, coding.outputs), name="output")
    x = source / 127.5 - 1
    if coding.step > 1:
        x = layers.AveragePooling2D(coding.step, name="reduce")(x)
    x = layers.Concatenate(name="both")([x, output])
    for i in range(config.discriminator_layers + 1):
        stride = 2 if i < config.discriminator_layers else 1
        width = config.discriminator_channels * min(2**i, 8)
        x = layers.Conv2D(width, 4, stride, "same", name=f"filter_{i}")(x)
        if i:
            x = _normalised(x, f"filter_{i}")
        x = layers.LeakyReLU(0.2, name=f"relu_{i}")(x)
    logits = layers.Conv2D(1, 4, padding="same", name="logits")(x)
    return keras.Model([source, output], logits[..., 0], name="discriminator")


def networks(config: Config, data: ImagePairs, model: keras.Model) -> dict[str, Export]:
    """A grey photo in 0..255 to its a* and b*, or an image to another, both in 0..255."""
    coding, size = config.coding, config.shipped_size
    source = keras.Input((size, size, coding.inputs), name="source")
    output = model.get_layer("decoder")(model.get_layer("encoder")(source))
    whole = config.kind == "pairs"
    named = {"image": output * 127.5 + 127.5} if whole else {"chroma": output * MOST_CHROMA}
    shown, _ = (data.validation or data.train)[0].read()
    example = {"source": resized(shown, size)[None].astype(np.float32)}
    network = keras.Model({"source": source}, named)
    return {"generator": Export(network, 1, config.weights, tolerance=0.15, example=example)}


def unfrozen(config: Config, encoder: keras.Model) -> list[keras.Variable]:
    """The variables of a pretrained encoder above its frozen blocks."""
    frozen = {"stem", *(f"block{i}" for i in range(config.frozen_blocks))}
    [network] = [layer for layer in encoder.layers if isinstance(layer, keras.Model)]
    trained = [layer for layer in network.layers if layer.name.partition("_")[0] not in frozen]
    return [variable for layer in trained for variable in layer.trainable_variables]
