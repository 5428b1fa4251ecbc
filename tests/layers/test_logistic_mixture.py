"""Distributions of mu-law codes."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra train")
from keras import ops

from mediakit.layers.logistic_mixture import companded, draw, log_probabilities
from mediakit.media.mu_law import CODES
from mediakit.tasks.speech import generation

RNG = np.random.default_rng(0)


def distribution(mixture, rows=1):
    return RNG.normal(0, 2, (rows, 3 * mixture or CODES)).astype(np.float32)


@pytest.mark.parametrize("mixture", [0, 1, 5])
def test_probabilities_sum_to_one(mixture):
    codes = np.arange(CODES, dtype=np.int32)
    parameters = np.repeat(distribution(mixture), CODES, axis=0)
    before = np.full(CODES, 0.3, np.float32)
    found = ops.convert_to_numpy(log_probabilities(ops.convert_to_tensor(parameters), before, codes, mixture))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.exp(found).sum(), 1, atol=1e-4)


@pytest.mark.parametrize("mixture", [0, 3])
def test_the_run_time_measures_the_same(mixture):
    codes = np.array([0, 255, 128, 7, 200, 201, 0], np.uint8)
    parameters = distribution(mixture, len(codes))
    before = companded(np.concatenate([[128], codes[:-1]]).astype(np.int32))
    keras_says = log_probabilities(ops.convert_to_tensor(parameters), before, codes.astype(np.int32), mixture)
    np.testing.assert_allclose(generation.log_probabilities(parameters, codes), ops.convert_to_numpy(keras_says), rtol=2e-4, atol=1e-3)


@pytest.mark.parametrize("mixture", [0, 2])
def test_draws_are_as_frequent_as_they_are_probable(mixture):
    count, before = 20_000, np.float32(0.1)
    parameters = np.repeat(distribution(mixture), count, axis=0)
    noise = RNG.gumbel(size=(count, mixture + 2 if mixture else CODES)).astype(np.float32)
    drawn = ops.convert_to_numpy(draw(ops.convert_to_tensor(parameters), np.full(count, before), noise, mixture))
    codes = np.arange(CODES, dtype=np.int32)
    found = log_probabilities(ops.convert_to_tensor(parameters[:CODES]), np.full(CODES, before), codes, mixture)
    frequency = np.bincount(drawn, minlength=CODES) / count
    assert drawn.min() >= 0 and np.abs(frequency - np.exp(ops.convert_to_numpy(found))).max() < 0.02


def test_without_noise_the_most_probable_code_is_drawn():
    logits = np.zeros((2, CODES), np.float32)
    logits[0, 7] = logits[1, 250] = 1
    zeros = np.zeros_like(logits)
    assert ops.convert_to_numpy(draw(ops.convert_to_tensor(logits), np.zeros(2), zeros, 0)).tolist() == [7, 250]
