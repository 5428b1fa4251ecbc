"""Colours of low resolution over a grey photo of any size."""

import numpy as np
from PIL import Image

from mediakit.media.guided_filter import GuidedFilter
from mediakit.media.lab import lightness_of_grey, rgb_of_lab
from mediakit.media.masks import strips

SMALL = 384  # longer side of the copy in which colours follow edges, pixels
RADIUS = 8  # of the windows in which they do, pixels of that copy
SMOOTHNESS = 2e-3  # variance of lightness, in 0..1, below which an edge of the photo is no edge of a colour


def fitted(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """An image uint8 `[height, width, channels]` resized, its aspect ignored."""
    whole = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    return np.asarray(whole.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)).reshape(height, width, -1)


def colored(grey: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """A grey photo in colours of its lightness, uint8 `[height, width, 3]`. Chroma that sRGB lacks is made less.

    Args:
        grey: uint8 `[height, width]`.
        chroma: a* and b*, float32 `[rows, columns, 2]` of any size.
    """
    height, width = grey.shape
    shrink = min(1.0, SMALL / max(height, width))
    small = fitted(grey[..., None], max(1, round(width * shrink)), max(1, round(height * shrink)))[..., 0]
    guide = lightness_of_grey(small) / 100
    planes = [GuidedFilter.fit(chroma[..., i], guide, (height, width), SMOOTHNESS, RADIUS) for i in (0, 1)]
    rgb = np.empty((height, width, 3), np.uint8)
    for strip in strips(height, width):
        lightness = lightness_of_grey(grey[strip])
        a, b = (plane.values(strip, lightness / 100) for plane in planes)
        rgb[strip] = rgb_of_lab(np.stack([lightness, a, b], axis=-1))
    return rgb
