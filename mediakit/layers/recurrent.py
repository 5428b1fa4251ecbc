"""Recurrent cells and layers by name, and layers as networks of one step."""

from collections.abc import Mapping
from typing import Literal

import keras
from keras import layers

Cell = Literal["lstm", "gru"]
CELLS: dict[str, type[layers.Layer]] = {"lstm": layers.LSTMCell, "gru": layers.GRUCell}


def state_names(cell: layers.Layer) -> tuple[str, ...]:
    """Names of a cell's states, in Keras's order: the output `h`, and an LSTM's memory `c`."""
    return ("h", "c") if isinstance(cell, layers.LSTMCell) else ("h",)


def recurrent(cell: Cell, units: int, name: str) -> layers.RNN:
    """An LSTM (Hochreiter and Schmidhuber 1997) or a GRU (Cho et al. 2014): sequences `[batch, steps, channels]` to its
    outputs `[batch, steps, units]`. Raises ValueError for another cell."""
    if cell not in CELLS:
        raise ValueError(f"cell={cell}: choose from {', '.join(CELLS)}")
    # Each cell has a name of its own, since a network of steps may hold several.
    return layers.RNN(CELLS[cell](units, name=f"{name}_cell"), return_sequences=True, name=name)


def state_inputs(layer: layers.RNN, suffix: str = "") -> dict[str, keras.KerasTensor]:
    """The states before a step, `[batch, units]` each: `state_h`, and for an LSTM `state_c`."""
    names = [f"state_{part}{suffix}" for part in state_names(layer.cell)]
    return {name: keras.Input((layer.cell.units,), name=name) for name in names}


def step(layer: layers.RNN, x, states: dict[str, keras.KerasTensor]):
    """One step of a layer, with the layer's own weights: `x` `[batch, channels]` and the states of `state_inputs` to the
    output `[batch, units]` and the new states, by the same names."""
    output, new = layer.cell(x, list(states.values()))
    return output, dict(zip(states, new, strict=True))


def bidirectional_step(layer: layers.Bidirectional, inputs: Mapping[str, keras.KerasTensor], prefix: str = "") -> tuple[dict, dict]:
    """One step of a bidirectional layer in each direction, for any number of sequences side by side, with the layer's own weights.

    A sequence of n vectors takes n steps, backwards from its last. The layer's output at position i is `forward_h` of step i
    beside `backward_h` of step n - 1 - i.

    Args:
        layer: wraps two recurrent layers.
        inputs: the vectors `[batch, channels]` of a step, by direction: `forward`, `backward`.
        prefix: of the states' names.

    Returns inputs for the states `[batch, units]`, and the new states, by the same names: `forward_h`, `forward_c`,
    `backward_h`, `backward_c`; without those that end in `_c` for a GRU.
    """
    states, new_states = {}, {}
    for direction, cell in (("forward", layer.forward_layer.cell), ("backward", layer.backward_layer.cell)):
        names = [f"{prefix}{direction}_{part}" for part in state_names(cell)]
        states |= {name: keras.Input((cell.units,), name=name) for name in names}
        # A model of its own, since both directions' cells may have the same name.
        vector, *before = (keras.Input((size,)) for size in (inputs[direction].shape[-1], *(cell.units for _ in names)))
        one = keras.Model([vector, *before], cell(vector, before)[1], name=f"{direction}_step")
        new_states |= dict(zip(names, one([inputs[direction], *(states[name] for name in names)]), strict=True))
    return states, new_states
