"""The networks of the StyleGAN2 (Karras et al. 2020a).

A mapping network turns a latent into a style. The style scales the convolutions of a synthesis
network that starts from a learned constant (section 2.2, demodulation), adds noise at every layer
and sums the images of all resolutions (section 4.2, skip generator). Two discriminators judge them:
a residual one by their pixels, and a projected one by what an ImageNet network sees in them.

Latents and noise come with the batch, so the networks are functions of their inputs. How they are
trained is in style_gan.py.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.layers.projected_discriminator import projected_discriminator
from mediakit.layers.style_gan import (
    AFTER_RECTIFIER,
    EqualizedConv,
    EqualizedDense,
    LearnedConstant,
    MinibatchDeviation,
    ModulatedConv,
    NoisyBias,
    rectified,
    unit_length,
)
from mediakit.training import image_generation
from mediakit.training.image_generation import Data
from mediakit.training.recipe import Card, Export, ModelFolder, require

GROUP = 4  # images that the discriminator compares with each other


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    size: int = 64  # pixels, a power of two
    channels: int | None = None  # 1 grey, 3 RGB, 4 RGB and alpha; none: what the images have
    labels: bool = True  # give classes, if the images have some, to both networks
    mirror: bool = False  # whether the mirror image of an image is as good

    latent: int = 128
    style: int = 128
    mapping_layers: int = 2  # 8 in the paper; 2 are enough for small images (2020b, appendix C)
    mapping_rate: float = 0.01  # factor of the learning rate
    channel_base: int = 1024  # channels at resolution r: channel_base / r,
    channel_max: int = 128  # but no more than these
    smoothing: str = "11"  # taps of the resampling filter; "1331" is smoother and slower
    projected_size: int = 64  # pixels of the projected discriminator's images; 0: there is none
    imagenet: bool = True  # its network has ImageNet weights; false only for tests

    batch_size: int = 32
    kimg: float = 400  # thousands of real images that are seen in all
    # Of these, the first against the residual discriminator alone. A projected one is sure of the
    # first shapeless images, and a generator that follows it then learns stripes.
    alone_kimg: float = 100
    kimg_per_epoch: float = 20
    rate: float = 2e-3
    r1: float = 0.02  # weight of R1; 0.0002 * size ** 2 / batch_size is a good start (2020b)
    r1_every: int = 16  # steps
    path: float = 2.0  # weight of the path length penalty
    path_every: int = 0  # steps; 4 in the paper; on half of the batch; 0: without it
    style_mixing: float = 0.5  # probability that the finer layers have another style
    average_kimg: float = 10.0  # half-life of the moving average of the weights
    augmentation: Literal["differentiable", "adaptive", "none"] = "differentiable"
    augmentation_target: float = 0.6  # adaptive: mean sign of the logits of real images to aim for
    # Adaptive: thousands of images in which it can go from 0 to 1. With 100 it reached 0.4 in the
    # first 100,000, when the discriminator was sure only because the generator was still poor; the
    # generator then learned the augmentation's colours.
    augmentation_kimg: float = 500.0
    distance_images: int = 2000  # for the Fréchet distance after each epoch; 0: none
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


def read(config: Config, folder: Path) -> Data:
    """The training images of a folder, in any layout of `mediakit.datasets.images`."""
    require(
        config.batch_size % GROUP == 0,
        f"batch_size is {config.batch_size}; it must be divisible by {GROUP}",
    )
    return image_generation.read(folder, config.size, config.channels, config.labels)


# --- model --------------------------------------------------------------------------------------


def resolutions(config: Config) -> list[int]:
    """4, 8, … up to the images' size."""
    return [2**i for i in range(2, int(math.log2(config.size)) + 1)]


def style_count(config: Config) -> int:
    """Styles of one image: one for each convolution, and one for the last layer of colours."""
    return 2 * len(resolutions(config))


def noise_count(config: Config) -> int:
    """Noise of one image: a number for every pixel of every convolution."""
    return 16 + sum(2 * size**2 for size in resolutions(config)[1:])


