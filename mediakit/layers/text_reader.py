"""What a sentiment pipeline runs of a model besides its embeddings.

The model has the layers `forward`, `backward` unless it reads in one direction, `opinion_hidden` and `opinion`, and with attention
`attention_hidden` and `attention`; see `recipes/sentiment.py`.
"""

import keras
from keras import layers, ops


def layers_by_direction(model: keras.Model) -> dict[str, layers.RNN]:
    """The recurrent layers: `forward`, and `backward` if there is one."""
    names = [layer.name for layer in model.layers]
    return {way: model.get_layer(way) for way in ("forward", "backward") if way in names}


def opinion_network(model: keras.Model) -> keras.Model:
    """The states of a word, `forward_h` and `backward_h` `[batch, units]`, to its `opinion` and, with attention, the logarithm of
    its `attention`, both `[batch, heads]`."""
    inputs = {f"{way}_h": keras.Input((layer.units,), name=f"{way}_h") for way, layer in layers_by_direction(model).items()}
    states = ops.concatenate(list(inputs.values()), axis=-1)
    outputs = {"opinion": model.get_layer("opinion")(model.get_layer("opinion_hidden")(states))}
    if any(layer.name == "attention" for layer in model.layers):
        outputs["attention"] = model.get_layer("attention")(model.get_layer("attention_hidden")(states))
    return keras.Model(inputs, outputs, name="opinions")
