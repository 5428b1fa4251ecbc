"""How opaque each pixel of a photo is in a cutout of its foreground."""

import numpy as np

from mediakit.media.guided_filter import GuidedFilter
from mediakit.media.masks import strips

SMOOTHNESS = 1e-3  # variance of brightness, in 0..1, below which an edge of the photo is noise
CONTRAST = 3.0  # of opacities around one half: a network's scores pass from 0 to 1 more slowly than a photo's edges do
LUMA = np.array([0.299, 0.587, 0.114], np.float32) / 255  # of red, green and blue (ITU-R BT.601)


def opacity(foreground: np.ndarray, small: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The opacity of a photo's pixels, uint8 `[height, width]`, with edges where the photo has them (see `GuidedFilter`).

    Args:
        foreground: probability of the foreground, `[rows, columns]` of any size.
        small: the small copy, uint8 `[height, width, 3]`.
        photo: uint8 `[height, width, 3]`.
    """
    height, width = photo.shape[:2]
    fitted = GuidedFilter.fit(foreground, _brightness(small), (height, width), SMOOTHNESS)
    result = np.empty((height, width), np.uint8)
    for strip in strips(height, width):
        values = fitted.values(strip, _brightness(photo[strip]))
        result[strip] = np.clip(((values - 0.5) * CONTRAST + 0.5) * 255 + 0.5, 0, 255)
    return result


def _brightness(photo: np.ndarray) -> np.ndarray:
    """Luma in 0..1, float32 `[height, width]`."""
    return photo @ LUMA
