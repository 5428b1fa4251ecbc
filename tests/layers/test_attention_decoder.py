"""A decoder that attends, step by step and all at once."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras

from mediakit.layers.attention_decoder import AttentionDecoder

RNG = np.random.default_rng(0)
WORDS, MEMORY = (RNG.normal(size=shape).astype(np.float32) for shape in ((2, 4, 5), (2, 3, 6)))
MASK, STATE = np.array([[True, True, True], [True, False, False]]), np.zeros((2, 6), np.float32)


@pytest.fixture(scope="module", params=["lstm", "gru"])
def decoder(request):
    keras.utils.set_random_seed(1)
    return AttentionDecoder(units=6, readout=5, state_dropout=0.5, cell=request.param)


def first_states(decoder):
    return [STATE] * (len(decoder.state_sizes) - 1)


def test_a_call_is_its_steps(decoder):
    readouts = np.asarray(decoder(WORDS, MEMORY, MASK, first_states(decoder)))
    state = [*first_states(decoder), np.zeros((2, 5), np.float32)]
    for i in range(4):
        state, attention = decoder.step(WORDS[:, i], state, MEMORY, MASK)
        np.testing.assert_allclose(state[-1], readouts[:, i], atol=1e-5)
        np.testing.assert_allclose(np.sum(attention, axis=1), 1, atol=1e-5)
        assert np.asarray(attention)[1, 1:].max() < 1e-6  # masked


def test_dropout_takes_the_same_units_at_every_step(decoder):
    keras.utils.set_random_seed(2)
    dropped = np.asarray(decoder(WORDS, MEMORY, MASK, first_states(decoder), training=True))
    assert not np.allclose(dropped, decoder(WORDS, MEMORY, MASK, first_states(decoder)))
    again = AttentionDecoder.from_config(decoder.get_config())
    assert again.state_dropout == 0.5 and again.state_sizes == decoder.state_sizes
