"""The parts of a BiLSTM-CRF tagger: its scores, labels and loss for a batch, and the networks that score labels.

The Keras model has the layers `word`, `characters_cnn`, `bidirectional`, `scores` and `crf`; see `recipes/named_entities.py`.
"""

import keras
import numpy as np
from keras import ops

from mediakit.layers.token_embedding import is_token


def label_scores(model: keras.Model, batch, training: bool = False):
    """The model's scores for a batch of features by name."""
    return model([batch[tensor.name] for tensor in model.inputs], training=training)


def label_loss(model: keras.Model, batch) -> tuple:
    """Negative log-likelihood of the label sequences, summed over sentences, and the number of sentences."""
    scores, mask = label_scores(model, batch, training=True), is_token(batch["characters"])
    likelihood = model.get_layer("crf").log_likelihood(scores, batch["labels"], mask)
    return -ops.sum(likelihood), ops.cast(ops.shape(likelihood)[0], "float32")


def best_labels(model: keras.Model, batch):
    """The labels of the best paths `[batch, tokens]` (Viterbi)."""
    mask = is_token(batch["characters"])
    return model.get_layer("crf").decode(label_scores(model, batch), mask)


def score_network(model: keras.Model, outside_penalty: float = 0.0) -> keras.Model:
    """`forward_h` and `backward_h` of tokens `[batch, units]` to label scores `scores`
    `[batch, labels]`, of which O is the first."""
    units = model.get_layer("bidirectional").forward_layer.units
    inputs = {name: keras.Input((units,), name=name) for name in ("forward_h", "backward_h")}
    scores = model.get_layer("scores")(ops.concatenate(list(inputs.values()), axis=-1))
    penalty = np.zeros((1, scores.shape[-1]), np.float32)
    penalty[:, 0] = outside_penalty
    return keras.Model(inputs, {"scores": scores - penalty}, name="scores")


def transition_network(model: keras.Model) -> keras.Model:
    """`label` int32 `[batch]` to the scores `transitions` `[batch, labels + 1]` of what follows: a
    label or, last, the end. The label number `labels` is the start."""
    label = keras.Input((), dtype="int32", name="label")
    scores = ops.take(model.get_layer("crf").transitions, label, axis=0)
    return keras.Model({"label": label}, {"transitions": scores}, name="transitions")
