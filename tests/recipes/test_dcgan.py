"""The DCGAN recipe: both kinds of networks, both losses."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import keras
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


@pytest.mark.parametrize(("loss", "network"), [*((loss, "convolutional") for loss in recipe.LOSSES), ("minimax", "dense")])
def test_losses_are_those_of_the_game(folder, tmp_path, loss, network):
    model, said, batch = losses(folder, tmp_path, loss=loss, network=network, dense_units="8")
    generator, discriminator = model.get_layer("generator"), model.get_layer("discriminator")
    real = np.asarray(discriminator(tf.cast(batch["image"], tf.float32) / 127.5 - 1, training=True))
    drawn = [np.asarray(discriminator(generator(batch["latents"][:, i], training=True), training=True)) for i in range(2)]
    probability = lambda opinion: 1 / (1 + np.exp(-opinion.astype(np.float64)))  # noqa: E731
    wanted = -np.log(probability(real)).sum() - np.log(1 - probability(drawn[0])).sum()
    assert float(said["discriminator"].total) == pytest.approx(wanted, rel=1e-4)
    for name, logits in (("real_probability", real), ("generated_probability", drawn[0])):
        total, count = said["discriminator"].metrics[name]
        assert float(total) / float(count) == pytest.approx(probability(logits).mean(), rel=1e-4)
    wanted = np.log(1 - probability(drawn[1])).sum() if loss == "minimax" else -np.log(probability(drawn[1])).sum()
    assert float(said["loss"].total) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("network", recipe.NETWORKS)
def test_pictures_have_the_size_and_channels_that_are_asked_for(folder, tmp_path, network):
    for size, channels in (("8", "1"), ("32", "3")):
        model, _, batch = losses(folder, tmp_path, size=size, channels=channels, network=network, dense_units="8")
        assert model.get_layer("generator").output_shape[1:] == (int(size), int(size), int(channels))
        assert batch["image"].shape[1:] == (int(size), int(size), int(channels))


@pytest.mark.parametrize(("name", "value", "known"), [("loss", "wasserstein", "non_saturating"), ("network", "unet", "dense")])
def test_an_unknown_choice_is_named(folder, name, value, known):
    with pytest.raises(DataError, match=rf"no {name} '{value}'.*{known}"):
        recipe.read(make_config(recipe.Config, SETTINGS | {name: value}), folder)


def test_dense_networks_have_no_convolutions(folder, tmp_path):
    model, _, _ = losses(folder, tmp_path, network="dense", dense_units="8")
    parts = [layer for name in ("generator", "discriminator") for layer in model.get_layer(name).layers]
    assert sum(isinstance(part, keras.layers.Dense) for part in parts) == 6 and not any("conv" in part.name for part in parts)
