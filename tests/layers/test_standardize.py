import numpy as np
import pytest

pytest.importorskip("keras", reason="layers need the extra train")
import keras

from mediakit.layers.standardize import Standardize


def test_measured_features_have_mean_0_and_variance_1():
    features = np.random.default_rng(0).normal([3, -5], [2, 0.1], (500, 2)).astype(np.float32)
    layer = Standardize()
    model = keras.Sequential([keras.Input((2,)), layer])
    assert np.allclose(model(features), features)
    layer.measure(features.reshape(100, 5, 2))
    result = np.asarray(model(features))
    assert np.allclose(result.mean(axis=0), 0, atol=1e-4) and np.allclose(result.std(axis=0), 1, atol=1e-2)
    assert not layer.trainable_variables and len(layer.variables) == 2


def test_it_is_saved_whole(tmp_path):
    layer = Standardize()
    model = keras.Sequential([keras.Input((3,)), layer])
    layer.measure(np.random.default_rng(0).normal(size=(9, 3)))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.allclose(again(np.ones((1, 3))), model(np.ones((1, 3))))
