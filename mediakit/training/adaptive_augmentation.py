"""Adaptive discriminator augmentation (Karras et al. 2020b, "Training Generative Adversarial Networks with Limited Data").

A discriminator that has few pictures learns them by heart. It is therefore shown all pictures, real and generated, changed at
random, each change with a probability `strength` that rises while the discriminator is too sure of the real ones: below 0.8
the generator still finds out what unchanged pictures look like (section 2.2).

The changes are those of section 2.3 that proved useful there: pixel blitting, geometry, colour. The geometry is one affine
map with bilinear sampling.
"""

import math

import keras
from keras import ops

DRAWS = 26  # uniform numbers that one picture's changes need


def augmented(pictures, draws, strength):
    """Pictures changed at random, differentiably.

    Args:
        pictures: `[batch, size, size, channels]` in -1..1: grey, RGB, or RGB multiplied by alpha with alpha.
        draws: `[batch, DRAWS]`, uniform in 0..1: the same ones make the same changes.
        strength: probability of each change.
    """
    take = _Draws(draws, strength)
    matrix = _geometry(take, pictures.shape[1])
    colours = _colours(take) if pictures.shape[-1] >= 3 else None
    pictures = moved(pictures, matrix)
    return pictures if colours is None else recoloured(pictures, colours)


class _Draws:
    """Hands out the numbers of `draws` in turn."""

    def __init__(self, draws, strength):
        self._draws, self._strength, self._next = draws, strength, 0

    def uniform(self):
        """`[batch]`, 0..1."""
        self._next += 1
        return self._draws[:, self._next - 1]

    def normal(self):
        """`[batch]`, mean 0, variance 1."""
        return ops.erfinv(ops.clip(2 * self.uniform() - 1, -0.999999, 0.999999)) * math.sqrt(2)

    def sometimes(self, value, otherwise: float, strength=None):
        """`value` with probability `strength`, else `otherwise`."""
        chosen = self.uniform() < (self._strength if strength is None else strength)
        return ops.where(chosen, value, otherwise)

    @property
    def half_strength(self):
        """For a change that is made twice: with this probability each, one of them is made with probability `strength`."""
        return 1 - ops.sqrt(1 - self._strength)


def _geometry(take: _Draws, size: int):
    """`[batch, 3, 3]`: where in the given picture each pixel of the new one comes from, in pixels from the centre."""
    mirror = take.sometimes(ops.where(take.uniform() < 0.5, -1.0, 1.0), 1.0)
    turn = take.sometimes(ops.floor(take.uniform() * 4) * (math.pi / 2), 0.0)
    across = take.sometimes(ops.round((take.uniform() * 2 - 1) * 0.125 * size), 0.0)
    down = take.sometimes(ops.round((take.uniform() * 2 - 1) * 0.125 * size), 0.0)
    scale = take.sometimes(2 ** (0.2 * take.normal()), 1.0)
    before = take.sometimes((take.uniform() * 2 - 1) * math.pi, 0.0, take.half_strength)
    stretch = take.sometimes(2 ** (0.2 * take.normal()), 1.0)
    after = take.sometimes((take.uniform() * 2 - 1) * math.pi, 0.0, take.half_strength)
    matrix = affine([mirror * scale, 0, 0], [0, scale, 0])
    stretched = affine([stretch, 0, 0], [0, 1 / stretch, 0])
    for part in (_rotation(turn), shift_by(across, down), _rotation(before), stretched, _rotation(after)):
        matrix = ops.matmul(matrix, part)
    return matrix


def _rotation(angle):
    return affine([ops.cos(angle), -ops.sin(angle), 0], [ops.sin(angle), ops.cos(angle), 0])


def shift_by(across, down):
    """`[batch, 3, 3]`: maps of coordinates that move by so many pixels, each `[batch]`."""
    return affine([1, 0, across], [0, 1, down])


def affine(*rows):
    """A matrix from its rows but the last: rows of numbers or `[batch]`es to `[batch, n, n]`, the last row that of a homogeneous matrix."""
    rows = [*rows, [0] * len(rows) + [1]]
    [like, *_] = [cell for row in rows for cell in row if not isinstance(cell, (int, float))]
    return ops.stack([ops.stack([cell * ops.ones_like(like) for cell in row], axis=-1) for row in rows], axis=1)


def moved(pictures, matrix):
    """Pictures resampled: `matrix` `[batch, 3, 3]` says where each pixel comes from, in pixels from the centre.

    Beyond the edge of a picture with alpha there is nothing, beyond that of others their mirror image.
    """
    centre = (pictures.shape[1] - 1) / 2
    shift = centre - (matrix[:, :2, 0] + matrix[:, :2, 1]) * centre + matrix[:, :2, 2]
    numbers = ops.concatenate([matrix[:, :2, :2], shift[:, :, None]], axis=2)
    transform = ops.concatenate([ops.reshape(numbers, (-1, 6)), ops.zeros_like(matrix[:, 0, :2])], axis=1)
    edge = "constant" if pictures.shape[-1] == 4 else "reflect"
    return keras.ops.image.affine_transform(pictures, transform, interpolation="bilinear", fill_mode=edge, fill_value=-1)


def _colours(take: _Draws):
    """`[batch, 4, 4]`: maps of RGB in -1..1 (and 1)."""
    brightness = take.sometimes(0.2 * take.normal(), 0.0)
    contrast = take.sometimes(2 ** (0.5 * take.normal()), 1.0)
    flip = take.sometimes(ops.where(take.uniform() < 0.5, 1.0, 0.0), 0.0)
    angle = take.sometimes((take.uniform() * 2 - 1) * math.pi, 0.0)
    saturation = take.sometimes(2 ** take.normal(), 1.0)
    matrix = affine([contrast, 0, 0, brightness], [0, contrast, 0, brightness], [0, 0, contrast, brightness])
    return ops.matmul(_hue(angle, flip, saturation), matrix)


def _hue(angle, flip, saturation):
    """Colours turned about the grey axis and drawn to or from it; `flip` 1: light becomes dark."""
    grey, cos, sin = 1 / 3, ops.cos(angle), ops.sin(angle)
    luma = 1 - 2 * flip

    def cell(i: int, j: int):
        # Along the axis: luma; across it: a rotation, times the saturation.
        across = (float(i == j) - grey) * cos + (0 if i == j else (1 if (j - i) % 3 == 2 else -1) / math.sqrt(3)) * sin
        return luma * grey + saturation * across

    return affine(*[[*(cell(i, j) for j in range(3)), 0] for i in range(3)])


def recoloured(pictures, matrix):
    """RGB through maps `[batch, 4, 4]` of colours in -1..1 (and 1); with alpha, which RGB is multiplied by, so is what the map adds."""
    rgb = pictures[..., :3]
    if pictures.shape[-1] == 3:
        return ops.einsum("bhwc,bdc->bhwd", rgb, matrix[:, :3, :3]) + matrix[:, None, None, :3, 3]
    alpha = (pictures[..., 3:] + 1) / 2
    straight = rgb + 1 - alpha  # RGB in -1..1, multiplied by alpha
    straight = ops.einsum("bhwc,bdc->bhwd", straight, matrix[:, :3, :3]) + alpha * matrix[:, None, None, :3, 3]
    return ops.concatenate([straight - 1 + alpha, pictures[..., 3:]], axis=-1)
