"""Exponential moving average of weights (Polyak and Juditsky 1992): steadier than the last step's weights."""

from collections.abc import Sequence

import keras


class MovingAverage:
    """Shadows of `variables`, with the bias of the early steps removed by a decay that grows to `decay`.

    Make it under the strategy's scope. `swap` exchanges weights and shadows, for validation and back.
    """

    def __init__(self, variables: Sequence[keras.Variable], decay: float):
        self.variables, self.decay = list(variables), decay
        self.count = keras.Variable(0, dtype="int32", trainable=False, name="average_count")
        self._values = [keras.Variable(v, trainable=False, dtype=v.dtype, name=f"average_{i}") for i, v in enumerate(variables)]

    @property
    def shadows(self) -> list[keras.Variable]:
        """Everything that a checkpoint needs."""
        return [self.count, *self._values]

    def update(self) -> None:
        """Take the weights of a finished step in; call it outside of the replicas."""
        count = keras.ops.cast(self.count, "float32")
        decay = keras.ops.minimum(self.decay, (1.0 + count) / (10.0 + count))
        for shadow, variable in zip(self._values, self.variables, strict=True):
            shadow.assign(shadow * decay + variable * (1.0 - decay))
        self.count.assign_add(1)

    def swap(self) -> None:
        """Exchange weights and shadows."""
        for shadow, variable in zip(self._values, self.variables, strict=True):
            value = keras.ops.convert_to_numpy(variable)
            variable.assign(keras.ops.convert_to_numpy(shadow))
            shadow.assign(value)
