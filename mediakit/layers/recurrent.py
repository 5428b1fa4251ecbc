"""Recurrent cells and layers by name, and layers as networks of one step."""

from collections.abc import Mapping
from typing import Literal

import keras
from keras import layers

Cell = Literal["lstm", "gru", "rnn"]
CELLS: dict[str, type[layers.Layer]] = {"lstm": layers.LSTMCell, "gru": layers.GRUCell, "rnn": layers.SimpleRNNCell}
# Whole layers of these cells: on a GPU, LSTMs and GRUs use cuDNN.
LAYERS: dict[str, type[layers.RNN]] = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}


def state_names(cell: layers.Layer) -> tuple[str, ...]:
    """Names of a cell's states, in Keras's order: the output `h`, and an LSTM's memory `c`."""
    return ("h", "c") if isinstance(cell, layers.LSTMCell) else ("h",)


def recurrent(cell: Cell, units: int, name: str) -> layers.RNN:
    """An LSTM (Hochreiter and Schmidhuber 1997), a GRU (Cho et al. 2014) or a simple recurrent network without gates (Elman 1990):
    sequences `[batch, steps, channels]` to its outputs `[batch, steps, units]`. Raises ValueError for another cell."""
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


def block(layer: layers.RNN, x, states: dict[str, keras.KerasTensor]):
    """A block of steps of a layer, with the layer's own weights: `x` `[batch, steps, channels]` and the states of `state_inputs`
    to the outputs `[batch, steps, units]` and the states after the block, by the same names."""
    carrying = layers.RNN(layer.cell, return_sequences=True, return_state=True)
    outputs, *new = carrying(x, initial_state=list(states.values()))
    return outputs, dict(zip(states, new, strict=True))


def directional_steps(parts: Mapping[str, layers.RNN], inputs: Mapping[str, keras.KerasTensor], prefix: str = "") -> tuple[dict, dict]:
    """One step of recurrent layers that read the same sequences in different directions, for any number of sequences side by
    side, with the layers' own weights.

    A sequence of n vectors takes n steps, backwards from its last. The output of a bidirectional layer at position i is
    `forward_h` of step i beside `backward_h` of step n - 1 - i.

    Args:
        parts: the layer of each direction: `forward`, `backward` or both.
        inputs: the vectors `[batch, channels]` of a step, by direction.
        prefix: of the states' names.

    Returns inputs for the states `[batch, units]`, and the new states, by the same names: `forward_h`, `forward_c`,
    `backward_h`, `backward_c`; those that end in `_c` only for an LSTM.
    """
    states, new_states = {}, {}
    for direction, layer in parts.items():
        cell = layer.cell
        names = [f"{prefix}{direction}_{part}" for part in state_names(cell)]
        states |= {name: keras.Input((cell.units,), name=name) for name in names}
        # A model of its own, since both directions' cells may have the same name.
        vector, *before = (keras.Input((size,)) for size in (inputs[direction].shape[-1], *(cell.units for _ in names)))
        one = keras.Model([vector, *before], cell(vector, before)[1], name=f"{direction}_step")
        new = one([inputs[direction], *(states[name] for name in names)])
        new_states |= dict(zip(names, new if isinstance(new, list | tuple) else [new], strict=True))
    return states, new_states


def directions(layer: layers.Bidirectional) -> dict[str, layers.RNN]:
    """The two layers of a bidirectional one, by direction."""
    return {"forward": layer.forward_layer, "backward": layer.backward_layer}


def step_network(parts: Mapping[str, layers.RNN]) -> keras.Model:
    """One token in each direction, for any number of texts side by side.

    Inputs by name: `token_forward`, `token_backward` `[batch, features]`, and the states `[batch, units]`; outputs: the new
    states, see `directional_steps`.
    """
    tokens = {way: keras.Input((layer.cell.kernel.shape[0],), name=f"token_{way}") for way, layer in parts.items()}
    states, new_states = directional_steps(parts, tokens)
    return keras.Model({f"token_{way}": token for way, token in tokens.items()} | states, new_states, name="step")
