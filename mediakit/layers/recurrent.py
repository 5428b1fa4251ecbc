"""Recurrent layers, named by their cell, and one step of them for export."""

from typing import Literal

import keras
from keras import layers

Cell = Literal["lstm", "gru"]
_CELLS = {"lstm": layers.LSTMCell, "gru": layers.GRUCell}


def recurrent(cell: Cell, units: int, name: str) -> layers.RNN:
    """An LSTM (Hochreiter and Schmidhuber 1997) or a GRU (Cho et al. 2014): sequences `[batch, steps, channels]` to its
    outputs `[batch, steps, units]`. Raises ValueError for another cell."""
    if cell not in _CELLS:
        raise ValueError(f"cell={cell}: choose from {', '.join(_CELLS)}")
    # A cell of its own name: a network of steps may hold several.
    return layers.RNN(_CELLS[cell](units, name=f"{name}_cell"), return_sequences=True, name=name)


def state_inputs(layer: layers.RNN, suffix: str = "") -> dict[str, keras.KerasTensor]:
    """The states before a step, `[batch, units]` each: `state_h`, and for an LSTM `state_c`."""
    kinds = "hc" if isinstance(layer.cell, layers.LSTMCell) else "h"
    return {name: keras.Input((layer.cell.units,), name=name) for name in (f"state_{kind}{suffix}" for kind in kinds)}


def step(layer: layers.RNN, x, states: dict[str, keras.KerasTensor]):
    """One step of a layer, with the layer's own weights: `x` `[batch, channels]` and the states of `state_inputs` to the
    output `[batch, units]` and the new states, by the same names."""
    output, new = layer.cell(x, list(states.values()))
    return output, dict(zip(states, new, strict=True))
