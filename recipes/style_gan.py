"""Pictures out of nothing: StyleGAN2, trained on few pictures.

Karras et al. 2020a (StyleGAN2): a mapping network turns a latent into a style; the style scales the convolutions of a
synthesis network that begins with a constant (section 2.2, demodulation), adds noise at every layer, and adds up the pictures
of all resolutions (section 4.2, skip generator); a residual discriminator looks at its pictures. Lazy regularisation (section
3.1) of the discriminator's gradient (R1, Mescheder et al. 2018) and of the generator's path lengths (section 3.2).
Karras et al. 2020b (ADA): what the discriminator sees is changed at random, more so the surer it is of the real pictures.

Random numbers come with the batch, as do noise and augmentation: the networks are functions of what they are given, so that
training resumes exactly, runs the same on any devices, and a seed always gives the same picture.
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
from mediakit.training.image_generation import (
    Data,
    ImageBatches,
    ImageValidator,
    batch_size,
    epochs_and_steps,
    to_bytes,
    to_unit_range,
)
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update, require

TASK = "image_generation"
GROUP = 4  # pictures that the discriminator compares with each other
PARTS = ("mapping", "synthesis", "discriminator")


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    size: int = 64  # pixels, a power of two
    channels: int | None = None  # 1 grey, 3 RGB, 4 RGB and alpha; none: what the pictures have
    labels: bool = True  # whether classes, if the pictures have some, are given to both networks
    mirror: bool = False  # whether a picture's mirror image is as good

    latent: int = 128
    style: int = 128
    mapping_layers: int = 2  # 8 in the paper; 2 do for small pictures (Karras et al. 2020b, appendix C)
    mapping_rate: float = 0.01  # factor of the learning rate
    channel_base: int = 2048  # a layer at resolution r has channel_base / r channels,
    channel_max: int = 128  # but no more than these
    smoothing: str = "1331"  # taps of the filter when the resolution changes; "11" is coarser and quicker

    pictures_per_batch: int = 32
    thousands: float = 400  # real pictures that are seen in all
    thousands_per_epoch: float = 20
    rate: float = 2.5e-3
    r1: float = 0.05  # weight of the discriminator's gradient penalty; 0.0002 * size ** 2 / batch is a good start (Karras et al. 2020b)
    r1_every: int = 16  # steps
    path: float = 2.0  # weight of the path lengths' penalty
    path_every: int = 16  # steps; 4 in the paper; on half of the batch
    style_mixing: float = 0.5  # probability that the finer layers have another style
    average_thousands: float = 10.0  # pictures after which the moving average of the weights has forgotten half
    augmentation_target: float = 0.6  # mean sign of the discriminator's opinion of real pictures; above it augmentation grows
    # Pictures in which its strength can go from 0 to 1. With 100 it went to 0.4 in the first 100,000, where the discriminator is sure
    # because the generator is poor yet; its pictures then had the changes' colours.
    augmentation_thousands: float = 500.0
    distance_pictures: int = 2000  # for the Fréchet distance after each epoch; 0: none
    seed: int = 1


# --- data -------------------------------------------------------------------------------------------------------------


def read(config: Config, folder: Path) -> Data:
    """The training pictures of a folder in any layout that `mediakit.datasets.images` reads."""
    require(config.pictures_per_batch % GROUP == 0, f"pictures_per_batch is {config.pictures_per_batch}; it must be divisible by {GROUP}")
    return image_generation.read(folder, config.size, config.channels, config.labels)


# --- model ------------------------------------------------------------------------------------------------------------


def resolutions(config: Config) -> list[int]:
    """4, 8, …, the pictures' size."""
    return [2**i for i in range(2, int(math.log2(config.size)) + 1)]


def style_count(config: Config) -> int:
    """Styles that one picture takes: one a convolution, and one for the last layer of colours."""
    return 2 * len(resolutions(config))


def noise_count(config: Config) -> int:
    """Noise that one picture takes: a number for every pixel of every convolution."""
    return 16 + sum(2 * size**2 for size in resolutions(config)[1:])


