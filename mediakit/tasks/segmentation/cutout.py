"""How opaque each pixel of a photo is in a cutout of its foreground."""

import numpy as np

from mediakit.media.masks import strips
from mediakit.tasks.segmentation.canvas import resized

RADIUS = 4  # of the filter's windows, pixels of the small photo
SMOOTHNESS = 1e-3  # variance of brightness, in 0..1, below which an edge of the photo is noise
CONTRAST = 3.0  # of opacities around one half: a network's scores pass from 0 to 1 more slowly than a photo's edges do
LUMA = np.array([0.299, 0.587, 0.114], np.float32) / 255  # of red, green and blue (ITU-R BT.601)


def opacity(foreground: np.ndarray, small: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The opacity of a photo's pixels, uint8 `[height, width]`, with edges where the photo has them.

    A fast guided filter (He and Sun 2015): in small windows of a small copy of the photo, opacity is fitted by linear functions of
    brightness, which are then applied to the photo itself.

    Args:
        foreground: probability of the foreground, `[rows, columns]` of any size.
        small: the small copy, uint8 `[height, width, 3]`.
        photo: uint8 `[height, width, 3]`.
    """
    guide = _brightness(small)
    height, width = guide.shape
    wanted = resized(foreground.astype(np.float32), (width, height))
    guide_mean, wanted_mean = _mean(guide), _mean(wanted)
    slope = (_mean(guide * wanted) - guide_mean * wanted_mean) / (_mean(guide * guide) - guide_mean**2 + SMOOTHNESS)
    offset = wanted_mean - slope * guide_mean
    height, width = photo.shape[:2]
    # Enlarged to the photo's width at once, to its height strip by strip.
    slope, offset = (resized(_mean(values), (width, len(values))) for values in (slope, offset))
    result = np.empty((height, width), np.uint8)
    for strip in strips(height, width):
        rows = np.arange(strip.start, strip.stop)
        fitted = _rows(slope, rows, height) * _brightness(photo[strip]) + _rows(offset, rows, height)
        result[strip] = np.clip(((fitted - 0.5) * CONTRAST + 0.5) * 255 + 0.5, 0, 255)
    return result


def _brightness(photo: np.ndarray) -> np.ndarray:
    """Luma in 0..1, float32 `[height, width]`."""
    return photo @ LUMA


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean of each window of `2 * RADIUS + 1` pixels a side; beyond the borders the image is continued by its edges."""
    for axis in (0, 1):
        side = 2 * RADIUS + 1
        widths = [(RADIUS + 1, RADIUS) if axis == each else (0, 0) for each in (0, 1)]
        sums = np.cumsum(np.pad(values, widths, mode="edge"), axis=axis, dtype=np.float64)
        count = values.shape[axis]
        ends, starts = (np.take(sums, np.arange(count) + shift, axis=axis) for shift in (side, 0))
        values = ((ends - starts) / side).astype(np.float32)
    return values


def _rows(values: np.ndarray, rows: np.ndarray, height: int) -> np.ndarray:
    """These rows of `values` enlarged bilinearly to `height` rows."""
    place = np.clip((rows + 0.5) * len(values) / height - 0.5, 0, len(values) - 1)
    above = np.minimum(place.astype(int), max(len(values) - 2, 0))
    below = np.minimum(above + 1, len(values) - 1)
    part = (place - above).astype(np.float32)[:, None]
    return values[above] * (1 - part) + values[below] * part
