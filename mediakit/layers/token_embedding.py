"""What a network is told of a token by itself: the inputs, the layers that embed it, and these as a network of their own.

The layers are called `word` and `characters_cnn`.
"""

import keras
from keras import layers, ops

from mediakit.layers.character_cnn import CharacterCNN
from mediakit.text.word_features import SHAPES, UNKNOWN_CHARACTER, WordFeatures


def token_inputs(features: WordFeatures, characters: int) -> dict[str, keras.KerasTensor]:
    """Inputs for sequences of tokens `[batch, tokens, …]`, named as in `TokenFeatures`; no `vectors` where there are none.

    Padding is on the right; a token without a first character is padding.

    Args:
        characters: of each token.
    """
    inputs = {
        "words": keras.Input((None,), dtype="int32", name="words"),
        "characters": keras.Input((None, characters), dtype="int32", name="characters"),
        "shapes": keras.Input((None, len(SHAPES)), name="shapes"),
    }
    if features.dimensions:
        inputs["vectors"] = keras.Input((None, features.dimensions), name="vectors")
    return inputs


def embedded_tokens(
    features: WordFeatures, inputs: dict, embedding: int, character_embedding: int, character_filters: int, widest_filter: int
):
    """Tokens as vectors: the word, its characters, its shape.

    Args:
        inputs: of `token_inputs`.
        embedding: size of word embeddings where there are no vectors.
        character_filters: of each width, from 2 to `widest_filter` characters.
    """
    # With zeros, a word that has a vector starts as its vector.
    start = "zeros" if features.dimensions else "uniform"
    words = layers.Embedding(1 + features.tuned, features.dimensions or embedding, embeddings_initializer=start, name="word")
    kinds, widths = UNKNOWN_CHARACTER + 1 + len(features.characters), range(2, widest_filter + 1)
    characters = CharacterCNN(kinds, character_embedding, character_filters, widths, name="characters_cnn")
    return embed_tokens(words, characters, inputs)


def embed_tokens(words: layers.Embedding, characters: CharacterCNN, inputs: dict):
    """Tokens as vectors, by these layers."""
    spelling = characters(inputs["characters"])
    word = words(inputs["words"])
    if "vectors" in inputs:
        word = word + inputs["vectors"]
    return ops.concatenate([word, spelling, inputs["shapes"]], axis=-1)


def is_token(characters):
    """Where there are tokens and not padding, whose characters are 0, `[batch, tokens]`."""
    return ops.not_equal(characters[:, :, 0], 0)


def token_network(model: keras.Model) -> keras.Model:
    """Features of tokens `[batch, …]`, by the names of the model's inputs, to their vectors `token` `[batch, features]`.

    They do not depend on other tokens: once per distinct token is enough.
    """
    inputs = {tensor.name: keras.Input(tensor.shape[2:], dtype=tensor.dtype, name=tensor.name) for tensor in model.inputs}
    token = embed_tokens(model.get_layer("word"), model.get_layer("characters_cnn"), inputs)
    return keras.Model(inputs, {"token": token}, name="token")
