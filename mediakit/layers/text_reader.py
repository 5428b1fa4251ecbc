"""The networks that a sentiment pipeline runs, from the parts of the Keras model.

The model has the layers `word`, `characters_cnn`, `forward`, `backward` unless it reads in one direction, `opinion_hidden` and
`opinion`, and with attention `attention_hidden` and `attention`; see `recipes/sentiment.py`.
"""

import keras
from keras import layers, ops

from mediakit.layers.recurrent import directional_steps


def layers_by_direction(model: keras.Model) -> dict[str, layers.RNN]:
    """The recurrent layers: `forward`, and `backward` if there is one."""
    names = [layer.name for layer in model.layers]
    return {way: model.get_layer(way) for way in ("forward", "backward") if way in names}


def step_network(model: keras.Model) -> keras.Model:
    """One word in each direction, for any number of texts side by side.

    Inputs by name: `token_forward`, `token_backward` `[batch, features]`, and the states `[batch, units]`; outputs: the new states,
    see `directional_steps`.
    """
    parts = layers_by_direction(model)
    size = parts["forward"].cell.kernel.shape[0]
    words = {way: keras.Input((size,), name=f"token_{way}") for way in parts}
    states, new_states = directional_steps(parts, words)
    return keras.Model({f"token_{way}": word for way, word in words.items()} | states, new_states, name="step")


def opinion_network(model: keras.Model) -> keras.Model:
    """The states of a word, `forward_h` and `backward_h` `[batch, units]`, to its `opinion` and, with attention, the logarithm of
    its `attention`, both `[batch, heads]`."""
    inputs = {f"{way}_h": keras.Input((layer.units,), name=f"{way}_h") for way, layer in layers_by_direction(model).items()}
    states = ops.concatenate(list(inputs.values()), axis=-1)
    outputs = {"opinion": model.get_layer("opinion")(model.get_layer("opinion_hidden")(states))}
    if any(layer.name == "attention" for layer in model.layers):
        outputs["attention"] = model.get_layer("attention")(model.get_layer("attention_hidden")(states))
    return keras.Model(inputs, outputs, name="opinions")
