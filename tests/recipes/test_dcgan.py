"""The DCGAN recipe: both losses, and what ships."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import tensorflow as tf

from mediakit.errors import DataError
from mediakit.recipes import dcgan as recipe
from mediakit.training.loading import make_config

sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
from cases import CASES

SETTINGS = CASES["dcgan"].settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    CASES["dcgan"].write_data(folder)
    return folder


def losses(folder, tmp_path, **settings):
    config = make_config(recipe.Config, SETTINGS | settings)
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    [phase] = recipe.phases(config, data, model, tmp_path)
    batch = next(iter(phase.batches(0, 0)))
    return model, {update.name: update.loss(batch) for update in phase.updates()}, batch


@pytest.mark.parametrize("loss", recipe.LOSSES)
def test_losses_are_those_of_the_game(folder, tmp_path, loss):
    model, said, batch = losses(folder, tmp_path, loss=loss)
    generator, discriminator = model.get_layer("generator"), model.get_layer("discriminator")
    real = np.asarray(discriminator(tf.cast(batch["image"], tf.float32) / 127.5 - 1, training=True))
    drawn = [np.asarray(discriminator(generator(batch["latents"][:, i], training=True), training=True)) for i in range(2)]
    probability = lambda opinion: 1 / (1 + np.exp(-opinion.astype(np.float64)))  # noqa: E731
    wanted = -np.log(probability(real)).sum() - np.log(1 - probability(drawn[0])).sum()
    assert float(said["discriminator"].total) == pytest.approx(wanted, rel=1e-4)
    wanted = np.log(1 - probability(drawn[1])).sum() if loss == "minimax" else -np.log(probability(drawn[1])).sum()
    assert float(said["loss"].total) == pytest.approx(wanted, rel=1e-4)


def test_pictures_have_the_size_and_channels_that_are_asked_for(folder, tmp_path):
    for size, channels in (("8", "1"), ("32", "3")):
        model, _, batch = losses(folder, tmp_path, size=size, channels=channels)
        assert model.get_layer("generator").output_shape[1:] == (int(size), int(size), int(channels))
        assert batch["image"].shape[1:] == (int(size), int(size), int(channels))


def test_an_unknown_loss_is_named(folder):
    with pytest.raises(DataError, match=r"wasserstein.*non_saturating"):
        recipe.read(make_config(recipe.Config, SETTINGS | {"loss": "wasserstein"}), folder)
