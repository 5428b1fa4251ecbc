"""The StyleGAN recipe: its penalties, its state, what it begins with, what ships."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import keras
import tensorflow as tf

from mediakit.errors import DataError, InputError
from mediakit.recipes import style_gan as recipe
from mediakit.training import checkpoints, command
from mediakit.training.gradient_penalties import path_lengths, squared_gradient
from mediakit.training.loading import make_config
from mediakit.training.warm_start import open_warm_start

sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
from cases import CASES

SETTINGS = CASES["style_gan"].settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    CASES["style_gan"].write_data(folder)
    return folder


@pytest.fixture(scope="module")
def game(folder):
    config = make_config(recipe.Config, SETTINGS | {"r1_every": "2", "path_every": "3"})
    data = recipe.read(config, folder)
    keras.utils.set_random_seed(1)
    return recipe.Players(config, data.train, recipe.build(config, data))


@pytest.fixture
def state(game):
    return recipe.State(game.config)


@pytest.fixture
def losses(game, state):
    return recipe.Losses(game, state, projected=True)


@pytest.fixture
def batch(game):
    rng = np.random.default_rng(5)
    count = game.config.batch_size
    drawn = {"image": game.data.pixels[:count], "label": game.data.labels[:count]} | game.draw(rng, 0)
    return {name: tf.constant(part) for name, part in drawn.items()}


def test_r1_is_the_squared_gradient_by_finite_differences(game):
    rng = np.random.default_rng(1)
    pictures = rng.uniform(-1, 1, (4, 8, 8, 4))
    label = tf.one_hot([0, 1, 0, 1], 2)

    @tf.function
    def logits(shown):
        return game.discriminator([tf.cast(shown, tf.float32), label], training=True)

    got = np.asarray(squared_gradient(logits, tf.constant(pictures, tf.float32)))
    step, total = 3e-3, np.zeros(4)  # short, for rectifiers bend
    # The sum over all logits: each image affects all of them through the deviation of the batch.
    for index in np.ndindex(8, 8, 4):
        for i in range(4):
            moved = np.repeat(pictures[None], 2, axis=0)
            moved[0][(i, *index)] += step
            moved[1][(i, *index)] -= step
            slope = np.sum(np.float64(logits(tf.constant(moved[0]))) - logits(tf.constant(moved[1]))) / (2 * step)
            total[i] += slope**2
    np.testing.assert_allclose(got, total, rtol=0.05)


def test_squared_gradient_of_a_known_function():
    x = np.random.default_rng(0).normal(size=(3, 2, 2, 1)).astype(np.float32)
    got = squared_gradient(lambda value: tf.reduce_sum(value**3, axis=(1, 2, 3)), tf.constant(x))
    np.testing.assert_allclose(got, (9 * x**4).sum(axis=(1, 2, 3)), rtol=1e-5)


def test_path_length_is_the_gradient_along_a_direction_by_finite_differences(game):
    rng, config = np.random.default_rng(2), game.config
    styles = rng.normal(size=(2, recipe.style_count(config), config.style)).astype(np.float32)
    noise = rng.normal(size=(2, recipe.noise_count(config))).astype(np.float32)
    direction = rng.normal(size=(2, 8, 8, 4)).astype(np.float32)

    @tf.function
    def draw(given):
        return game.synthesis([tf.cast(given, tf.float32), tf.constant(noise)])

    got = path_lengths(draw, tf.constant(styles), tf.constant(direction))
    squares, step = np.zeros((2, styles.shape[1])), 1e-3  # short, for rectifiers bend
    for layer, unit in np.ndindex(*styles.shape[1:]):
        moved = np.repeat(styles[None].astype(np.float64), 2, axis=0)
        moved[0][:, layer, unit] += step
        moved[1][:, layer, unit] -= step
        change = (np.asarray(draw(tf.constant(moved[0]))) - np.asarray(draw(tf.constant(moved[1])))) / (2 * step)
        squares[:, layer] += ((change * direction).sum(axis=(1, 2, 3)) / 8) ** 2
    np.testing.assert_allclose(got, np.sqrt(squares.mean(axis=1)), rtol=0.01)


def test_path_length_of_a_known_function():
    scale = np.array([1.0, 2.0], np.float32)
    styles = np.ones((2, 3, 5), np.float32)
    direction = np.random.default_rng(0).normal(size=(2, 4, 4, 5)).astype(np.float32)
    picture = lambda given: tf.broadcast_to((scale[:, None] * tf.reduce_sum(given, axis=1))[:, None, None], (2, 4, 4, 5))  # noqa: E731
    wanted = scale * np.sqrt((direction.sum(axis=(1, 2)) ** 2).sum(axis=-1)) / 4
    np.testing.assert_allclose(path_lengths(picture, tf.constant(styles), tf.constant(direction)), wanted, rtol=1e-5)


def test_penalties_weigh_as_often_as_they_are_left_out(losses, batch):
    config = losses.config
    r1 = losses.r1(batch)
    assert float(r1.total) == pytest.approx(config.r1 / 2 * config.r1_every * float(r1.metrics["r1_penalty"][0]), rel=1e-5)
    path = losses.path(batch)
    assert float(path.weight) == config.batch_size / 2
    updates = losses.updates()
    assert [update.every for update in updates] == [1, config.r1_every, 1, config.path_every]
    assert float(updates[0].groups[0].optimizer.learning_rate) == pytest.approx(config.rate * 2 / 3)


def test_each_player_moves_its_own_weights(game, losses):
    moved = {update.name: {id(v) for group in update.groups for v in group.variables} for update in losses.updates()}
    assert moved["r1"] == {id(v) for v in game.discriminator.trainable_variables}
    assert moved["discriminator"] == moved["r1"] | {id(v) for v in game.projected.trainable_variables}
    generator = game.mapping.trainable_variables + game.synthesis.trainable_variables
    assert moved["loss"] == moved["path"] == {id(v) for v in generator}


def test_augmentation_grows_while_the_discriminator_is_sure_and_shrinks_after(state):
    config = state.config
    step = config.batch_size / (1000 * config.augmentation_kimg)
    sure, unsure = (tf.constant(config.augmentation_target + more) for more in (0.1, -0.1))
    state.after_step({"real_sign": sure})
    assert float(state.strength) == pytest.approx(step)
    state.after_step({"real_sign": unsure})
    assert float(state.strength) == 0.0
    for _ in range(20):
        state.after_step({"real_sign": sure})
    assert float(state.strength) == pytest.approx(0.8)
    state.path_length.assign(1.0)
    state.after_step({"real_sign": unsure, "path_length": tf.constant(2.0)})
    assert float(state.path_length) == pytest.approx(1.01)
    assert int(state.images_seen) == 23 * config.batch_size


def test_styles_mix_at_the_crossover(game, batch):
    config, count = game.config, recipe.style_count(game.config)
    batch["crossover"] = tf.fill((config.batch_size, 2), 2)
    styles = np.asarray(game.styles(batch, 1))
    label = tf.one_hot(batch["label"], 2)
    first, second = (np.asarray(game.mapping([batch["latents"][:, 1, i], label])) for i in range(2))
    for layer in range(count):
        np.testing.assert_allclose(styles[:, layer], first if layer < 2 else second, rtol=1e-5)


def test_the_discriminator_tells_classes_apart(game, batch):
    shown = tf.cast(batch["image"], tf.float32) / 127.5 - 1
    said = [np.asarray(game.discriminator([shown, tf.one_hot(tf.fill((8,), i), 2)])) for i in range(2)]
    assert np.abs(said[0] - said[1]).max() > 1e-3


def test_both_discriminators_judge_both_kinds(losses, batch):
    loss = losses.discriminator(batch)
    residual = [losses.players.logits(images, batch) for images in seen(losses, batch)]
    projected = losses.players.projected_logits(*seen(losses, batch), batch)
    logistic = np.logaddexp(0, -np.asarray(residual[0])) + np.logaddexp(0, np.asarray(residual[1]))
    hinge = np.maximum(1 - np.asarray(projected[0]), 0) + np.maximum(1 + np.asarray(projected[1]), 0)
    assert float(loss.total) == pytest.approx(logistic.sum() + hinge.mean() * len(logistic), rel=1e-4)


def seen(losses, batch):
    """The real and generated images of the discriminator's step; without augmentation, whose strength is 0."""
    players = losses.players
    return players.real(batch), players.synthesis([players.styles(batch, 0), batch["noise"]])


