"""The translation loss in few products, against the Keras model."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras
import tensorflow as tf

from mediakit.recipes import translation
from mediakit.text.subwords import learn
from mediakit.text.vocabulary import PAD
from mediakit.training.losses import token_cross_entropy
from mediakit.training.translation_loss import translation_loss

CONFIG = translation.Config(vocabulary=60, embedding=6, units=8, dropout=0.0, state_dropout=0.0)
SOURCE = np.array([[5, 6, 7, 8], [9, 4, 0, 0], [11, 0, 0, 0]], np.int32)
TARGET = np.array([[1, 5, 6, 2, 0], [1, 7, 2, 0, 0], [1, 9, 8, 7, 2]], np.int32)


def build(config=CONFIG):
    subwords = learn(60, [("a dog runs and a red cat sleeps in the house", 1.0)], "identity")
    keras.utils.set_random_seed(0)
    model = translation.build(config, translation.Data([], [], subwords, subwords, {}))
    for variable in model.trainable_variables:
        variable.assign(variable * 2 + 0.05)
    return model


@tf.function
def loss_and_gradients(model, loss):
    with tf.GradientTape() as tape:
        found = loss()
        mean = found.total / found.weight
    gradients = tape.gradient(mean, [variable.value for variable in model.trainable_variables])
    return (found.total, found.weight, *found.metrics["cross_entropy"]), [tf.convert_to_tensor(each) for each in gradients]


def test_it_has_the_value_and_the_gradients_of_the_model():
    model = build()
    logits = lambda: model([SOURCE, TARGET[:, :-1]], training=True)  # noqa: E731
    wanted, expected = loss_and_gradients(model, lambda: token_cross_entropy(logits(), TARGET[:, 1:], 0.1, PAD))
    found, gradients = loss_and_gradients(model, lambda: translation_loss(model, tf.constant(SOURCE), tf.constant(TARGET), 0.1))
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert found[1] == 9
    for variable, gradient, other in zip(model.trainable_variables, gradients, expected, strict=True):
        np.testing.assert_allclose(gradient, other, atol=2e-6, err_msg=variable.path)


def test_dropout_is_active():
    model = build(translation.Config(vocabulary=60, embedding=6, units=8, dropout=0.5, state_dropout=0.5))
    first, second = (float(translation_loss(model, tf.constant(SOURCE), tf.constant(TARGET), 0.1).total) for _ in range(2))
    assert first != second
