"""Images from noise, the simplest way: a DCGAN or the first GAN, trained in minutes.

Both play the game of Goodfellow et al. 2014: the discriminator maximises
log D(x) + log(1 - D(G(z))), the generator minimises it or, which gives it more to learn from,
maximises log D(G(z)) (section 3). At the equilibrium D is 1/2 everywhere, and the value of the
game is -log 4 (section 4.1). Training logs both.

DCGAN (Radford et al. 2015): the generator upsamples a 4 x 4 feature map by transposed convolutions
with batch normalisation; the discriminator is its mirror image (section 3). The first GAN has
dense layers only. Both are baselines of `recipes/style_gan.py`, which reads the same data and is
validated alike.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.training import image_generation
from mediakit.training.image_generation import (
    Data,
    ImageBatches,
    ImageValidator,
    epochs_and_steps,
    outlook,
    own_card,
    row_count,
    to_bytes,
    to_unit_range,
)
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update, require

TASK = "image_generation"
NETWORKS = ("convolutional", "dense")
LOSSES = ("non_saturating", "minimax")


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    network: str = "convolutional"  # or dense: the first GAN
    size: int = 64  # pixels, a power of two; 32 for Fashion-MNIST
    channels: int | None = None  # 1 grey, 3 RGB, 4 RGB and alpha; none: what the images have
    latent: int = 100  # DCGAN's section 4, as are kernel to deviation
    channel_base: int = 2048  # channels at resolution r: channel_base / r; twice that in the paper
    dense_units: int = 1024  # in each of the two hidden layers of dense networks; 1200 in the paper
    kernel: int = 5
    batch_size: int = 128
    rate: float = 2e-4
    momentum: float = 0.5  # Adam's beta 1
    deviation: float = 0.02  # of the initial weights
    loss: str = "non_saturating"  # or minimax: one value for both players
    kimg: float = 400  # thousands of real images that are seen in all
    kimg_per_epoch: float = 20
    distance_images: int = 2000  # for the Fréchet distance after each epoch; 0: none
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


def read(config: Config, folder: Path) -> Data:
    """The training images of a folder in any layout of `mediakit.datasets.images`; no classes."""
    for name, known in (("network", NETWORKS), ("loss", LOSSES)):
        chosen = getattr(config, name)
        require(chosen in known, f"no {name} {chosen!r}; known: {', '.join(known)}")
    return image_generation.read(folder, config.size, config.channels, labels=False)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """The whole game: latents `[batch, latent]` to the discriminator's logits `[batch]` of the
    generator's images; above 0 is real. Its parts are the models `generator` and
    `discriminator`."""
    channels = data.train.pixels.shape[-1]
    latent = keras.Input((config.latent,), name="latent")
    dense = config.network == "dense"
    generator = (dense_generator if dense else build_generator)(config, channels)
    discriminator = (dense_discriminator if dense else build_discriminator)(config, channels)
    return keras.Model(latent, discriminator(generator(latent)), name="gan")


def dense_generator(config: Config, channels: int) -> keras.Model:
    """Latents `[batch, latent]` to images `[batch, size, size, channels]` in -1..1."""
    latent = keras.Input((config.latent,), name="latent")
    x = latent
    for i in range(2):
        x = layers.Dense(config.dense_units, "relu", name=f"dense_{i}")(x)
    shape = (config.size, config.size, channels)
    x = layers.Dense(math.prod(shape), "tanh", name="pixels")(x)
    return keras.Model(latent, layers.Reshape(shape, name="picture")(x), name="generator")


def dense_discriminator(config: Config, channels: int) -> keras.Model:
    """Images `[batch, size, size, channels]` to logits `[batch]`."""
    picture = keras.Input((config.size, config.size, channels), name="picture")
    x = layers.Flatten(name="flatten")(picture)
    for i in range(2):
        x = layers.LeakyReLU(0.2)(layers.Dense(config.dense_units, name=f"dense_{i}")(x))
    return keras.Model(picture, layers.Dense(1, name="logits")(x)[:, 0], name="discriminator")


def _sizes(config: Config) -> list[int]:
    return [2**i for i in range(2, int(math.log2(config.size)))]


def _normal(config: Config) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=config.deviation)


def build_generator(config: Config, channels: int) -> keras.Model:
    """Latents `[batch, latent]` to images `[batch, size, size, channels]` in -1..1."""
    latent = keras.Input((config.latent,), name="latent")
    width = config.channel_base // 4
    x = layers.Dense(16 * width, use_bias=False, kernel_initializer=_normal(config), name="dense")(
        latent
    )
    x = layers.ReLU(name="4")(_normalised(layers.Reshape((4, 4, width), name="reshape")(x), "4"))
    for size in _sizes(config)[1:]:
        x = layers.Conv2DTranspose(
            config.channel_base // size,
            config.kernel,
            2,
            "same",
            use_bias=False,
            kernel_initializer=_normal(config),
            name=f"{size}_up",
        )(x)
        x = layers.ReLU(name=f"{size}")(_normalised(x, f"{size}"))
    picture = layers.Conv2DTranspose(
        channels,
        config.kernel,
        2,
        "same",
        activation="tanh",
        kernel_initializer=_normal(config),
        name="picture",
    )(x)
    return keras.Model(latent, picture, name="generator")


def build_discriminator(config: Config, channels: int) -> keras.Model:
    """Images `[batch, size, size, channels]` to logits `[batch]`."""
    picture = keras.Input((config.size, config.size, channels), name="picture")
    x = picture
    for size in reversed(_sizes(config)):
        x = layers.Conv2D(
            config.channel_base // size,
            config.kernel,
            2,
            "same",
            kernel_initializer=_normal(config),
            name=f"{size}_down",
        )(x)
        if size != config.size // 2:  # not the first layer (section 3)
            x = _normalised(x, f"{size}")
        x = layers.LeakyReLU(0.2, name=f"{size}")(x)
    logits = layers.Dense(1, kernel_initializer=_normal(config), name="logits")(
        layers.Flatten(name="flatten")(x)
    )
    return keras.Model(picture, logits[:, 0], name="discriminator")


def _normalised(x, name: str):
    """Batch normalisation with statistics of all replicas together, where there can be several."""
    synchronized = keras.backend.backend() == "tensorflow"
    return layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, synchronized=synchronized, name=f"{name}_normalised"
    )(x)


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """A latent to an image."""
    latent = keras.Input((config.latent,), name="latent")
    generator = keras.Model({"latent": latent}, {"picture": model.get_layer("generator")(latent)})
    return {"generator": Export(generator, 1, "float16", 0.02)}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The images' shape of a model folder, without images."""
    [picture] = folder.manifest["networks"]["generator"]["outputs"]
    return image_generation.without_images(folder, picture["shape"][1:])


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    kind = "GAN of dense layers" if config.network == "dense" else "DCGAN"
    return own_card(
        "gan" if config.network == "dense" else "dcgan",
        data,
        summary=f"Draws new images of {config.size} x {config.size} pixels "
        f"in the manner of {data.origin.name}.",
        good_for=["a baseline: what StyleGAN is measured against"],
        not_good_for=["images that anybody should look at for long"],
        training=f"{kind}, {config.loss.replace('_', '-')} loss, on {len(data.train):,} images; "
        f"{round(1000 * config.kimg):,} seen in all, {config.batch_size} at a time.",
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: discriminator and generator in turn."""
    generator, discriminator = map(model.get_layer, ("generator", "discriminator"))
    epochs, steps = epochs_and_steps(config.kimg, config.kimg_per_epoch, config.batch_size)
    seen = keras.Variable(0, dtype="int32", trainable=False, name="images_seen")

    def draw(rng: np.random.Generator, step: int) -> dict[str, np.ndarray]:
        return {"latents": rng.standard_normal((config.batch_size, 2, config.latent), np.float32)}

    def generated_logits(batch, player: int):
        return discriminator(generator(batch["latents"][:, player], training=True), training=True)

    def discriminator_loss(batch) -> Loss:
        real = discriminator(to_unit_range(batch["image"]), training=True)
        generated, count = generated_logits(batch, 0), row_count(real)
        probabilities = {
            "real_probability": (ops.sum(ops.sigmoid(real)), count),  # D(x)
            "generated_probability": (ops.sum(ops.sigmoid(generated)), count),  # D(G(z))
        }
        losses = ops.softplus(-real) + ops.softplus(generated)  # minus the value of the game
        return Loss(ops.sum(losses), count, probabilities)

    def generator_loss(batch) -> Loss:
        logits = generated_logits(batch, 1)
        losses = ops.softplus(-logits) if config.loss == "non_saturating" else -ops.softplus(logits)
        return Loss(ops.sum(losses), row_count(logits))

    def updates() -> list[Update]:
        def update(name: str, loss, network: keras.Model) -> Update:
            adam = keras.optimizers.Adam(config.rate, config.momentum)
            return Update(name, loss, [Group(network.trainable_variables, adam)])

        return [
            update("discriminator", discriminator_loss, discriminator),
            update("loss", generator_loss, generator),
        ]

    infer = tf.function(lambda latents: generator(latents, training=False), autograph=False)

    def generate(seed: int, count: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        latents = rng.standard_normal((-(-count // 50), 50, config.latent), np.float32)
        return np.concatenate([to_bytes(infer(part)) for part in latents])[:count]

    def state() -> dict[str, float]:
        return {"images_seen": float(ops.convert_to_numpy(seen))}

    def count_images(metrics: dict[str, tf.Tensor]) -> None:
        seen.assign_add(config.batch_size)

    return [
        Phase(
            "training",
            epochs,
            steps,
            ImageBatches(data.train, config.batch_size, steps, draw, config.seed),
            updates,
            validate=ImageValidator(
                generate, data.train, config.distance_images, run / "samples", state
            ),
            state=(seen,),
            after_step=count_images,
            outlook=outlook(data.train, config.batch_size, steps, run / "samples"),
        )
    ]
