"""Weights from LiteRT files: the Keras networks compute what the files of every shipped model compute."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras

from mediakit.errors import ModelError
from mediakit.runtime.model_folder import ModelFolder, shipped
from mediakit.training.export import compare, export_network
from mediakit.training.litert_file import constants
from mediakit.training.recipe import Export
from mediakit.training.restore import Codes, restore_weights
from mediakit.training.warm_start import open_warm_start

DISCRIMINATORS = ("discriminator", "projected")  # they do not ship
QUICK = ("music/jsb", "named_entities/en_emerging", "style_gan/emoji", "translation/en-de")
# With int8 weights a file quantizes the inputs of each layer too.
TOLERANCE = {"float32": 1e-5, "float16": 5e-3, "int8": 0.03}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.nightly) for name in shipped()])
def test_restored_networks_compute_what_the_files_compute(name):
    start = open_warm_start(name)
    model = start.recipe.build(start.config, start.data)
    absent = restore_weights(start.folder, model, lambda: start.recipe.networks(start.config, start.data, model))
    inside = {id(variable) for part in model.layers if part.name in DISCRIMINATORS for variable in part.trainable_variables}
    assert {id(variable) for variable in absent} == inside
    networks = start.recipe.networks(start.config, start.data, model)
    for key, export in networks.items():
        # Of one number near zero the export itself allows more.
        exact = dataclasses.replace(export, tolerance=export.tolerance if export.tolerance > 0.1 else TOLERANCE[export.weights])
        compare(exact, start.folder.network_file(key), start.folder.manifest["networks"][key])


@pytest.fixture
def small():
    """A network large enough to be quantized: a table, transposed kernels, a scaled one, a single number."""
    token, x = keras.Input((), dtype="int32", name="token"), keras.Input((32,), name="x")
    table = keras.layers.Embedding(40, 32, name="table")
    hidden = keras.layers.Dense(64, activation="relu", name="hidden")(table(token) + x)
    unused = keras.layers.Dense(2, name="unused")(hidden)
    output = keras.layers.Dense(20, use_bias=False, name="scaled")(hidden) * 0.3 + keras.layers.Dense(1, name="shift")(hidden)
    network = keras.Model({"token": token, "x": x}, {"y": output})
    model = keras.Model([token, x], [output, unused])
    for variable, rng in zip(model.variables, np.random.default_rng(0).spawn(99), strict=False):
        if variable.trainable:
            variable.assign(rng.normal(size=variable.shape))
    return model, network


def make_folder(path, network, weights="float32"):
    entry = export_network(Export(network, weights=weights, tolerance=0.1), path / "net.tflite")
    return ModelFolder(path, {"name": "small", "recipe": "small", "networks": {"net": entry}})


@pytest.mark.parametrize(("weights", "precision"), [("float32", 1e-6), ("float16", 1e-3), ("int8", 1e-2)])
def test_each_variable_gets_its_value_back(small, tmp_path, weights, precision):
    model, network = small
    folder = make_folder(tmp_path, network, weights)
    wanted = {variable.path: variable.numpy() for variable in model.trainable_variables}
    for variable in model.trainable_variables:
        variable.assign(keras.ops.zeros_like(variable) + 7)
    absent = restore_weights(folder, model, lambda: {"net": Export(network, tolerance=0.1)})
    assert [variable.path for variable in absent] == ["unused/kernel", "unused/bias"]
    for variable in model.trainable_variables:
        value = 7 if "unused" in variable.path else wanted[variable.path]
        np.testing.assert_allclose(variable.numpy(), value, atol=precision * np.abs(value).max(), err_msg=variable.path)


def test_a_folder_of_another_network_is_one_line(small, tmp_path):
    model, network = small
    folder = make_folder(tmp_path, network)
    x = keras.Input((32,), name="x")
    other = keras.Model({"x": x}, {"y": keras.layers.Dense(3)(x)})
    with pytest.raises(ModelError, match=r"its networks are not those of the recipe small") as raised:
        restore_weights(folder, other, lambda: {"net": Export(other)})
    assert "\n" not in str(raised.value)
    with pytest.raises(ModelError, match="its networks are not those"):
        restore_weights(folder, model, lambda: {"another": Export(network)})


def test_batch_normalisation_cannot_be_restored(tmp_path):
    image = keras.Input((8, 8, 3), name="image")
    normalised = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(image))
    model = keras.Model({"image": image}, {"y": normalised})
    for variable in model.variables:
        variable.assign(np.random.default_rng(1).uniform(0.5, 2, variable.shape))
    folder = make_folder(tmp_path, model)
    for variable in model.variables:
        variable.assign(keras.ops.ones_like(variable))
    with pytest.raises(ModelError, match="cannot be restored from its files, start from its run folder"):
        restore_weights(folder, model, lambda: {"net": Export(model)})


def test_files_of_any_precision_have_the_same_constants(small, tmp_path):
    _, network = small
    found = {}
    for weights in ("float32", "float16", "int8"):
        (tmp_path / weights).mkdir()
        make_folder(tmp_path / weights, network, weights)
        found[weights] = list(constants(tmp_path / weights / "net.tflite"))
    for exact, half, whole in zip(*found.values(), strict=True):
        assert exact.place == half.place == whole.place and exact.step == half.step == 0
        np.testing.assert_allclose(half.values, exact.values, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(whole.values, exact.values, atol=whole.step * 0.75 + 1e-6)
    assert any(constant.step for constant in found["int8"])


class TestCodes:
    codes = Codes([12, 1, 5])

    def decode(self, function, stored):
        return self.codes.decode(function(self.codes.first), function(self.codes.second), np.asarray(stored, np.float32))

    def test_parts_and_transposes(self):
        places, values = self.decode(lambda w: w[:12].reshape(3, 4).T[1:3], np.arange(6).reshape(2, 3))
        assert places.tolist() == [1, 5, 9, 2, 6, 10] and values.tolist() == [0, 1, 2, 3, 4, 5]

    def test_factors_and_reciprocals(self):
        places, values = self.decode(lambda w: np.float32(3) * w[13:], [3, 6, 9, 12, 15])
        assert places.tolist() == [13, 14, 15, 16, 17] and np.allclose(values, [1, 2, 3, 4, 5])
        places, values = self.decode(lambda w: np.float32(-2) / w[12:13], [4])
        assert places.tolist() == [12] and np.allclose(values, [-0.5])

    def test_weights_among_fixed_numbers(self):
        places, values = self.decode(lambda w: np.where([True, False, True], w[:3], np.float32(-1e4)), [1, -1e4, 3])
        assert places.tolist() == [0, 2] and np.allclose(values, [1, 3])

    @pytest.mark.parametrize(
        "function",
        [
            lambda w: np.ones(4, np.float32),
            lambda w: w[:4] + w[4:8],
            lambda w: w[:4] ** 2,
            lambda w: w[:4] + np.float32(1),
            lambda w: w[:12].mean(keepdims=True),
        ],
        ids=["no weights", "a sum", "squares", "an offset", "a mean alone"],
    )
    def test_what_is_not_weights_times_a_factor_is_left(self, function):
        places, values = self.decode(function, np.ones(function(self.codes.first).shape))
        assert not len(places) and not len(values)
