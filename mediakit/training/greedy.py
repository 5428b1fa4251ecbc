"""Greedy decoding inside the training graph: quick enough to validate by after every epoch."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from mediakit.text.vocabulary import END, PAD, START, UNKNOWN


def write_greedily(step: keras.Model, given: Mapping[str, Any], limit: Any):
    """The most probable tokens by a network that ships: ids `[batch, limit]`, ended by END and padded.

    Args:
        step: a network whose inputs are `tokens` `[batch]`, states, and whatever stays the same from token to token; its outputs
            are `log_probabilities` `[batch, vocabulary]` and the new states, under the same names.
        given: all inputs but `tokens`. Names of states begin with `state_`.
        limit: the most tokens.
    """
    names = [name for name in given if name.startswith("state_")]
    constants = {name: value for name, value in given.items() if name not in names}
    forbidden = np.zeros(step.output["log_probabilities"].shape[-1], np.float32)
    forbidden[[PAD, START, UNKNOWN]] = -1e9

    def write_one(i, written, tokens, *states):
        outputs = step({**constants, **dict(zip(names, states, strict=True)), "tokens": tokens}, training=False)
        best = ops.cast(ops.argmax(outputs["log_probabilities"] + forbidden, axis=-1), "int32")
        tokens = ops.where((tokens == END) | (tokens == PAD), PAD, best)
        written = ops.where(ops.arange(limit) == i, tokens[:, None], written)
        return (i + 1, written, tokens, *(outputs[name] for name in names))

    def unfinished(i, written, tokens, *states):
        return (i < limit) & ops.any((tokens != END) & (tokens != PAD))

    batch = ops.shape(given[names[0]])[0]
    first = (0, ops.full((batch, limit), PAD, "int32"), ops.full((batch,), START, "int32"), *(given[name] for name in names))
    return ops.while_loop(unfinished, write_one, first)[1]


def inputs_after(step: keras.Model, given: Mapping[str, Any], tokens: int) -> dict[str, np.ndarray]:
    """All inputs of a network after its most probable first tokens, to compare what ships on states that occur.

    Args:
        step, given: as in `write_greedily`.
        tokens: how many.
    """
    batch = next(iter(given.values())).shape[0]
    inputs = {**given, "tokens": ops.full((batch,), START, "int32")}
    for _ in range(tokens):
        outputs = step(inputs)
        inputs |= {name: outputs[name] for name in outputs if name.startswith("state_")}
        inputs["tokens"] = ops.cast(ops.argmax(outputs["log_probabilities"], axis=-1), "int32")
    return {name: ops.convert_to_numpy(value) for name, value in inputs.items()}
