import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras

from mediakit.layers.attention import CrossAttention


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in ((2, 3, 8), (2, 5, 8), (2, 5, 6))]


def test_agrees_with_the_formula(inputs):
    query, keys, values = inputs
    attended, weights = (np.asarray(x) for x in CrossAttention(heads=2)(query, keys, values))
    each = []
    for head in range(2):
        q, k, v = query[..., head * 4 :][..., :4], keys[..., head * 4 :][..., :4], values[..., head * 3 :][..., :3]
        scores = q @ k.swapaxes(1, 2) / 2.0
        softmax = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(attended[..., head * 3 :][..., :3], softmax @ v, atol=1e-5)
        each.append(softmax)
    np.testing.assert_allclose(weights, np.mean(each, axis=0), atol=1e-5)


def test_masked_positions_get_no_weight(inputs):
    mask = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1]], bool)
    _, weights = CrossAttention(heads=2)(*inputs, mask=keras.ops.convert_to_tensor(mask))
    weights = np.asarray(weights).transpose(0, 2, 1)
    assert (weights[~mask] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_from_config_makes_the_same_layer():
    layer = CrossAttention(heads=2, name="look")
    assert CrossAttention.from_config(layer.get_config()).get_config() == layer.get_config()
    assert keras.saving.get_registered_name(CrossAttention) == "mediakit>CrossAttention"


def test_a_size_that_heads_do_not_divide_is_refused(inputs):
    with pytest.raises(ValueError, match="heads"):
        CrossAttention(heads=3)(*inputs)
