"""Photos taken before a plain background, put before another one: cutting out, turning, compositing."""

import numpy as np
import tensorflow as tf
from scipy import ndimage

LEAST, MOST = 0.05, 0.75  # part of the photo that a plausible foreground covers
PLAIN = 12.0  # mean distance of the photo's border from its smooth background
FAINT = 20.0  # a foreground's least distance from it
# RGB to a sixth of the brightness, red-green and blue-yellow: light and shadow differ in brightness, things in hue.
OPPONENT = np.array([[0.06, 1.0, 0.5], [0.06, -1.0, 0.5], [0.06, 0.0, -1.0]])


def matte(photo: np.ndarray) -> np.ndarray | None:
    """The foreground of a photo before a plain background: uint8 `[size, size]`, 255 where it is opaque.

    A plane is fitted to the colours along the top and the sides, so light may fall off over the background. The largest patch of
    pixels that differ from it, in hue more than in brightness, is the foreground. None where the border is not plain, or the
    result is implausible.

    Args:
        photo: RGB uint8 `[size, size, 3]`.
    """
    size = len(photo)
    y, x = np.mgrid[0:size, 0:size] / size
    terms = np.stack([np.ones_like(x), x, y], axis=-1)
    edge = np.zeros((size, size), bool)
    margin = max(1, size // 24)
    edge[:margin] = edge[: size * 2 // 3, :margin] = edge[: size * 2 // 3, -margin:] = True
    colours = photo @ OPPONENT
    for _ in range(3):  # again without what crosses the border, such as a finger
        surface = terms @ np.linalg.lstsq(terms[edge], colours[edge], rcond=None)[0]
        distance = np.linalg.norm(colours - surface, axis=-1)
        near = edge & (distance <= 2 * np.median(distance[edge]) + 4)
        edge = near if near.sum() > 2 * size else edge
    noise = np.mean(distance[edge])
    if noise > PLAIN:
        return None
    labels, count = ndimage.label(ndimage.binary_opening(distance > max(3 * noise, FAINT)))
    if not count:
        return None
    largest = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    if not LEAST < largest.mean() < MOST:
        return None
    holes, count = ndimage.label(~largest)
    small = np.flatnonzero(np.bincount(holes.ravel()) < size * size / 200)
    soft = ndimage.gaussian_filter((largest | np.isin(holes, small)).astype(np.float32), 0.7)
    return (255 * np.clip(2 * soft - 1, 0, 1) + 0.5).astype(np.uint8)


def turned(photo: tf.Tensor, angle: tf.Tensor, scale: tf.Tensor, fill: str) -> tf.Tensor:
    """A photo `[size, size, channels]` turned by `angle` radians and enlarged by `scale` about its centre.

    `fill` says what stands outside: "REFLECT" or "CONSTANT" (zeros).
    """
    middle = (photo.shape[0] - 1) / 2
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    left, top = middle - middle * (cosine - sine), middle - middle * (sine + cosine)
    transform = tf.stack([cosine, -sine, left, sine, cosine, top, 0.0, 0.0])
    size = tf.constant(photo.shape.as_list()[:2], tf.int32)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=photo[None], transforms=transform[None], output_shape=size, interpolation="BILINEAR", fill_mode=fill, fill_value=0.0
    )[0]


def composite(photo: tf.Tensor, opacity: tf.Tensor, background: tf.Tensor) -> tf.Tensor:
    """`photo` before `background`, both `[size, size, 3]`; `opacity` `[size, size, 1]` in 0..1."""
    return photo * opacity + background * (1 - opacity)
