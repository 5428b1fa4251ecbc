"""The recurrent network of global models of series: it sets the weights of lagged values and a distribution around their sum."""

import keras
from keras import layers

from mediakit.layers.recurrent import Cell, recurrent
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
