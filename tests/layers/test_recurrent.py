"""Recurrent layers by name: steps that carry their states compute what the layer computes."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras

from mediakit.layers.recurrent import block, directional_steps, directions, recurrent, state_inputs, step


@pytest.mark.parametrize(("cell", "names"), [("lstm", ["state_h0", "state_c0"]), ("gru", ["state_h0"]), ("rnn", ["state_h0"])])
def test_steps_compute_what_the_layer_computes(cell, names):
    layer = recurrent(cell, 5, "layer")
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    whole = np.asarray(layer(x))
    one, states = keras.Input((3,), name="x"), state_inputs(layer, "0")
    assert list(states) == names
    output, new = step(layer, one, states)
    network = keras.Model({"x": one, **states}, {"output": output, **new})
    carried = {name: np.zeros((2, 5), np.float32) for name in names}
    for i in range(4):
        results = network({"x": x[:, i], **carried})
        np.testing.assert_allclose(np.asarray(results["output"]), whole[:, i], atol=1e-6)
        carried = {name: np.asarray(results[name]) for name in names}


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_blocks_that_carry_their_states_compute_what_the_layer_computes(cell):
    layer = recurrent(cell, 5, "layer")
    x = np.random.default_rng(0).normal(size=(2, 7, 3)).astype(np.float32)
    whole = np.asarray(layer(x))
    vectors, states = keras.Input((None, 3), name="x"), state_inputs(layer, "0")
    outputs, new = block(layer, vectors, states)
    network = keras.Model({"x": vectors, **states}, {"outputs": outputs, **new})
    first = network({"x": x[:, :4], **{name: np.zeros((2, 5), np.float32) for name in states}})
    second = network({"x": x[:, 4:], **{name: np.asarray(first[name]) for name in states}})
    np.testing.assert_allclose(np.concatenate([first["outputs"], second["outputs"]], axis=1), whole, atol=1e-6)


@pytest.mark.parametrize(("cell", "parts"), [("lstm", "hc"), ("gru", "h"), ("rnn", "h")])
def test_bidirectional_steps_compute_what_the_layer_computes(cell, parts):
    layer = keras.layers.Bidirectional(recurrent(cell, 3, "one"))
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    whole = np.asarray(layer(x))
    vectors = {way: keras.Input((4,), name=way) for way in ("forward", "backward")}
    states, new = directional_steps(directions(layer), vectors, prefix="my_")
    assert list(states) == list(new) == [f"my_{way}_{part}" for way in vectors for part in parts]
    network = keras.Model(vectors | states, new)
    steps = [{name: np.zeros((2, 3), np.float32) for name in states}]
    for i in range(5):
        results = network({"forward": x[:, i], "backward": x[:, -1 - i], **steps[-1]})
        steps.append({name: np.asarray(value) for name, value in results.items()})
    for i in range(5):
        both = np.concatenate([steps[1 + i]["my_forward_h"], steps[5 - i]["my_backward_h"]], axis=-1)
        np.testing.assert_allclose(both, whole[:, i], atol=1e-5)


def test_an_unknown_cell_is_one_line():
    with pytest.raises(ValueError, match="cell=cnn: choose from lstm, gru, rnn"):
        recurrent("cnn", 5, "layer")
