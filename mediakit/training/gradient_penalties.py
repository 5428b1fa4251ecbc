"""Penalties of gradients, for GANs. They differentiate inside a loss, which only a tape does."""

import math
from collections.abc import Callable

import tensorflow as tf
from keras import ops


def squared_gradient(function: Callable, x):
    """The squared norm `[batch]` of the gradient of `function(x)` `[batch]` with respect to each row of `x`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = ops.sum(function(x))
    gradient = tape.gradient(value, x)
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(x.shape))))


def path_lengths(function: Callable, styles, direction):
    """How far the images `function(styles)` move along `direction` for a step of the styles, `[batch]` (StyleGAN2, section 3.2).

    Args:
        function: styles `[batch, layers, style]` to images `[batch, size, size, channels]`.
        direction: a unit normal for each pixel of each image.

    It is the root of the gradient's squared norm, averaged over layers.
    """
    with tf.GradientTape() as tape:
        tape.watch(styles)
        images = function(styles)
        along = ops.sum(images * direction) / math.sqrt(images.shape[1] * images.shape[2])
    gradient = tape.gradient(along, styles)
    return ops.sqrt(ops.mean(ops.sum(ops.square(gradient), axis=2), axis=1) + 1e-12)
