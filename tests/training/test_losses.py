"""Shared losses, against Keras."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras
import tensorflow as tf

from mediakit.training.losses import binary_cross_entropy, token_cross_entropy


def test_cross_entropy_is_a_sum_over_tokens_without_padding():
    logits = tf.constant(np.random.default_rng(0).normal(size=(2, 3, 7)), tf.float32)
    targets = tf.constant([[5, 6, 2], [4, 2, 0]])
    loss = token_cross_entropy(logits, targets, label_smoothing=0.1)
    reference = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, reduction=None)
    each = reference(tf.one_hot(targets, 7), logits).numpy()
    assert float(loss.weight) == 5
    np.testing.assert_allclose(float(loss.total), each.sum() - each[1, 2], rtol=1e-5)
    best = np.argmax(logits, axis=-1)
    assert float(loss.metrics["accuracy"][0]) == (best == targets.numpy())[targets.numpy() > 0].sum()


def test_binary_cross_entropy_with_smoothed_labels():
    logits, targets = np.array([2.0, -1.0, 0.5], np.float32), np.array([1.0, 0.0, 0.0], np.float32)
    found = binary_cross_entropy(tf.constant(logits), tf.constant(targets), 0.2)
    probability, smooth = 1 / (1 + np.exp(-logits)), np.array([0.9, 0.1, 0.1])
    wanted = -(smooth * np.log(probability) + (1 - smooth) * np.log(1 - probability)).sum()
    assert float(found.total) == pytest.approx(wanted, rel=1e-5) and float(found.weight) == 3
    assert float(found.metrics["accuracy"][0]) == 2
