"""Differentiable augmentation (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training").

The discriminator sees all pictures, real and generated, changed at random and always: colours, place, and a part cut out. Unlike
adaptive augmentation it has nothing to adapt, and it is cheap. The changes are those of the paper's section 3. Colours change less
than there: in drawings with few flat colours the generator took the paper's ranges for its own, and coloured areas unevenly.
"""

from keras import ops

from mediakit.training.adaptive_augmentation import affine, moved, recoloured, shift_by

DRAWS = 7  # uniform numbers that one picture's changes need
BRIGHTNESS, SATURATION, CONTRAST = 0.4, 0.8, 0.4  # half the ranges, in the paper 0.5, 1 and 0.5; pictures are in -1..1
SHIFT, CUTOUT = 0.125, 0.5  # of the picture's side


def augmented(pictures, draws):
    """Pictures changed at random, differentiably.

    Args:
        pictures: `[batch, size, size, channels]` in -1..1: grey, RGB, or RGB multiplied by alpha with alpha.
        draws: `[batch, DRAWS]`, uniform in 0..1: the same ones make the same changes.
    """
    if pictures.shape[-1] >= 3:
        pictures = recoloured(pictures, _colours(draws[:, :3]))
    across, down = (ops.round((2 * draws[:, i] - 1) * SHIFT * pictures.shape[1]) for i in (3, 4))
    return _cut(moved(pictures, shift_by(across, down)), draws[:, 5:7])


def _colours(draws):
    """`[batch, 4, 4]`: maps of RGB in -1..1 (and 1): saturation, then contrast, then brightness."""
    brightness = 2 * BRIGHTNESS * (draws[:, 0] - 0.5)
    saturation = 1 + 2 * SATURATION * (draws[:, 1] - 0.5)
    contrast = 1 + 2 * CONTRAST * (draws[:, 2] - 0.5)
    grey = contrast * (1 - saturation) / 3
    own = grey + contrast * saturation
    return affine([own, grey, grey, brightness], [grey, own, grey, brightness], [grey, grey, own, brightness])


def _cut(pictures, centre):
    """Pictures without a square around `centre` `[batch, 2]`, 0..1: grey there, or transparent."""
    size = pictures.shape[1]
    half = CUTOUT * size / 2
    place = ops.arange(size, dtype="float32") + 0.5
    down, across = (ops.abs(place[None] - centre[:, i : i + 1] * size) < half for i in (0, 1))
    inside = ops.cast(ops.logical_and(down[:, :, None], across[:, None, :]), pictures.dtype)[..., None]
    empty = -1.0 if pictures.shape[-1] == 4 else 0.0
    return pictures * (1 - inside) + empty * inside