def test_the_residual_discriminator_is_first_alone(folder, tmp_path):
    def phases(**settings):
        config = make_config(recipe.Config, SETTINGS | {"kimg": "0.1", "kimg_per_epoch": "0.02", "alone_kimg": "0.04"} | settings)
        data = recipe.read(config, folder)
        return recipe.phases(config, data, recipe.build(config, data), tmp_path)

    first, second = phases()
    assert [(each.name, each.epochs) for each in (first, second)] == [("residual", 2), ("projected", 3)]
    assert [int(each.state[0]) for each in (first, second)] == [0, 40], "images seen before"
    assert next(iter(first.batches(0, 0)))["latents"][0, 0, 0, 0] != next(iter(second.batches(0, 0)))["latents"][0, 0, 0, 0]
    groups = [len(next(u for u in each.updates() if u.name == "discriminator").groups) for each in (first, second)]
    assert groups == [1, 2]
    assert [each.name for each in phases(projected_size="0")] == ["residual"]
    assert [each.name for each in phases(alone_kimg="0")] == ["projected"]


@pytest.mark.parametrize("augmentation", ["differentiable", "none"])
def test_one_discriminator_and_other_augmentations(folder, augmentation):
    config = make_config(recipe.Config, SETTINGS | {"projected_size": "0", "augmentation": augmentation})
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    assert "projected" not in {layer.name for layer in model.layers}
    players = recipe.Players(config, data.train, model)
    state = recipe.State(config)
    losses = recipe.Losses(players, state, projected=False)
    drawn = {"image": data.train.pixels[:8], "label": data.train.labels[:8]} | players.draw(np.random.default_rng(0), 0)
    batch = {name: tf.constant(part) for name, part in drawn.items()}
    assert "projected" not in losses.discriminator(batch).metrics
    assert np.isfinite(float(losses.generator(batch).total))
    changed = losses._augmented(players.real(batch), batch, 0)
    assert (np.abs(changed - players.real(batch)).max() > 0.1) == (augmentation == "differentiable")
    state.after_step({"real_sign": tf.constant(1.0)})
    assert float(state.strength) == 0


