import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras

from mediakit.layers.graph_convolution import GraphConvolution

SUPPORTS = np.array([[[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]], [[0, 0, 1], [0, 0, 0], [1, 0, 0]]], np.float32)
X = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)


def test_features_are_weighted_sums_over_neighbours():
    layer = GraphConvolution(SUPPORTS)
    found = np.asarray(layer(X))
    np.testing.assert_allclose(found, np.stack([X @ hop.T for hop in SUPPORTS], axis=-1), atol=1e-6)
    layer.edges.assign(2 * layer.edges)
    np.testing.assert_allclose(np.asarray(layer(X)), 2 * found, atol=1e-6)


def test_penalties_are_of_edges_alone_and_of_neighbouring_hops():
    layer = GraphConvolution(SUPPORTS, weight_penalty=0.1, feature_penalty=0.01)
    layer.build(X.shape)
    layer.edges.assign(layer.edges + 2)  # also where no edge is, to no effect
    found = np.asarray(layer(X))
    weights, features = (float(loss) for loss in layer.losses)
    assert weights == pytest.approx(0.1 * 2 * np.count_nonzero(SUPPORTS))
    assert features == pytest.approx(0.01 * np.mean((found[..., 1] - found[..., 0]) ** 2), rel=1e-5)


def test_without_weights_of_its_own_it_has_nothing_to_learn():
    layer = GraphConvolution(SUPPORTS, per_edge=False)
    layer(X)
    assert not layer.weights and not layer.losses


def test_it_can_be_saved():
    copy = keras.layers.deserialize(keras.layers.serialize(GraphConvolution(SUPPORTS, weight_penalty=0.2)))
    np.testing.assert_array_equal(copy.supports, SUPPORTS)
    assert copy.weight_penalty == 0.2
