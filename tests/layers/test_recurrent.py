"""Recurrent layers by name: steps that carry their states compute what the layer computes."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras

from mediakit.layers.recurrent import recurrent, state_inputs, step


@pytest.mark.parametrize(("cell", "names"), [("lstm", ["state_h0", "state_c0"]), ("gru", ["state_h0"])])
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


def test_an_unknown_cell_is_one_line():
    with pytest.raises(ValueError, match="cell=rnn: choose from lstm, gru"):
        recurrent("rnn", 5, "layer")