def test_what_ships_draws_the_same_and_measures_styles_from_their_mean(game):
    networks = recipe.networks(game.config, None, Parts(game))
    rng = np.random.default_rng(3)
    latent, label = rng.normal(size=(5, 6)).astype(np.float32), np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0]]
    noise = rng.normal(size=(5, recipe.noise_count(game.config))).astype(np.float32)
    style = networks["mapping"].model({"latent": latent, "label": label})["style"]
    styles = tf.repeat(style[:, None], recipe.style_count(game.config), axis=1)
    picture = networks["synthesis"].model({"styles": styles, "noise": tf.constant(noise)})["picture"]
    own = game.synthesis([tf.repeat(game.mapping([latent, label])[:, None], recipe.style_count(game.config), axis=1), tf.constant(noise)])
    np.testing.assert_allclose(picture, own, atol=1e-4)
    many, classes = rng.normal(size=(4000, 6)).astype(np.float32), np.eye(2, dtype=np.float32)[rng.integers(2, size=4000)]
    assert np.abs(np.mean(networks["mapping"].model({"latent": many, "label": classes})["style"], axis=0)).max() < 0.1


class Parts:
    """As much of the model as `networks` asks for."""

    def __init__(self, game):
        self.game = game

    def get_layer(self, name):
        return getattr(self.game, name)


@pytest.mark.parametrize("part", ["", "model"], ids=["run folder", "model folder"])
def test_a_warm_start_with_larger_images_enlarges_the_smaller_ones(folder, tmp_path, part):
    settings = SETTINGS | {"kimg": "0.016", "kimg_per_epoch": "0.016"}
    command.train("style_gan", folder, tmp_path, settings)
    start = open_warm_start(tmp_path / part)
    config = start.recipe.config(start.settings(start.recipe, {"size": 16}))
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    start.apply(start.recipe, config, data, model)
    smaller = recipe.build(start.config, start.data)
    checkpoints.load(next(tmp_path.glob("finished-*.npz")), smaller.variables)
    rng = np.random.default_rng(0)
    styles = rng.normal(size=(2, recipe.style_count(config), config.style)).astype(np.float32)
    noise = rng.normal(size=(2, recipe.noise_count(config))).astype(np.float32)
    count = recipe.style_count(start.config)
    before = smaller.get_layer("synthesis")([styles[:, :count], noise[:, : recipe.noise_count(start.config)]])
    enlarged = tf.image.resize(before, (16, 16), "bilinear")
    # A model folder has its weights in float16.
    np.testing.assert_allclose(model.get_layer("synthesis")([styles, noise]), enlarged, atol=0.01 if part else 1e-4)


@pytest.mark.parametrize(
    ("name", "value", "error", "said"),
    [
        ("size", "48", DataError, "power of two"),
        ("batch_size", "6", DataError, "divisible by 4"),
        ("size", "big", InputError, "int"),
    ],
)
def test_settings_that_cannot_be(folder, name, value, error, said):
    with pytest.raises(error, match=said):
        recipe.read(make_config(recipe.Config, SETTINGS | {name: value}), folder)


def test_counts_of_styles_and_noise():
    config = make_config(recipe.Config, {"size": "64"})
    assert recipe.style_count(config) == 10
    assert recipe.noise_count(config) == 16 + 2 * (64 + 256 + 1024 + 4096)
    assert math.log2(config.size) == 6