def _width(config: Config, size: int) -> int:
    return max(1, min(config.channel_base // size, config.channel_max))


def _smoothing(config: Config) -> tuple[int, ...]:
    return tuple(int(tap) for tap in config.smoothing)


def build(config: Config, data: Data) -> keras.Model:
    """The whole game: latents `[batch, latent]`, noise `[batch, noise_count]` and, if there are classes, `[batch, classes]` to
    the discriminator's opinion `[batch]` of the generator's pictures. Its parts are the models `mapping`, `synthesis` and
    `discriminator`."""
    classes, channels = len(data.train.classes), data.train.pixels.shape[-1]
    mapping = build_mapping(config, classes)
    synthesis = build_synthesis(config, channels)
    discriminator = build_discriminator(config, channels, classes)
    latent, noise = keras.Input((config.latent,), name="latent"), keras.Input((noise_count(config),), name="noise")
    label = [keras.Input((classes,), name="label")] if classes else []
    style = mapping([latent, *label])
    styles = ops.repeat(style[:, None], style_count(config), axis=1)
    opinion = discriminator([synthesis([styles, noise]), *label])
    return keras.Model([latent, noise, *label], opinion, name="style_gan")


def build_mapping(config: Config, classes: int) -> keras.Model:
    """Latents `[batch, latent]` (and classes `[batch, classes]`, 1 for the right one) to styles `[batch, style]`."""
    latent = keras.Input((config.latent,), name="latent")
    inputs, x = [latent], unit_length(latent)
    if classes:
        label = keras.Input((classes,), name="label")
        inputs.append(label)
        x = ops.concatenate([x, unit_length(EqualizedDense(config.latent, name="label_embedding")(label))], axis=-1)
    for i in range(config.mapping_layers):
        x = rectified(EqualizedDense(config.style, AFTER_RECTIFIER, config.mapping_rate, name=f"dense_{i}")(x))
    return keras.Model(inputs, x, name="mapping")


def build_synthesis(config: Config, channels: int) -> keras.Model:
    """Styles `[batch, style_count, style]` and noise `[batch, noise_count]` to pictures `[batch, size, size, channels]` in about
    -1..1."""
    styles = keras.Input((style_count(config), config.style), name="styles")
    noise = keras.Input((noise_count(config),), name="noise")
    used = {"styles": 0, "noise": 0}

    def convolution(x, size: int, double: bool, name: str):
        filters, smoothing = _width(config, size), _smoothing(config)
        style = styles[:, used["styles"]]
        part = ops.reshape(noise[:, used["noise"] : used["noise"] + size**2], (-1, size, size, 1))
        used["styles"] += 1
        used["noise"] += size**2
        x = ModulatedConv(filters, 3, AFTER_RECTIFIER, double=double, smoothing=smoothing, name=f"{name}_conv")(x, style)
        return rectified(NoisyBias(AFTER_RECTIFIER, name=f"{name}_noise")(x, part))

    def colours(x, name: str):
        # Shares its style with the next convolution.
        return ModulatedConv(channels, 1, demodulate=False, use_bias=True, name=name)(x, styles[:, used["styles"]])

    x = LearnedConstant(4, _width(config, 4), name="constant")(styles[:, 0])
    x = convolution(x, 4, False, "4")
    picture = colours(x, "4_colours")
    for size in resolutions(config)[1:]:
        x = convolution(x, size, True, f"{size}_up")
        x = convolution(x, size, False, f"{size}")
        # Bilinear: the filter 1 3 3 1 again.
        picture = ops.image.resize(picture, (size, size), "bilinear") + colours(x, f"{size}_colours")
    return keras.Model([styles, noise], picture, name="synthesis")


def build_discriminator(config: Config, channels: int, classes: int) -> keras.Model:
    """Pictures `[batch, size, size, channels]` (and classes) to an opinion `[batch]`: above 0, real.

    With classes it is a projection on the class's embedding (Miyato and Koyama 2018).
    """
    picture = keras.Input((config.size, config.size, channels), name="picture")
    inputs, smoothing = [picture], _smoothing(config)
    x = rectified(EqualizedConv(_width(config, config.size), 1, AFTER_RECTIFIER, name="colours")(picture))
    for size in reversed(resolutions(config)[1:]):
        skip = EqualizedConv(
            _width(config, size // 2), 1, math.sqrt(0.5), halve=True, use_bias=False, smoothing=smoothing, name=f"{size}_skip"
        )(x)
        x = rectified(EqualizedConv(_width(config, size), 3, AFTER_RECTIFIER, name=f"{size}")(x))
        # A rectifier's gain and the residual's sqrt(1/2) cancel out.
        x = rectified(EqualizedConv(_width(config, size // 2), 3, 1.0, halve=True, smoothing=smoothing, name=f"{size}_down")(x)) + skip
    x = MinibatchDeviation(GROUP, name="deviation")(x)
    x = rectified(EqualizedConv(_width(config, 4), 3, AFTER_RECTIFIER, name="4")(x))
    x = rectified(EqualizedDense(_width(config, 4), AFTER_RECTIFIER, name="dense")(layers.Flatten(name="flatten")(x)))
    if not classes:
        return keras.Model(inputs, EqualizedDense(1, name="opinion")(x)[:, 0], name="discriminator")
    label = keras.Input((classes,), name="label")
    inputs.append(label)
    wanted = unit_length(EqualizedDense(config.style, name="label_embedding")(label))
    opinion = ops.sum(EqualizedDense(config.style, name="opinion")(x) * wanted, axis=-1) / math.sqrt(config.style)
    return keras.Model(inputs, opinion, name="discriminator")


# --- what ships -------------------------------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Latent (and class) to style, measured from the mean style; styles and noise to a picture.

    As styles are measured from their mean, 0 is the mean picture, and truncation (Karras et al. 2019, section B) a factor.
    """
    mapping, synthesis = model.get_layer("mapping"), model.get_layer("synthesis")
    mean = mean_style(mapping)
    inputs = {tensor.name: keras.Input(tensor.shape[1:], name=tensor.name) for tensor in mapping.inputs}
    style = mapping([inputs[tensor.name] for tensor in mapping.inputs]) - mean
    given = {tensor.name: keras.Input(tensor.shape[1:], name=tensor.name) for tensor in synthesis.inputs}
    picture = synthesis([given["styles"] + mean, given["noise"]])
    return {
        "mapping": Export(keras.Model(inputs, {"style": style}), 1, "float16", tolerance=0.01),
        "synthesis": Export(keras.Model(given, {"picture": picture}), 1, "float16", tolerance=0.02),
    }


def mean_style(mapping: keras.Model, count: int = 4096) -> np.ndarray:
    """The mean `[style]` over latents, and classes if there are any, drawn evenly."""
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((count, mapping.inputs[0].shape[-1]), np.float32)]
    if len(mapping.inputs) > 1:
        inputs.append(np.eye(mapping.inputs[1].shape[-1], dtype=np.float32)[np.arange(count) % mapping.inputs[1].shape[-1]])
    return np.mean(ops.convert_to_numpy(mapping(inputs)), axis=0)


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The names of the classes, if there are any."""
    names = "".join(f"{name}\n" for name in data.train.classes)
    return {"classes.txt": lambda path: path.write_text(names, encoding="utf-8")} if names else {}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The classes of a model folder, without images."""
    [picture] = folder.manifest["networks"]["synthesis"]["outputs"]
    names = folder.file("classes").read_text(encoding="utf-8").splitlines() if folder.manifest["files"] else []
    return image_generation.without_images(folder, picture["shape"][1:], names)


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of both networks' class embeddings."""
    return {"label_embedding/kernel": (data.train.classes, None)}


def initialize_rest(variables: Sequence[keras.Variable]) -> None:
    """Zeros for colours of larger images than the warm start's: the first images are the smaller ones, enlarged (progressive growing,
    Karras et al. 2018, in one step)."""
    for variable in variables:
        if variable.path.endswith("_colours/kernel"):
            variable.assign(ops.zeros_like(variable))


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    count = len(data.train)
    told = f" Classes: {', '.join(data.train.classes)}." if data.train.classes else ""
    return Card(
        name=f"style_gan/{data.name}",
        summary=f"Draws new pictures of {config.size} x {config.size} pixels in the manner of {data.origin.name}.{told}",
        good_for=["pictures that look like those it learned from at a glance; mixing and morphing them"],
        not_good_for=[
            "pictures of a thing that one names: it takes a class at most",
            "detail: it learned from few pictures, on a small machine; many samples are no more than blots",
        ],
        training=f"StyleGAN2 with adaptive augmentation on {count:,} pictures; {round(1000 * config.thousands):,} seen in all, "
        f"{config.pictures_per_batch} at a time. The weights are a moving average.",
        headline="frechet_distance",
        license=f"the weights were learned from {data.origin.name} (licence: {data.origin.license})",
        data=[{"name": data.origin.name, "license": data.origin.license, "note": data.origin.note or f"{count:,} pictures"}],
    )


# --- training ---------------------------------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: discriminator and generator in turn."""
    game = Game(config, data.train, model)
    epochs, steps = epochs_and_steps(config.thousands, config.thousands_per_epoch, config.pictures_per_batch)
    return [
        Phase(
            "training",
            epochs,
            steps,
            ImageBatches(data.train, config.pictures_per_batch, steps, game.draw, config.seed, GROUP),
            game.updates,
            validate=ImageValidator(game.generate, data.train, config.distance_pictures, run / "samples", game.metrics),
            average=0.5 ** (config.pictures_per_batch / (1000 * config.average_thousands)),
            state=game.state,
            after_step=game.after_step,
        )
    ]


class Game:
    """The two players' losses, and what they keep: images seen, the strength of augmentation, the mean length of paths."""

    def __init__(self, config: Config, data: ImageSet, model: keras.Model):
        self.config, self.data = config, data
        self.mapping, self.synthesis, self.discriminator = map(model.get_layer, PARTS)
        self.seen = keras.Variable(0, dtype="int32", trainable=False, name="images_seen")
        self.strength = keras.Variable(0.0, trainable=False, name="augmentation_strength")
        self.path_length = keras.Variable(0.0, trainable=False, name="mean_path_length")
        self.state = (self.seen, self.strength, self.path_length)
        self._drawn = tf.function(lambda *inputs: self.synthesis([self._one_style(*inputs[:-1]), inputs[-1]]), autograph=False)

    def draw(self, rng: np.random.Generator, step: int) -> dict[str, np.ndarray]:
        """Random numbers of a batch: two latents for each player's picture and where the second one's layers begin, noise,
        changes of three pictures (real, the generator's for either player), and a direction in picture space."""
        config, count, layer_count = self.config, self.config.pictures_per_batch, style_count(self.config)
        crossover = np.where(rng.random((count, 2)) < config.style_mixing, rng.integers(1, layer_count, (count, 2)), layer_count)
        shape = (count, config.size, config.size, self.data.pixels.shape[-1])
        wanted = config.path_every and step % config.path_every == 0
        return {
            "latents": rng.standard_normal((count, 2, 2, config.latent), np.float32),
            "crossover": crossover.astype(np.int32),
            "noise": rng.standard_normal((count, noise_count(config)), np.float32),
            "changes": rng.random((count, 3, DRAWS), np.float32),
            "direction": rng.standard_normal(shape, np.float32) if wanted else np.zeros(shape, np.float32),
            "mirrored": (rng.random(count) < 0.5 * config.mirror).astype(np.float32),
        }

    def updates(self) -> list[Update]:
        """Each player's loss, and each one's penalty now and then, weighed as often as it is left out.

        Adam is slowed down by what the penalties' moves add (StyleGAN2, appendix B)."""
        config = self.config
        players = []
        for network, every in ((self.discriminator, config.r1_every), ((self.mapping, self.synthesis), config.path_every)):
            variables = [v for part in (network if isinstance(network, tuple) else (network,)) for v in part.trainable_variables]
            share = every / (every + 1) if every else 1.0
            players.append(Group(variables, keras.optimizers.Adam(config.rate * share, 0.0, 0.99**share, 1e-8)))
        discriminator, generator = players
        updates = [
            Update("discriminator", self.discriminator_loss, [discriminator]),
            Update("r1", self.r1_loss, [discriminator], every=config.r1_every),
            Update("loss", self.generator_loss, [generator]),
            Update("path", self.path_loss, [generator], every=config.path_every),
        ]
        return [update for update in updates if update.every]

    def after_step(self, metrics: dict[str, tf.Tensor]) -> None:
        """Count, and bring the strength of augmentation and the mean length of paths up to date."""
        config = self.config
        self.seen.assign_add(config.pictures_per_batch)
        if config.augmentation_thousands:
            by = (
                tf.sign(metrics["real_sign"] - config.augmentation_target)
                * config.pictures_per_batch
                / (1000 * config.augmentation_thousands)
            )
            self.strength.assign(ops.clip(self.strength + by, 0.0, 0.8))
        if "path_length" in metrics:
            self.path_length.assign(self.path_length + 0.01 * (metrics["path_length"] - self.path_length))

    # A generated picture, seen by either player: 0 is the discriminator, 1 the generator.

    def _label(self, batch) -> list[tf.Tensor]:
        return [ops.one_hot(batch["label"], len(self.data.classes))] if self.data.classes else []

    def _one_style(self, latent, *label):
        return ops.repeat(self.mapping([latent, *label])[:, None], style_count(self.config), axis=1)

    def _styles(self, batch, player: int):
        label = self._label(batch)
        first, second = (self._one_style(batch["latents"][:, player, i], *label) for i in range(2))
        layer = ops.arange(style_count(self.config))[None, :, None]
        return ops.where(layer < batch["crossover"][:, player, None, None], first, second)

    def _opinion(self, pictures, batch, changes: int):
        return self.discriminator([augmented(pictures, batch["changes"][:, changes], self.strength), *self._label(batch)], training=True)

    def _real(self, batch):
        real = to_unit_range(batch["image"])
        return ops.where(batch["mirrored"][:, None, None, None] > 0, ops.flip(real, axis=2), real) if self.config.mirror else real

    def discriminator_loss(self, batch) -> Loss:
        """Non-saturating logistic loss (Goodfellow et al. 2014) of the discriminator."""
        generated = self.synthesis([self._styles(batch, 0), batch["noise"]])
        real, generated = self._opinion(self._real(batch), batch, 0), self._opinion(generated, batch, 1)
        count = batch_size(real)
        return Loss(ops.sum(ops.softplus(-real) + ops.softplus(generated)), count, {"real_sign": (ops.sum(ops.sign(real)), count)})

    def generator_loss(self, batch) -> Loss:
        """The same of the generator."""
        opinion = self._opinion(self.synthesis([self._styles(batch, 1), batch["noise"]]), batch, 2)
        return Loss(ops.sum(ops.softplus(-opinion)), batch_size(opinion))

    def r1_loss(self, batch) -> Loss:
        """Half the squared gradient of the opinion of real pictures (Mescheder et al. 2018, equation 9), as they are shown."""
        shown = augmented(self._real(batch), batch["changes"][:, 0], self.strength)
        penalty = squared_gradient(lambda pictures: self.discriminator([pictures, *self._label(batch)], training=True), shown)
        weight = self.config.r1 / 2 * self.config.r1_every
        return Loss(weight * ops.sum(penalty), batch_size(penalty), {"r1_penalty": (ops.sum(penalty), batch_size(penalty))})

    def path_loss(self, batch) -> Loss:
        """How much the lengths of paths differ from their mean (StyleGAN2, section 3.2), on half of the batch.

        The mean is that before this step."""
        batch = {name: part[: (ops.shape(part)[0] + 1) // 2] for name, part in batch.items()}
        lengths = path_lengths(lambda styles: self.synthesis([styles, batch["noise"]]), self._styles(batch, 1), batch["direction"])
        penalty = ops.square(lengths - self.path_length)
        weight = self.config.path * self.config.path_every
        return Loss(weight * ops.sum(penalty), batch_size(lengths), {"path_length": (ops.sum(lengths), batch_size(lengths))})

    def generate(self, seed: int, count: int) -> np.ndarray:
        """Pictures uint8 `[count, size, size, channels]`, of classes as the data has them."""
        rng = np.random.default_rng(seed)
        parts = []
        for _ in range(0, count, 50):
            inputs = [rng.standard_normal((50, self.config.latent), np.float32)]
            if self.data.classes:
                inputs.append(np.eye(len(self.data.classes), dtype=np.float32)[rng.choice(self.data.labels, 50)])
            parts.append(to_bytes(self._drawn(*inputs, rng.standard_normal((50, noise_count(self.config)), np.float32))))
        return np.concatenate(parts)[:count]

    def metrics(self) -> dict[str, float]:
        """The state that is logged."""
        state = {"images_seen": self.seen, "augmentation": self.strength}
        return {name: float(ops.convert_to_numpy(variable)) for name, variable in state.items()}


def squared_gradient(function: Callable, x):
    """`[batch]`: the squared norm of the gradient of `function(x)` `[batch]` with respect to each of `x`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = ops.sum(function(x))
    gradient = tape.gradient(value, x)
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(x.shape))))


def path_lengths(function: Callable, styles, direction):
    """`[batch]`: how far `function(styles)`, pictures, moves along `direction` for a step of each layer's style: the root of the
    mean over layers of the gradient's squared norm. A picture's direction is `[size, size, channels]`, a unit normal."""
    with tf.GradientTape() as tape:
        tape.watch(styles)
        pictures = function(styles)
        along = ops.sum(pictures * direction) / math.sqrt(pictures.shape[1] * pictures.shape[2])
    gradient = tape.gradient(along, styles)
    return ops.sqrt(ops.mean(ops.sum(ops.square(gradient), axis=2), axis=1) + 1e-12)
