"""Standardising features to mean 0 and variance 1 with statistics measured once."""

import keras
import numpy as np


@keras.saving.register_keras_serializable("mediakit")
class Standardize(keras.layers.Layer):
    """`(x - mean) / deviation` for each channel (the last axis).

    `measure` sets both statistics; until then the layer is the identity. They are non-trainable weights, saved and loaded with
    the model.
    """

    def build(self, shape):
        """Create the weights."""
        self.mean = self.add_weight(name="mean", shape=shape[-1:], initializer="zeros", trainable=False)
        self.deviation = self.add_weight(name="deviation", shape=shape[-1:], initializer="ones", trainable=False)

    def call(self, x):
        """Standardise `x` of any shape, channels last."""
        return (x - self.mean) / self.deviation

    @property
    def measured(self) -> bool:
        """Whether `measure` was called, or its result loaded."""
        return bool(np.any(keras.ops.convert_to_numpy(self.mean)))

    def measure(self, features: np.ndarray) -> None:
        """Set mean and deviation to those of `features`, over all axes but the last."""
        if not self.built:
            self.build(features.shape)
        rows = np.asarray(features, np.float32).reshape(-1, features.shape[-1])
        self.mean.assign(rows.mean(axis=0))
        self.deviation.assign(rows.std(axis=0) + 1e-4)

    def compute_output_shape(self, shape):
        """The shape is unchanged."""
        return shape
