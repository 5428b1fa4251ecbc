"""Images from noise: StyleGAN2, trained on few images.

Karras et al. 2020a (StyleGAN2): a mapping network turns a latent into a style. The style scales the
convolutions of a synthesis network that starts from a learned constant (section 2.2, demodulation),
adds noise at every layer and sums the images of all resolutions (section 4.2, skip generator). A
residual discriminator judges them. Regularisation is lazy (section 3.1): the discriminator's
gradient (R1, Mescheder et al. 2018) and the generator's path lengths (section 3.2).
Karras et al. 2020b (ADA): what the discriminator sees is augmented at random, the more so the surer
it is of the real images.

Latents, noise and augmentation come with the batch, so the networks are functions of their inputs:
training resumes exactly and is the same on any devices, and a seed always gives the same image.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.datasets.images import ImageSet
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
from mediakit.training.adaptive_augmentation import DRAWS, augmented
from mediakit.training.gradient_penalties import path_lengths, squared_gradient
from mediakit.training.image_generation import (
    Data,
    ImageBatches,
    ImageValidator,
    epochs_and_steps,
    own_card,
    row_count,
    to_bytes,
    to_unit_range,
)
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update, require

TASK = "image_generation"
GROUP = 4  # images that the discriminator compares with each other
PARTS = ("mapping", "synthesis", "discriminator")


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
    channel_base: int = 2048  # channels at resolution r: channel_base / r,
    channel_max: int = 128  # but no more than these
    smoothing: str = "1331"  # taps of the resampling filter; "11" is coarser and faster

    batch_size: int = 32
    kimg: float = 400  # thousands of real images that are seen in all
    kimg_per_epoch: float = 20
    rate: float = 2.5e-3
    r1: float = 0.05  # weight of R1; 0.0002 * size ** 2 / batch_size is a good start (2020b)
    r1_every: int = 16  # steps
    path: float = 2.0  # weight of the path length penalty
    path_every: int = 16  # steps; 4 in the paper; on half of the batch
    style_mixing: float = 0.5  # probability that the finer layers have another style
    average_kimg: float = 10.0  # half-life of the moving average of the weights
    augmentation_target: float = 0.6  # mean sign of the logits of real images to aim for
    # Thousands of images in which augmentation can go from 0 to 1. With 100 it reached 0.4 in the
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
    classes, `[batch, classes]` to the discriminator's logits `[batch]` of the generated images.
    Its parts are the models `mapping`, `synthesis` and `discriminator`."""
    classes, channels = len(data.train.classes), data.train.pixels.shape[-1]
    mapping = build_mapping(config, classes)
    synthesis = build_synthesis(config, channels)
    discriminator = build_discriminator(config, channels, classes)
    latent = keras.Input((config.latent,), name="latent")
    noise = keras.Input((noise_count(config),), name="noise")
    label = [keras.Input((classes,), name="label")] if classes else []
    styles = ops.repeat(mapping([latent, *label])[:, None], style_count(config), axis=1)
    logits = discriminator([synthesis([styles, noise]), *label])
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
        dense = EqualizedDense(config.style, AFTER_RECTIFIER, config.mapping_rate, name=f"dense_{i}")
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
        {tensor.name: keras.Input(tensor.shape[1:], name=tensor.name) for tensor in network.inputs} for network in (mapping, synthesis)
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
    for variable in variables:
        if variable.path.endswith("_colours/kernel"):
            variable.assign(ops.zeros_like(variable))


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    classes = f" Classes: {', '.join(data.train.classes)}." if data.train.classes else ""
    return own_card(
        "style_gan",
        data,
        summary=f"Draws new images of {config.size} x {config.size} pixels in the manner of {data.origin.name}.{classes}",
        good_for=["images that resemble the training images at a glance; mixing and morphing them"],
        not_good_for=[
            "images of a thing that you name: it takes a class at most",
            "detail: it learned from few images, on a small machine; many samples are shapeless",
        ],
        training=f"StyleGAN2 with adaptive augmentation on {len(data.train):,} images; "
        f"{round(1000 * config.kimg):,} seen in all, {config.batch_size} at a time. "
        "The weights are a moving average.",
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: discriminator and generator in turn."""
    players, state = Players(config, data.train, model), State(config)
    losses = Losses(players, state)
    epochs, steps = epochs_and_steps(config.kimg, config.kimg_per_epoch, config.batch_size)
    batches = ImageBatches(data.train, config.batch_size, steps, players.draw, config.seed, GROUP)
    validator = ImageValidator(players.sample, data.train, config.distance_images, run / "samples", state.metrics)
    training = Phase(
        "training",
        epochs,
        steps,
        batches,
        losses.updates,
        validate=validator,
        average=0.5 ** (config.batch_size / (1000 * config.average_kimg)),
        state=state.variables,
        after_step=state.after_step,
    )
    return [training]


class State:
    """What training keeps besides the weights: images seen, the strength of augmentation, the mean
    path length."""

    def __init__(self, config: Config):
        self.config = config
        self.images_seen = keras.Variable(0, dtype="int32", trainable=False, name="images_seen")
        self.strength = keras.Variable(0.0, trainable=False, name="augmentation_strength")
        self.path_length = keras.Variable(0.0, trainable=False, name="mean_path_length")
        self.variables = (self.images_seen, self.strength, self.path_length)

    def after_step(self, metrics: dict[str, tf.Tensor]) -> None:
        """Update the state with a step's metrics (2020b, section 3.1)."""
        config = self.config
        self.images_seen.assign_add(config.batch_size)
        if config.augmentation_kimg:
            change = config.batch_size / (1000 * config.augmentation_kimg)
            change *= tf.sign(metrics["real_sign"] - config.augmentation_target)
            self.strength.assign(ops.clip(self.strength + change, 0.0, 0.8))
        if "path_length" in metrics:
            change = 0.01 * (metrics["path_length"] - self.path_length)
            self.path_length.assign(self.path_length + change)

    def metrics(self) -> dict[str, float]:
        """The part of the state that is logged."""
        return {
            "images_seen": float(ops.convert_to_numpy(self.images_seen)),
            "augmentation": float(ops.convert_to_numpy(self.strength)),
        }


class Players:
    """Generator and discriminator on a batch. Player 0 is the discriminator, 1 the generator; each
    has latents of its own."""

    def __init__(self, config: Config, data: ImageSet, model: keras.Model):
        self.config, self.data = config, data
        self.mapping, self.synthesis, self.discriminator = map(model.get_layer, PARTS)
        self._generate = tf.function(
            lambda *inputs: self.synthesis([self._styles_of(*inputs[:-1]), inputs[-1]]),
            autograph=False,
        )

    def draw(self, rng: np.random.Generator, step: int) -> dict[str, np.ndarray]:
        """The random numbers of a batch: two latents for each player and the layer where the second
        one takes over, noise, augmentations of three images (real, and generated for either
        player), a direction in image space, and which images are mirrored."""
        config, count, layer_count = self.config, self.config.batch_size, style_count(self.config)
        second = rng.integers(1, layer_count, (count, 2))
        crossover = np.where(rng.random((count, 2)) < config.style_mixing, second, layer_count)
        shape = (count, *self.data.pixels.shape[1:])
        penalised = config.path_every and step % config.path_every == 0
        direction = rng.standard_normal(shape, np.float32) if penalised else np.zeros(shape, np.float32)
        return {
            "latents": rng.standard_normal((count, 2, 2, config.latent), np.float32),
            "crossover": crossover.astype(np.int32),
            "noise": rng.standard_normal((count, noise_count(config)), np.float32),
            "augmentation": rng.random((count, 3, DRAWS), np.float32),
            "direction": direction,
            "mirrored": (rng.random(count) < 0.5 * config.mirror).astype(np.float32),
        }

    def real(self, batch):
        """The real images as the discriminator sees them before augmentation."""
        real = to_unit_range(batch["image"])
        if not self.config.mirror:
            return real
        return ops.where(batch["mirrored"][:, None, None, None] > 0, ops.flip(real, axis=2), real)

    def styles(self, batch, player: int):
        """Styles `[batch, style_count, style]`, mixed from a player's two latents."""
        label = self.label(batch)
        first, second = (self._styles_of(batch["latents"][:, player, i], *label) for i in range(2))
        layer = ops.arange(style_count(self.config))[None, :, None]
        return ops.where(layer < batch["crossover"][:, player, None, None], first, second)

    def label(self, batch) -> list[tf.Tensor]:
        """The classes as one-hot vectors, or nothing."""
        classes = len(self.data.classes)
        return [ops.one_hot(batch["label"], classes)] if classes else []

    def logits(self, images, batch):
        """The discriminator's logits `[batch]` of images."""
        return self.discriminator([images, *self.label(batch)], training=True)

    def _styles_of(self, latent, *label):
        return ops.repeat(self.mapping([latent, *label])[:, None], style_count(self.config), axis=1)

    def sample(self, seed: int, count: int) -> np.ndarray:
        """Images uint8 `[count, size, size, channels]`, with classes as frequent as in the data."""
        rng, parts = np.random.default_rng(seed), []
        for _ in range(0, count, 50):
            inputs = [rng.standard_normal((50, self.config.latent), np.float32)]
            if self.data.classes:
                one_hot = np.eye(len(self.data.classes), dtype=np.float32)
                inputs.append(one_hot[rng.choice(self.data.labels, 50)])
            inputs.append(rng.standard_normal((50, noise_count(self.config)), np.float32))
            parts.append(to_bytes(self._generate(*inputs)))
        return np.concatenate(parts)[:count]


class Losses:
    """The losses of both players and their penalties."""

    def __init__(self, players: Players, state: State):
        self.players, self.state, self.config = players, state, players.config

    def updates(self) -> list[Update]:
        """A loss for each player, and a penalty every few steps, weighted by how rarely it comes.

        Adam is slowed by the share of steps that a penalty adds (StyleGAN2, appendix B)."""
        config, players = self.config, self.players
        generator = players.mapping.trainable_variables + players.synthesis.trainable_variables

        def group(variables: Sequence[keras.Variable], every: int) -> Group:
            share = every / (every + 1) if every else 1.0
            adam = keras.optimizers.Adam(config.rate * share, 0.0, 0.99**share, 1e-8)
            return Group(variables, adam)

        against = [group(players.discriminator.trainable_variables, config.r1_every)]
        by = [group(generator, config.path_every)]
        updates = [
            Update("discriminator", self.discriminator, against),
            Update("r1", self.r1, against, every=config.r1_every),
            Update("loss", self.generator, by),
            Update("path", self.path, by, every=config.path_every),
        ]
        return [update for update in updates if update.every]

    def _augmented(self, images, batch, number: int):
        return augmented(images, batch["augmentation"][:, number], self.state.strength)

    def discriminator(self, batch) -> Loss:
        """The discriminator's logistic loss (Goodfellow et al. 2014)."""
        players = self.players
        generated = players.synthesis([players.styles(batch, 0), batch["noise"]])
        real = players.logits(self._augmented(players.real(batch), batch, 0), batch)
        generated = players.logits(self._augmented(generated, batch, 1), batch)
        count = row_count(real)
        losses = ops.softplus(-real) + ops.softplus(generated)
        return Loss(ops.sum(losses), count, {"real_sign": (ops.sum(ops.sign(real)), count)})

    def generator(self, batch) -> Loss:
        """The generator's non-saturating logistic loss."""
        players = self.players
        generated = players.synthesis([players.styles(batch, 1), batch["noise"]])
        logits = players.logits(self._augmented(generated, batch, 2), batch)
        return Loss(ops.sum(ops.softplus(-logits)), row_count(logits))

    def r1(self, batch) -> Loss:
        """Half the squared gradient of the logits of augmented real images (Mescheder et al. 2018,
        equation 9)."""
        real = self._augmented(self.players.real(batch), batch, 0)
        penalty = squared_gradient(lambda images: self.players.logits(images, batch), real)
        weight, count = self.config.r1 / 2 * self.config.r1_every, row_count(penalty)
        return Loss(weight * ops.sum(penalty), count, {"r1_penalty": (ops.sum(penalty), count)})

    def path(self, batch) -> Loss:
        """The squared deviation of path lengths from their mean before this step (StyleGAN2,
        section 3.2), on half of the batch."""
        batch = {name: part[: (ops.shape(part)[0] + 1) // 2] for name, part in batch.items()}
        lengths = path_lengths(
            lambda styles: self.players.synthesis([styles, batch["noise"]]),
            self.players.styles(batch, 1),
            batch["direction"],
        )
        penalty = ops.square(lengths - self.state.path_length)
        weight, count = self.config.path * self.config.path_every, row_count(lengths)
        return Loss(weight * ops.sum(penalty), count, {"path_length": (ops.sum(lengths), count)})
