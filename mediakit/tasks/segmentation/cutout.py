"""How opaque each pixel of a photo is in a cutout of its foreground."""

import numpy as np

RADIUS = 4  # of the filter's windows, pixels of the small photo
SMOOTHNESS = 1e-3  # variance of brightness, in 0..1, below which an edge of the photo is noise
CONTRAST = 3.0  # of opacities around one half: a network's scores pass from 0 to 1 more slowly than a photo's edges do
STRIP = 1 << 20  # pixels that are worked on at a time


def opacity(foreground: np.ndarray, small: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The opacity of a photo's pixels, uint8 `[height, width]`, with edges where the photo has them.

    A fast guided filter (He and Sun 2015): in small windows of a small copy of the photo, opacity is fitted by linear functions of
    brightness, which are then applied to the photo itself.

    Args:
        foreground: probability of the foreground, `[rows, columns]` of any size.
        small: the small copy, uint8 `[height, width, 3]`.
        photo: uint8 `[height, width, 3]`.
    """
    import cv2

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * RADIUS + 1, 2 * RADIUS + 1))

    guide = _brightness(small)
    wanted = cv2.resize(foreground.astype(np.float32), guide.shape[::-1])
    guide_mean, wanted_mean = mean(guide), mean(wanted)
    slope = (mean(guide * wanted) - guide_mean * wanted_mean) / (mean(guide * guide) - guide_mean**2 + SMOOTHNESS)
    offset = wanted_mean - slope * guide_mean
    height, width = photo.shape[:2]
    # Enlarged to the photo's width at once, to its height strip by strip.
    slope, offset = (cv2.resize(mean(values), (width, len(values))) for values in (slope, offset))
    result = np.empty((height, width), np.uint8)
    step = max(1, STRIP // width)
    for top in range(0, height, step):
        rows = np.arange(top, min(top + step, height))
        brightness = _brightness(photo[rows[0] : rows[-1] + 1])
        fitted = _rows(slope, rows, height) * brightness + _rows(offset, rows, height)
        result[rows] = np.clip(((fitted - 0.5) * CONTRAST + 0.5) * 255 + 0.5, 0, 255)
    return result


def _brightness(photo: np.ndarray) -> np.ndarray:
    """Luma in 0..1, float32 `[height, width]`."""
    import cv2

    return cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255


def _rows(values: np.ndarray, rows: np.ndarray, height: int) -> np.ndarray:
    """These rows of `values` enlarged bilinearly to `height` rows."""
    place = np.clip((rows + 0.5) * len(values) / height - 0.5, 0, len(values) - 1)
    above = np.minimum(place.astype(int), max(len(values) - 2, 0))
    below = np.minimum(above + 1, len(values) - 1)
    part = (place - above).astype(np.float32)[:, None]
    return values[above] * (1 - part) + values[below] * part