def _width(config: Config, size: int) -> int:
    return max(1, min(config.channel_base // size, config.channel_max))


def _smoothing(config: Config) -> tuple[int, ...]:
    return tuple(int(tap) for tap in config.smoothing)


def build(config: Config, data: Data) -> keras.Model:
    """The whole game: latents `[batch, latent]`, noise `[batch, noise_count]` and, if there are
    classes, `[batch, classes]` to the discriminator's logits `[batch]` of the generated images. Its
    parts are the models `mapping`, `synthesis`, `discriminator` and, unless `projected_size` is 0,
    `projected`, which compares the images with each other when there are no real ones."""
    classes, channels = len(data.train.classes), data.train.pixels.shape[-1]
    mapping = build_mapping(config, classes)
    synthesis = build_synthesis(config, channels)
    discriminator = build_discriminator(config, channels, classes)
    latent = keras.Input((config.latent,), name="latent")
    noise = keras.Input((noise_count(config),), name="noise")
    label = [keras.Input((classes,), name="label")] if classes else []
    styles = ops.repeat(mapping([latent, *label])[:, None], style_count(config), axis=1)
    pictures = synthesis([styles, noise])
    logits = discriminator([pictures, *label])
    if config.projected_size:
        shape = tuple(pictures.shape[1:])
        projected = projected_discriminator(
            config.projected_size, shape, classes, GROUP, config.imagenet
        )
        logits = logits + ops.mean(projected([pictures, pictures, *label])[1], axis=-1)
    return keras.Model([latent, noise, *label], logits, name="style_gan")


def build_mapping(config: Config, classes: int) -> keras.Model:
    """Latents `[batch, latent]` (and one-hot classes `[batch, classes]`) to styles
    `[batch, style]`."""
    latent = keras.Input((config.latent,), name="latent")
    inputs, x = [latent], unit_length(latent)
    if classes:
        label = keras.Input((classes,), name="label")
        inputs.append(label)
        embedded = EqualizedDense(config.latent, name="label_embedding")(label)
        x = ops.concatenate([x, unit_length(embedded)], axis=-1)
    for i in range(config.mapping_layers):
        dense = EqualizedDense(
            config.style, AFTER_RECTIFIER, config.mapping_rate, name=f"dense_{i}"
        )
        x = rectified(dense(x))
    return keras.Model(inputs, x, name="mapping")


def build_synthesis(config: Config, channels: int) -> keras.Model:
    """Styles `[batch, style_count, style]` and noise `[batch, noise_count]` to images
    `[batch, size, size, channels]`, roughly in -1..1."""
    styles = keras.Input((style_count(config), config.style), name="styles")
    noise = keras.Input((noise_count(config),), name="noise")
    used = {"styles": 0, "noise": 0}

    def convolution(x, size: int, double: bool, name: str):
        options = {"double": double, "smoothing": _smoothing(config), "name": f"{name}_conv"}
        convolve = ModulatedConv(_width(config, size), 3, AFTER_RECTIFIER, **options)
        x = convolve(x, styles[:, used["styles"]])
        part = ops.reshape(noise[:, used["noise"] : used["noise"] + size**2], (-1, size, size, 1))
        used["styles"] += 1
        used["noise"] += size**2
        return rectified(NoisyBias(AFTER_RECTIFIER, name=f"{name}_noise")(x, part))

    def colours(x, name: str):
        convolve = ModulatedConv(channels, 1, demodulate=False, use_bias=True, name=name)
        return convolve(x, styles[:, used["styles"]])  # the style of the next convolution too

    x = LearnedConstant(4, _width(config, 4), name="constant")(styles[:, 0])
    x = convolution(x, 4, False, "4")
    picture = colours(x, "4_colours")
    for size in resolutions(config)[1:]:
        x = convolution(x, size, True, f"{size}_up")
        x = convolution(x, size, False, f"{size}")
        picture = ops.image.resize(picture, (size, size), "bilinear")  # the filter 1 3 3 1 again
        picture = picture + colours(x, f"{size}_colours")
    return keras.Model([styles, noise], picture, name="synthesis")


def build_discriminator(config: Config, channels: int, classes: int) -> keras.Model:
    """Images `[batch, size, size, channels]` (and classes) to logits `[batch]`: above 0 is real.

    With classes, the logit is a projection on the class embedding (Miyato and Koyama 2018).
    """
    picture = keras.Input((config.size, config.size, channels), name="picture")
    halve = {"halve": True, "smoothing": _smoothing(config)}

    def convolution(x, size: int, kernel: int, name: str, gain: float = AFTER_RECTIFIER, **options):
        return EqualizedConv(_width(config, size), kernel, gain, name=name, **options)(x)

    x = rectified(convolution(picture, config.size, 1, "colours"))
    for size in reversed(resolutions(config)[1:]):
        half = size // 2
        skip = convolution(x, half, 1, f"{size}_skip", math.sqrt(0.5), use_bias=False, **halve)
        x = rectified(convolution(x, size, 3, f"{size}"))
        # The gain after a rectifier and the residual's sqrt(1/2) cancel out.
        x = rectified(convolution(x, half, 3, f"{size}_down", 1.0, **halve)) + skip
    x = MinibatchDeviation(GROUP, name="deviation")(x)
    x = layers.Flatten(name="flatten")(rectified(convolution(x, 4, 3, "4")))
    x = rectified(EqualizedDense(_width(config, 4), AFTER_RECTIFIER, name="dense")(x))
    if not classes:
        logits = EqualizedDense(1, name="logits")(x)[:, 0]
        return keras.Model([picture], logits, name="discriminator")
    label = keras.Input((classes,), name="label")
    embedded = unit_length(EqualizedDense(config.style, name="label_embedding")(label))
    logits = ops.sum(EqualizedDense(config.style, name="logits")(x) * embedded, axis=-1)
    return keras.Model([picture, label], logits / math.sqrt(config.style), name="discriminator")


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Latent (and class) to style, relative to the mean style; styles and noise to an image.

    Style 0 is the mean image, so that truncation (Karras et al. 2019, section B) is a factor.
    """
    mapping, synthesis = model.get_layer("mapping"), model.get_layer("synthesis")
    mean = mean_style(mapping)
    chosen, given = (
        {tensor.name: keras.Input(tensor.shape[1:], name=tensor.name) for tensor in network.inputs}
        for network in (mapping, synthesis)
    )
    style = mapping(list(chosen.values())) - mean
    picture = synthesis([given["styles"] + mean, given["noise"]])
    return {
        "mapping": Export(keras.Model(chosen, {"style": style}), 1, "float16", 0.01),
        "synthesis": Export(keras.Model(given, {"picture": picture}), 1, "float16", 0.02),
    }


def mean_style(mapping: keras.Model, count: int = 4096) -> np.ndarray:
    """The mean `[style]` over latents, and classes if there are any, drawn evenly."""
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((count, mapping.inputs[0].shape[-1]), np.float32)]
    if len(mapping.inputs) > 1:
        classes = mapping.inputs[1].shape[-1]
        inputs.append(np.eye(classes, dtype=np.float32)[np.arange(count) % classes])
    return np.mean(ops.convert_to_numpy(mapping(inputs)), axis=0)


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The names of the classes, if there are any."""
    names = "".join(f"{name}\n" for name in data.train.classes)
    return {"classes.txt": lambda path: path.write_text(names, encoding="utf-8")} if names else {}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The classes of a model folder, without images."""
    [picture] = folder.manifest["networks"]["synthesis"]["outputs"]
    has_classes = "classes" in folder.manifest["files"]
    names = folder.file("classes").read_text(encoding="utf-8").splitlines() if has_classes else []
    return image_generation.without_images(folder, picture["shape"][1:], names)


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of both networks' class embeddings."""
    return {"label_embedding/kernel": (data.train.classes, None)}


def initialize_rest(variables: Sequence[keras.Variable]) -> None:
    """Zero-initialise the colours of larger images than the warm start's: the first images are its
    own, enlarged (progressive growing, Karras et al. 2018, in one step)."""
    for colours in (each for each in variables if each.path.endswith("_colours/kernel")):
        colours.assign(ops.zeros_like(colours))


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    classes = f" Classes: {', '.join(data.train.classes)}." if data.train.classes else ""
    against = "against a projected and a residual discriminator " if config.projected_size else ""
    return image_generation.own_card(
        "style_gan",
        data,
        summary=f"Draws new images of {config.size} x {config.size} pixels "
        f"in the manner of {data.origin.name}.{classes}",
        good_for=["images that resemble the training images at a glance; mixing and morphing them"],
        not_good_for=[
            "images of a thing that you name: it takes a class at most",
            "detail: it learned on a small machine, outlines and colours first; some are shapeless",
        ],
        training=f"StyleGAN2 {against}on {len(data.train):,} images; "
        f"{round(1000 * config.kimg):,} seen in all, {config.batch_size} at a time. "
        "The weights are a moving average.",
    )
