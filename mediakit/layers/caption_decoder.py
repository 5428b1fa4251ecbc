"""A decoder that writes captions from a photo's regions and concepts.

The LSTM runs first and its state attends to the regions (Lu et al. 2017, section 2.2) and to the words of the most probable concepts
(You et al. 2016), so a whole caption goes through the LSTM in one call in training. Gates decide how much of each context vector goes
into the next word (Huang et al. 2019, section 3.1), and one matrix embeds words and scores them (Press and Wolf 2017).
"""

import math
from typing import Any

import keras
from keras import layers, ops

from mediakit.layers.attention import CrossAttention


def caption_decoder(
    vocabulary: int,
    regions: int,
    channels: int,
    *,
    concepts: int,
    captions: int,
    steps: int,
    embedding: int,
    units: int,
    key_units: int,
    heads: int,
    dropout: float,
    feature_dropout: float,
) -> keras.Model:
    """Build the decoder.

    Args:
        vocabulary: number of words.
        regions, channels: of the encoder's features.
        concepts: how many the decoder is given of each photo.
        captions, steps: captions of each photo, and words of each, in training.
        embedding, units: sizes of a word's vector and of the LSTM.
        key_units, heads: of the attention; the units are those of all heads together.
        dropout: of words and read-outs.
        feature_dropout: of region features.

    Returns:
        A model from region features `[batch, regions, channels]`, how far they count from 0 to 1 `[batch]`, words and probabilities of
        the concepts `[batch, concepts]` each, and captions `[batch, captions, steps]` to logits of each next word `[batch, captions,
        steps, vocabulary]`.
    """
    features = keras.Input((regions, channels), name="regions")
    present = keras.Input((), name="present")
    shown = keras.Input((concepts,), dtype="int32", name="concepts")
    probabilities = keras.Input((concepts,), name="probabilities")
    words = keras.Input((captions, steps), dtype="int32", name="words")
    parts = [
        layers.Dropout(feature_dropout, name="feature_dropout"),
        layers.Dropout(dropout, name="word_dropout"),
        layers.Dropout(dropout, name="readout_dropout"),
        layers.ReversibleEmbedding(vocabulary, embedding, name="embedding"),
        layers.Dense(key_units, use_bias=False, name="keys"),
        layers.Dense(units, name="values"),
        layers.Dense(embedding, name="gist"),
        layers.Dense(units, use_bias=False, name="absent_value"),  # stands for the regions where they are withheld
        layers.Dense(embedding, use_bias=False, name="absent_gist"),
        layers.Dense(embedding, activation="relu", name="concept"),
        layers.Dense(embedding, use_bias=False, name="no_concept"),
        layers.Dense(key_units, use_bias=False, name="concept_keys"),
        layers.Dense(units, name="concept_values"),
        layers.Dense(embedding, use_bias=False, name="concept_gist"),
        layers.LSTM(units, return_sequences=True, name="lstm"),
        layers.Dense(key_units, use_bias=False, name="query"),
        layers.Dense(key_units, use_bias=False, name="concept_query"),
        CrossAttention(heads, name="attention"),
        CrossAttention(heads, name="concept_attention"),
        layers.Dense(2 * units, activation="sigmoid", name="gate"),
        layers.Dense(embedding, name="readout"),
    ]
    layer = {part.name: part for part in parts}
    photo = _photo_memory(layer, layer["feature_dropout"](features), present, shown, probabilities)
    logits = _next_words(layer, photo, words)
    return keras.Model([features, present, shown, probabilities, words], logits, name="decoder")


def without_photo(decoder: keras.Model) -> keras.Model:
    """The decoder where there is no photo: words and probabilities of concepts, and one caption `[batch, 1, steps]`, to logits.

    It costs a fraction of the decoder, as no regions are read.
    """
    _, _, shown, probabilities, words = decoder.input
    shown = keras.Input(shown.shape[1:], dtype="int32", name="concepts")
    probabilities = keras.Input(probabilities.shape[1:], name="probabilities")
    words = keras.Input((1, words.shape[2]), dtype="int32", name="words")
    layer = _layers_by_name(decoder)
    logits = _next_words(layer, _photo_memory(layer, None, None, shown, probabilities), words)
    return keras.Model([shown, probabilities, words], logits, name="without_photo")


def photo_memory(decoder: keras.Model, regions, present, concepts, probabilities) -> dict[str, Any]:
    """What the decoder reads of a photo at every step, by the names of `word_step`'s inputs, and its first states.

    Takes the decoder's inputs but for the words.
    """
    memory = _photo_memory(_layers_by_name(decoder), regions, present, concepts, probabilities)
    empty = ops.zeros_like(memory["values"][:, 0])
    return {**memory, "state_h": empty, "state_c": ops.zeros_like(empty)}


