"""A decoder that attends to the source and is fed its own read-outs (Luong et al. 2015)."""

import keras
from keras import layers, ops

from mediakit.layers.attention import CrossAttention
from mediakit.layers.recurrent import CELLS, Cell, state_names


@keras.saving.register_keras_serializable("mediakit")
class AttentionDecoder(layers.Layer):
    """A recurrent cell whose output attends to `memory`; both become a read-out that is fed back (Luong et al. 2015, figure 4).

    Call with words `[batch, steps, embedding]`, memory `[batch, positions, units]`, mask `[batch, positions]` (true: may be
    attended to) and the cell's first states, a list of `[batch, units]`; returns the read-outs `[batch, steps, readout]`.

    Args:
        units: of the cell.
        readout: size of a read-out.
        state_dropout: of the hidden state and the fed-back read-out, with one mask for all steps.
        cell: "lstm" or "gru".
    """

    def __init__(self, units: int, readout: int, state_dropout: float = 0.0, cell: Cell = "lstm", **kwargs):
        super().__init__(**kwargs)
        self.units, self.readout_units, self.state_dropout, self.kind = units, readout, state_dropout, cell
        self.cell = CELLS[cell](units, name="cell")
        self.query = layers.Dense(units, use_bias=False, name="query")
        self.attention = CrossAttention(1, name="attention")  # one head: its weights are the alignment
        self.readout = layers.Dense(readout, activation="tanh", name="readout")
        self.dropout = layers.Dropout(state_dropout)

    @property
    def state_sizes(self) -> dict[str, int]:
        """The size of each state of a step by name, in order: the cell's, then `readout`."""
        return {**dict.fromkeys(state_names(self.cell), self.units), "readout": self.readout_units}

    def build(self, words_shape, memory_shape, *_):
        self.cell.build((None, words_shape[-1] + self.readout_units))
        self.query.build((None, self.units))
        self.readout.build((None, self.units + memory_shape[-1]))

    def step(self, word, states, memory, mask, keep=None):
        """One step.

        Args:
            word: `[batch, embedding]`.
            states: of the cell, the hidden state first, and the read-out.
            memory, mask: as in a call.
            keep: dropout's factors for the hidden state and the fed-back read-out.

        Returns the next states and the attention `[batch, positions]`.
        """
        hidden, *rest, readout = states
        if keep is not None:
            hidden, readout = hidden * keep[0], readout * keep[1]
        _, states = self.cell(ops.concatenate([word, readout], axis=-1), [hidden, *rest])
        context, weights = self.attention(ops.expand_dims(self.query(states[0]), 1), memory, memory, mask)
        readout = self.readout(ops.concatenate([states[0], ops.squeeze(context, 1)], axis=-1))
        return (*states, readout), ops.squeeze(weights, 1)

    def call(self, words, memory, mask, states, training=False):
        readout = ops.zeros_like(words[:, 0, : self.readout_units])
        keep = [self.dropout(ops.ones_like(state), training=training) for state in (states[0], readout)]

        def next_states(states, word):
            states, _ = self.step(word, states, memory, mask, keep)
            return states, states

        _, (*_, readouts) = ops.scan(next_states, (*states, readout), ops.swapaxes(words, 0, 1))
        return ops.swapaxes(readouts, 0, 1)

    def compute_output_shape(self, words_shape, *_):
        return (*words_shape[:2], self.readout_units)

    def get_config(self):
        sizes = {"units": self.units, "readout": self.readout_units}
        return {**super().get_config(), **sizes, "state_dropout": self.state_dropout, "cell": self.kind}
