"""What each player of pix2pix learns from, and what stays as it was."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import tensorflow as tf

from mediakit.recipes import pix2pix
from mediakit.recipes.pix2pix_model import Config, build, unfrozen

CONFIG = Config(size=32, imagenet=False, channels=4, most_channels=8, discriminator_channels=4)
UNET = dataclasses.replace(CONFIG, encoder="unet", kind="pairs")


def game(config):
    return pix2pix.Game(config, build(config, None))


def batch(config, count=2):
    rng, size = np.random.default_rng(0), config.size // config.coding.step
    source = rng.integers(0, 256, (count, config.size, config.size, config.coding.inputs)).astype(np.uint8)
    target = rng.uniform(-1, 1, (count, size, size, config.coding.outputs)).astype(np.float32)
    return {"source": tf.constant(source), "target": tf.constant(target)}


def variables_of(update):
    return {variable.path for group in update.groups for variable in group.variables}


@pytest.mark.parametrize("config", [CONFIG, UNET])
def test_outputs_have_the_targets_shape_and_begin_near_nothing(config):
    given = batch(config)
    output = game(config).generate(given["source"])
    assert output.shape == given["target"].shape and np.abs(output).max() < 0.2


def test_a_pretrained_encoder_learns_in_the_second_phase_but_for_its_lowest_blocks():
    ours = game(CONFIG)
    [first] = ours.alone(10)
    assert variables_of(first) == {variable.path for variable in ours.decoder.trainable_variables}
    discriminator, generator = ours.together(10)
    learned = {variable.path for variable in unfrozen(CONFIG, ours.encoder)}
    assert variables_of(generator) == variables_of(first) | learned
    assert variables_of(discriminator) == {variable.path for variable in ours.discriminator.trainable_variables}
    assert not any(path.startswith(("stem", "block0_", "block4_")) for path in learned)
    assert any(path.startswith("block5_") for path in learned) and any(path.startswith("head") for path in learned)
    rates = [float(group.optimizer.learning_rate) for group in generator.groups]
    assert rates[1] == pytest.approx(CONFIG.encoder_rate * rates[0])


def test_without_an_adversarial_loss_there_is_no_discriminator_to_train():
    [update] = game(dataclasses.replace(CONFIG, adversarial=0.0)).together(10)
    assert not any("discriminator" in path for path in variables_of(update))


def test_a_unet_learns_whole_from_the_start():
    ours = game(UNET)
    [first] = ours.alone(10)
    assert variables_of(first) == {v.path for part in (ours.encoder, ours.decoder) for v in part.trainable_variables}


def test_each_player_moves_its_own_weights():
    ours, given = game(UNET), batch(UNET)
    generator, discriminator = ours.decoder.trainable_variables[0], ours.discriminator.trainable_variables[0]
    for loss, moved, still in ((ours.discriminator_loss, discriminator, generator), (ours.generator_loss, generator, None)):
        with tf.GradientTape() as tape:
            total = loss(given).total
        gradients = tape.gradient(total, [moved.value, *([still.value] if still is not None else [])])
        assert np.abs(gradients[0]).max() > 0
        assert still is None or gradients[1] is None


def test_losses_are_sums_over_rows():
    ours, given = game(CONFIG), batch(CONFIG, 3)
    whole = ours.generator_loss(given)
    parts = [ours.generator_loss({name: part[i : i + 1] for name, part in given.items()}) for i in range(3)]
    assert float(whole.weight) == 3
    np.testing.assert_allclose(float(whole.total), sum(float(part.total) for part in parts), rtol=1e-4)
    l1, count = whole.metrics["l1"]
    output = ours.generate(given["source"])
    np.testing.assert_allclose(float(l1) / float(count), np.abs(output - given["target"]).mean(), rtol=1e-4)