def word_step(decoder: keras.Model) -> keras.Model:
    """The next word of each caption, with the decoder's own layers.

    Inputs by name: `tokens` `[batch]` and what `photo_memory` gives. Outputs: `log_probabilities` `[batch, vocabulary]`, the new
    states, and `attention` `[batch, regions]`. Nothing but matrices and reshapes by constants: LiteRT's delegate gave wrong numbers,
    from the second call on, where shapes were computed inside the network.
    """
    layer = _layers_by_name(decoder)
    regions, concepts = decoder.input[0].shape[1], decoder.input[2].shape[1]
    units, embedding, key_units = (layer[name].units for name in ("values", "gist", "keys"))
    given = {
        "tokens": keras.Input((), dtype="int32", name="tokens"),
        "state_h": keras.Input((units,), name="state_h"),
        "state_c": keras.Input((units,), name="state_c"),
        "keys": keras.Input((regions, key_units), name="keys"),
        "values": keras.Input((regions, units), name="values"),
        "gist": keras.Input((embedding,), name="gist"),
        "concept_keys": keras.Input((concepts + 1, key_units), name="concept_keys"),
        "concept_values": keras.Input((concepts + 1, units), name="concept_values"),
    }
    both = ops.concatenate([layer["embedding"](given["tokens"]), given["gist"]], axis=-1)
    hidden, (_, cell) = layer["lstm"].cell(both, [given["state_h"], given["state_c"]])
    logits, attention = _read_out(layer, given, ops.reshape(hidden, (-1, 1, units)))
    outputs = {
        "log_probabilities": ops.log_softmax(ops.reshape(logits, (-1, logits.shape[-1])), axis=-1),
        "state_h": hidden,
        "state_c": cell,
        "attention": ops.reshape(attention, (-1, regions)),
    }
    return keras.Model(given, outputs, name="word_step")


def _layers_by_name(model: keras.Model) -> dict[str, layers.Layer]:
    return {layer.name: layer for layer in model.layers}


def _photo_memory(layer: dict[str, layers.Layer], regions, present, concepts, probabilities) -> dict[str, Any]:
    """Keys, values and gist of the regions, and keys and values of the concepts.

    The first concept is a learned row that stands for none. Without regions there is one, also learned.
    """
    ones = ops.ones_like(probabilities[:, :1])
    known = ops.stack([probabilities, probabilities * probabilities, ops.log(probabilities + 0.02) / 4], axis=-1)
    embedded = layer["embedding"](concepts) * math.sqrt(layer["gist"].units)
    rows = layer["concept"](ops.concatenate([embedded, known], axis=-1)) * ops.cast(probabilities > 0, probabilities.dtype)[..., None]
    gist = layer["concept_gist"](ops.sum(rows * probabilities[..., None], axis=1))
    rows = ops.concatenate([layer["no_concept"](ones)[:, None], rows], axis=1)
    absent_value, absent_gist = layer["absent_value"](ones)[:, None], layer["absent_gist"](ones)
    if regions is None:
        values, seen = ops.repeat(absent_value, 2, axis=1), absent_gist  # two: Keras warns of a softmax over one
        keys = ops.zeros((1, 2, layer["keys"].units)) * ones[..., None]
    else:
        here = present[:, None]
        values = here[..., None] * layer["values"](regions) + (1 - here[..., None]) * absent_value
        seen = here * layer["gist"](ops.mean(regions, axis=1)) + (1 - here) * absent_gist
        keys = layer["keys"](regions)
    return {
        "keys": keys,
        "values": values,
        "gist": ops.relu(gist + seen),
        "concept_keys": layer["concept_keys"](rows),
        "concept_values": layer["concept_values"](rows),
    }


def _next_words(layer: dict[str, layers.Layer], photo: dict[str, Any], words):
    """Captions `[batch, captions, steps]` to logits of each next word."""
    captions, steps = words.shape[1:]
    word = layer["word_dropout"](layer["embedding"](words))
    both = ops.concatenate([word, photo["gist"][:, None, None] + ops.zeros_like(word)], axis=-1)
    # All captions of the batch are one batch for the LSTM, and one long row of queries for the attention.
    hidden = layer["lstm"](ops.reshape(both, (-1, steps, both.shape[-1])))
    hidden = ops.reshape(hidden, (-1, captions * steps, hidden.shape[-1]))
    logits, _ = _read_out(layer, photo, hidden)
    return ops.reshape(logits, (-1, captions, steps, logits.shape[-1]))


def _read_out(layer: dict[str, layers.Layer], photo: dict[str, Any], hidden):
    """States `[batch, queries, units]` to logits of the next word and the attention over the regions `[batch, queries, regions]`."""
    region, attention = layer["attention"](layer["query"](hidden), photo["keys"], photo["values"])
    concept, _ = layer["concept_attention"](layer["concept_query"](hidden), photo["concept_keys"], photo["concept_values"])
    context = layer["gate"](hidden) * ops.concatenate([region, concept], axis=-1)
    readout = layer["readout"](layer["readout_dropout"](ops.concatenate([hidden, context], axis=-1)))
    return layer["embedding"](readout, reverse=True), attention
