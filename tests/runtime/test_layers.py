"""Feature maps, kernels and class maps out of a LiteRT file, compared with the Keras model."""

import keras
import numpy as np
import pytest
from keras import layers

from mediakit.runtime.layers import LayerReader
from mediakit.training.export import convert
from mediakit.training.recipe import Export

IMAGE = np.random.default_rng(0).uniform(0, 1, (1, 12, 12, 3)).astype(np.float32)


def network(pooled):
    image = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(5, 3, activation="relu", name="first")(image)
    x = layers.MaxPooling2D(name="pooling")(x)
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="second")(x)
    x = layers.GlobalAveragePooling2D()(x) if pooled else layers.Flatten()(x)
    return keras.Model({"image": image}, {"logits": layers.Dense(4, use_bias=False, name="logits")(x)})


@pytest.mark.parametrize(("weights", "tolerance"), [("float32", 1e-4), ("float16", 1e-2), ("int8", 0.1)])
def test_layers_and_class_maps(tmp_path, weights, tolerance):
    model = network(pooled=True)
    typical = {"image": np.repeat(IMAGE, 4, axis=0)} if weights == "int8" else None
    convert(Export(model, 1, weights, typical=typical), tmp_path / "a.tflite")
    inside = LayerReader(tmp_path / "a.tflite")(IMAGE)
    assert [layer.kind for layer in inside.layers] == ["convolution", "max pooling", "convolution"]
    for layer, name in zip(inside.layers, ("first", "pooling", "second"), strict=True):
        wanted = keras.Model(model.inputs, model.get_layer(name).output)(IMAGE)[0]
        np.testing.assert_allclose(layer.maps, wanted, atol=tolerance * float(np.max(wanted)))
    kernel = np.asarray(model.get_layer("first").kernel).transpose(3, 0, 1, 2)
    np.testing.assert_allclose(inside.layers[0].kernel, kernel, atol=tolerance)
    assert inside.layers[0].title == "convolution 3 x 3, 10 x 10 x 5"
    logits = np.asarray(model({"image": IMAGE})["logits"])[0]
    np.testing.assert_allclose(inside.class_maps.mean(axis=(0, 1)), logits, atol=tolerance)


def test_no_class_maps_without_global_pooling(tmp_path):
    convert(Export(network(pooled=False), 1), tmp_path / "a.tflite")
    assert LayerReader(tmp_path / "a.tflite")(IMAGE).class_maps is None
