"""A head that says which concepts a photo shows, on top of an encoder's regions and of its own ImageNet classifier."""

import keras
import numpy as np
from keras import layers, ops

from mediakit.layers.standardize import Standardize

NO_EVIDENCE = -6.0  # the logit of a concept that no class shows


def concept_head(
    regions: int,
    channels: int,
    classes: int,
    imagenet_matrix: np.ndarray,
    evidence_columns: np.ndarray,
    classifier: list[np.ndarray] | None = None,
    region_dropout: float = 0.2,
    dropout: float = 0.3,
) -> keras.Model:
    """Build the head.

    A concept's logit starts from its evidence: the surest region of one of its detection classes, or what the ImageNet classifier
    gives its ImageNet classes, whichever is more. A linear layer on the mean region and the map of classes corrects it.

    Args:
        regions, channels: of the encoder.
        classes: number of detection classes.
        imagenet_matrix: which ImageNet class shows which concept, `[1000, concepts]` of 0 and 1.
        evidence_columns: for each concept the columns of its evidence, `[concepts, n]`: a detection class, or `classes` + concept for
            ImageNet, or `classes` + concepts for none.
        classifier: kernel and bias of the encoder's ImageNet classifier; random numbers by default.

    Returns:
        A model from region features `[batch, regions, channels]` to logits of the detection classes in each region `[batch, regions,
        classes]`, of the concepts that a caption would name `[batch, concepts]`, and of whether the photo is like those with
        captions `[batch]`.
    """
    concepts = len(evidence_columns)
    known = (evidence_columns < classes + concepts).any(axis=1)
    features = keras.Input((regions, channels), name="regions")
    dropped = layers.Dropout(region_dropout, name="region_dropout")(features)
    seen = layers.Dense(classes, bias_initializer=keras.initializers.Constant(-5), name="classes")(dropped)
    strongest, share = ops.max(seen, axis=1), ops.mean(ops.sigmoid(seen), axis=1)

    mean = ops.mean(features, axis=1)
    # Without a classifier its bias is not zero either: the file of the network would leave it out, and it could not be restored.
    imagenet = layers.Dense(len(imagenet_matrix), trainable=False, bias_initializer="random_normal", name="imagenet")
    named = ops.minimum(ops.matmul(ops.softmax(imagenet(mean)), imagenet_matrix), 1.0)
    named = ops.log(named + 0.0025) - ops.log(1.0025 - named) - 0.5
    none = ops.zeros_like(strongest[:, :1]) + NO_EVIDENCE
    columns = ops.take(ops.concatenate([strongest, named, none], axis=1), evidence_columns.ravel(), axis=1)
    evidence = ops.max(ops.reshape(columns, (-1, *evidence_columns.shape)), axis=2)
    evidence = ops.clip(evidence, NO_EVIDENCE, -NO_EVIDENCE)

    mean = Standardize(name="standardize")(mean)
    inputs = layers.Dropout(dropout, name="head_dropout")(ops.concatenate([mean, strongest / 4, 4 * ops.sqrt(share)], axis=1))
    familiar = layers.Dense(1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(6), name="familiar")(inputs)
    correction = layers.Dense(concepts, kernel_initializer="zeros", name="correction")
    weight = layers.EinsumDense("bc,c->bc", concepts, name="evidence")
    logits = correction(inputs) + weight(evidence)
    correction.bias.assign(np.where(known, -0.5, -4.0))
    weight.kernel.assign(0.8 * known)
    if classifier is not None:
        imagenet.set_weights(classifier)
    return keras.Model(features, [seen, logits, familiar[:, 0]], name="head")
