"""A decoder that attends to the source and is fed its own read-outs (Luong et al. 2015)."""

from collections.abc import Callable

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
        cell: "lstm", "gru" or "rnn".
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

    def step_network(self, embed: Callable, score: Callable) -> keras.Model:
        """One token for any number of sequences.

        Inputs by name: `tokens` `[batch]`; the states `state_h`, `state_c` (not of a GRU) `[batch, units]` and `state_readout`
        `[batch, readout]`, zeros at first; `memory` `[batch, positions, units]`; `mask` `[batch, positions]`, 1 for what may be
        attended to, else 0. Outputs: `log_probabilities` `[batch, vocabulary]`, the new states, and `attention`
        `[batch, positions]`.

        Args:
            embed: tokens `[batch]` to words `[batch, embedding]`.
            score: read-outs `[batch, readout]` to logits `[batch, vocabulary]`.
        """
        tokens = keras.Input((), dtype="int32", name="tokens")
        states = {f"state_{part}": keras.Input((size,), name=f"state_{part}") for part, size in self.state_sizes.items()}
        memory, mask = keras.Input((None, self.units), name="memory"), keras.Input((None,), name="mask")
        new_states, attention = self.step(embed(tokens), list(states.values()), memory, mask)
        logits = score(new_states[-1])
        outputs = {
            # LiteRT has no fast kernel for log_softmax: it would take two thirds of the time.
            "log_probabilities": logits - ops.logsumexp(logits, axis=-1, keepdims=True),
            **dict(zip(states, new_states, strict=True)),
            "attention": attention,
        }
        return keras.Model({"tokens": tokens, **states, "memory": memory, "mask": mask}, outputs, name="decoder_step")

    def first_inputs(self, memory, mask, states) -> dict:
        """All inputs of the first step of `step_network` but `tokens`; the arguments are those of a call."""
        states = [*states, ops.zeros((ops.shape(memory)[0], self.readout_units))]
        named = {f"state_{part}": state for part, state in zip(self.state_sizes, states, strict=True)}
        return {"memory": memory, "mask": ops.cast(mask, memory.dtype), **named}

    def compute_output_shape(self, words_shape, *_):
        return (*words_shape[:2], self.readout_units)

    def get_config(self):
        sizes = {"units": self.units, "readout": self.readout_units}
        return {**super().get_config(), **sizes, "state_dropout": self.state_dropout, "cell": self.kind}
