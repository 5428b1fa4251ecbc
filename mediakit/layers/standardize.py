"""Features brought to mean 0 and variance 1, by numbers that are measured once."""

import keras
import numpy as np


@keras.saving.register_keras_serializable("mediakit")
class Standardize(keras.layers.Layer):
    """`(x - mean) / deviation` for each channel, the last axis. `measure` sets both; until then it changes nothing.

    They are weights, saved and loaded like others, that no optimizer moves.
    """

    def build(self, shape):
        """Make both weights."""
        self.mean = self.add_weight(name="mean", shape=shape[-1:], initializer="zeros", trainable=False)
        self.deviation = self.add_weight(name="deviation", shape=shape[-1:], initializer="ones", trainable=False)

    def call(self, x):
        """Of any shape, channels last."""
        return (x - self.mean) / self.deviation

    def measure(self, features: np.ndarray) -> None:
        """Take mean and deviation over all axes but the last."""
        if not self.built:
            self.build(features.shape)
        rows = np.asarray(features, np.float32).reshape(-1, features.shape[-1])
        self.mean.assign(rows.mean(axis=0))
        self.deviation.assign(rows.std(axis=0) + 1e-4)

    def compute_output_shape(self, shape):
        """The same."""
        return shape
