"""A decoder that attends to what was read and is fed its own read-outs (Luong et al. 2015)."""

import keras
from keras import layers, ops

from mediakit.layers.attention import CrossAttention


@keras.saving.register_keras_serializable("mediakit")
class AttentionDecoder(layers.Layer):
    """An LSTM whose output attends to `memory`; both become a read-out that is fed back (Luong et al. 2015, figure 4).

    Call with words `[batch, steps, embedding]`, memory `[batch, positions, units]`, mask `[batch, positions]` (true: may be
    looked at) and first states `[batch, units]`; returns the read-outs `[batch, steps, readout]`.
    """

    def __init__(self, units: int, readout: int, state_dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.readout_units, self.state_dropout = units, readout, state_dropout
        self.cell = layers.LSTMCell(units, name="cell")
        self.query = layers.Dense(units, use_bias=False, name="query")
        self.attention = CrossAttention(1, name="attention")  # one head: its weights are the alignment
        self.readout = layers.Dense(readout, activation="tanh", name="readout")
        self.dropout = layers.Dropout(state_dropout)

    def build(self, words_shape, memory_shape, *_):
        self.cell.build((None, words_shape[-1] + self.readout_units))
        self.query.build((None, self.units))
        self.readout.build((None, self.units + memory_shape[-1]))

    def step(self, word, state, memory, mask, keep=(1.0, 1.0)):
        """One step: word `[batch, embedding]` and state (hidden, cell, read-out) to the next state and the attention
        `[batch, positions]`; `keep` are dropout's factors for the hidden state and the fed-back read-out."""
        hidden, cell, readout = state
        both = ops.concatenate([word, readout * keep[1]], axis=-1)
        _, (hidden, cell) = self.cell(both, [hidden * keep[0], cell])
        context, weights = self.attention(ops.expand_dims(self.query(hidden), 1), memory, memory, mask)
        readout = self.readout(ops.concatenate([hidden, ops.squeeze(context, 1)], axis=-1))
        return (hidden, cell, readout), ops.squeeze(weights, 1)

    def call(self, words, memory, mask, hidden, cell, training=False):
        readout = ops.zeros_like(words[:, 0, : self.readout_units])
        keep = [self.dropout(ops.ones_like(state), training=training) for state in (hidden, readout)]

        def next_state(state, word):
            state, _ = self.step(word, state, memory, mask, keep)
            return state, state

        _, (_, _, readouts) = ops.scan(next_state, (hidden, cell, readout), ops.swapaxes(words, 0, 1))
        return ops.swapaxes(readouts, 0, 1)

    def compute_output_shape(self, words_shape, *_):
        return (*words_shape[:2], self.readout_units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "readout": self.readout_units, "state_dropout": self.state_dropout}
