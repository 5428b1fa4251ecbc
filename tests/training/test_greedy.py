"""Greedy decoding by a step network whose answers are known."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras
import tensorflow as tf

from mediakit.text.vocabulary import END, PAD, UNKNOWN
from mediakit.training.greedy import write_greedily


def counting(length):
    """Writes 4, 5, 6, … from `offset` on, and END once the count reaches `length`; padding and unknown are always tempting."""
    inputs = {
        "tokens": keras.Input((), dtype="int32", name="tokens"),
        "state_count": keras.Input((), dtype="int32", name="state_count"),
        "offset": keras.Input((), dtype="int32", name="offset"),
    }
    wanted = keras.ops.where(inputs["state_count"] >= length, END, 4 + inputs["state_count"] + inputs["offset"])
    tempting = np.isin(np.arange(20), [PAD, UNKNOWN]) * 9.0
    log_probabilities = keras.ops.one_hot(wanted, 20) + tempting.astype(np.float32)
    return keras.Model(inputs, {"log_probabilities": log_probabilities, "state_count": inputs["state_count"] + 1})


def test_it_ends_pads_and_keeps_to_the_limit():
    given = {"state_count": tf.constant([0, 2]), "offset": tf.constant([0, 7])}
    written = np.asarray(write_greedily(counting(3), given, 6))
    assert written.tolist() == [[4, 5, 6, END, PAD, PAD], [13, END, PAD, PAD, PAD, PAD]]
    assert np.asarray(write_greedily(counting(9), given, 2)).tolist() == [[4, 5], [13, 14]]
