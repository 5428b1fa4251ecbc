"""The recurrent network of global models of series: it sets the weights of lagged values and a distribution around their sum."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from mediakit.layers.recurrent import Cell, recurrent, state_inputs
from mediakit.media.lag_features import FEATURES, PARAMETERS


def lag_network(cell: Cell, units: int, depth: int) -> keras.Model:
    """Features `[batch, steps, FEATURES]` to the parameters of each value's distribution `[batch, steps, PARAMETERS]`.

    The outputs of all `depth` recurrent layers, `recurrent_0` and so on, are joined; `parameters` is the last layer.
    """
    inputs = keras.Input((None, FEATURES), name="inputs")
    x, heard = inputs, []
    for i in range(depth):
        x = recurrent(cell, units, f"recurrent_{i}")(x)
        heard.append(x)
    joined = layers.Concatenate(name="joined")(heard) if len(heard) > 1 else x
    # Zeros: training starts from the seasonal naive forecast.
    parameters = layers.Dense(PARAMETERS, kernel_initializer="zeros", name="parameters")(joined)
    return keras.Model(inputs, parameters, name="forecaster")


def stateful(model: keras.Model, inputs: keras.KerasTensor, advance: Callable[..., tuple[Any, dict]], name: str) -> keras.Model:
    """A network of `lag_network` that takes and gives its states, with its own weights.

    Args:
        inputs: features, `[batch, FEATURES]` for one step, `[batch, steps, FEATURES]` for a block of steps.
        advance: `recurrent.step` or `recurrent.block`.
        name: of the network.

    Returns a model from the features, by the name of `inputs`, and states to `parameters` and the new states.
    """
    x, before, after, heard = inputs, {}, {}, []
    for i, layer in enumerate(layer for layer in model.layers if isinstance(layer, layers.RNN)):
        states = state_inputs(layer, str(i))
        x, new_states = advance(layer, x, states)
        heard.append(x)
        before |= states
        after |= new_states
    after["parameters"] = model.get_layer("parameters")(ops.concatenate(heard, axis=-1))
    return keras.Model({inputs.name: inputs} | before, after, name=name)
