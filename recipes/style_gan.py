"""Images from noise: StyleGAN2, trained on few images.

Karras et al. 2020a (StyleGAN2): the networks are in style_gan_model.py. Regularisation is lazy
(section 3.1): the discriminator's gradient (R1, Mescheder et al. 2018) and, if it is asked for, the
generator's path lengths (section 3.2).
Sauer et al. 2021: a projected discriminator judges too. StyleGAN2's own stays beside it, as in the
ensembles of Kumari et al. 2022: alone, the projected one does not mind blurred edges and drifting
colours.
What both see is augmented at random: always (Zhao et al. 2020, DiffAugment), or the more so the
surer the discriminator is of the real images (Karras et al. 2020b, ADA).

Latents, noise and augmentation come with the batch: training resumes exactly and is the same on any
devices, and a seed always gives the same image.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from mediakit.datasets.images import ImageSet
from mediakit.recipes.style_gan_model import (
    GROUP,
    Config,
    axis_names,
    build,
    card,
    files,
    initialize_rest,
    networks,
    noise_count,
    read,
    read_files,
    style_count,
)
from mediakit.training import adaptive_augmentation, differentiable_augmentation
from mediakit.training.gradient_penalties import path_lengths, squared_gradient
from mediakit.training.image_generation import (
    Data,
    ImageBatches,
    ImageValidator,
    epochs_and_steps,
    outlook,
    row_count,
    to_bytes,
    to_unit_range,
)
from mediakit.training.recipe import Group, Loss, Phase, Update

__all__ = [
    "Config",
    "axis_names",
    "build",
    "card",
    "files",
    "initialize_rest",
    "networks",
    "phases",
    "read",
    "read_files",
]

TASK = "image_generation"
PARTS = ("mapping", "synthesis", "discriminator")


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """Discriminator and generator in turn: with the residual one alone, then with both."""
    alone = min(config.alone_kimg, config.kimg) if config.projected_size else config.kimg
    players, found = Players(config, data.train, model), []
    for name, first, last in (("residual", 0, alone), ("projected", alone, config.kimg)):
        if last <= first:
            continue
        size, seed = config.batch_size, config.seed + round(1000 * first)
        state = State(config, round(1000 * first))
        epochs, steps = epochs_and_steps(last - first, config.kimg_per_epoch, size)
        training = Phase(
            name,
            epochs,
            steps,
            ImageBatches(data.train, size, steps, players.draw, seed, GROUP),
            Losses(players, state, name == "projected").updates,
            validate=ImageValidator(
                players.sample, data.train, config.distance_images, run / "samples", state.metrics
            ),
            average=0.5 ** (size / (1000 * config.average_kimg)),
            state=state.variables,
            after_step=state.after_step,
            outlook=outlook(data.train, size, steps, run / "samples"),
        )
        found.append(training)
    return found


class State:
    """What training keeps besides the weights: images seen, the strength of augmentation, the mean
    path length."""

    def __init__(self, config: Config, images_seen: int = 0):
        self.config = config
        seen = {"dtype": "int32", "trainable": False, "name": "images_seen"}
        self.images_seen = keras.Variable(images_seen, **seen)
        self.strength = keras.Variable(0.0, trainable=False, name="augmentation_strength")
        self.path_length = keras.Variable(0.0, trainable=False, name="mean_path_length")
        self.variables = (self.images_seen, self.strength, self.path_length)

    def after_step(self, metrics: dict[str, tf.Tensor]) -> None:
        """Update the state with a step's metrics (2020b, section 3.1)."""
        config = self.config
        self.images_seen.assign_add(config.batch_size)
        if config.augmentation == "adaptive":
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
        self.projected = model.get_layer("projected") if config.projected_size else None
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
        direction = (
            rng.standard_normal(shape, np.float32) if penalised else np.zeros(shape, np.float32)
        )
        return {
            "latents": rng.standard_normal((count, 2, 2, config.latent), np.float32),
            "crossover": crossover.astype(np.int32),
            "noise": rng.standard_normal((count, noise_count(config)), np.float32),
            "augmentation": rng.random((count, 3, adaptive_augmentation.DRAWS), np.float32),
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
        """The residual discriminator's logits `[batch]` of images."""
        return self.discriminator([images, *self.label(batch)], training=True)

    def projected_logits(self, real, generated, batch):
        """The projected discriminator's logits `[batch, places]` of both."""
        return self.projected([real, generated, *self.label(batch)], training=True)

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
    """The losses of both players and their penalties; with both discriminators if `projected`."""

    def __init__(self, players: Players, state: State, projected: bool):
        self.players, self.state, self.config = players, state, players.config
        self.projected = projected

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
        projected = players.projected.trainable_variables if self.projected else []
        both = [*against, *([group(projected, 0)] if projected else [])]
        by = [group(generator, config.path_every)]
        updates = [
            Update("discriminator", self.discriminator, both),
            Update("r1", self.r1, against, every=config.r1_every),
            Update("loss", self.generator, by),
            Update("path", self.path, by, every=config.path_every),
        ]
        return [update for update in updates if update.every]

    def _augmented(self, images, batch, number: int):
        kind, draws = self.config.augmentation, batch["augmentation"][:, number]
        if kind == "adaptive":
            return adaptive_augmentation.augmented(images, draws, self.state.strength)
        return differentiable_augmentation.augmented(images, draws) if kind != "none" else images

    def discriminator(self, batch) -> Loss:
        """The residual discriminator's logistic loss (Goodfellow et al. 2014) and the projected
        one's hinge loss (Lim and Ye 2017)."""
        players = self.players
        generated = ops.stop_gradient(players.synthesis([players.styles(batch, 0), batch["noise"]]))
        seen = [
            self._augmented(images, batch, i)
            for i, images in enumerate((players.real(batch), generated))
        ]
        real, generated = (players.logits(images, batch) for images in seen)
        count = row_count(real)
        loss = ops.sum(ops.softplus(-real) + ops.softplus(generated))
        metrics = {
            "real_sign": (ops.sum(ops.sign(real)), count),
            "real_probability": (ops.sum(ops.sigmoid(real)), count),
            "generated_probability": (ops.sum(ops.sigmoid(generated)), count),
        }
        if self.projected:
            real, generated = players.projected_logits(*seen, batch)
            hinge = ops.mean(ops.relu(1 - real) + ops.relu(1 + generated)) * count
            loss, metrics["projected"] = loss + hinge, (hinge, count)
        return Loss(loss, count, metrics)

    def generator(self, batch) -> Loss:
        """The generator's non-saturating logistic loss, and its hinge loss."""
        players = self.players
        generated = players.synthesis([players.styles(batch, 1), batch["noise"]])
        generated = self._augmented(generated, batch, 2)
        logits = players.logits(generated, batch)
        loss, count = ops.sum(ops.softplus(-logits)), row_count(logits)
        if self.projected:
            real = self._augmented(players.real(batch), batch, 0)
            loss = loss - ops.mean(players.projected_logits(real, generated, batch)[1]) * count
        return Loss(loss, count)

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
