"""The fast guided filter (He and Sun 2015): coarse values enlarged to a photo's size, with edges where the photo has them.

In small windows of a small copy of the photo, the values are fitted by linear functions of brightness, which are then applied to the
photo itself, some rows at a time.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

RADIUS = 4  # of the windows, pixels of the small copy


@dataclass(frozen=True)
class GuidedFilter:
    """Linear functions of brightness over a photo: value = slope * brightness + offset.

    Attributes:
        slope, offset: float32 `[rows of the small copy, width of the photo]`: enlarged to the photo's width, not yet to its height.
        height: of the photo.
    """

    slope: np.ndarray
    offset: np.ndarray
    height: int

    @classmethod
    def fit(cls, values: np.ndarray, small: np.ndarray, size: tuple[int, int], smoothness: float, radius: int = RADIUS) -> "GuidedFilter":
        """Functions that fit the values.

        Args:
            values: float32 `[rows, columns]` of any size.
            small: brightness of the small copy, float32 `[height, width]`.
            size: height and width of the photo.
            smoothness: variance of brightness below which an edge of the photo is noise.
            radius: of the windows, pixels of the small copy.
        """
        wanted = _resized(values.astype(np.float32), small.shape[1], small.shape[0])
        small_mean, wanted_mean = _mean(small, radius), _mean(wanted, radius)
        slope = (_mean(small * wanted, radius) - small_mean * wanted_mean) / (_mean(small * small, radius) - small_mean**2 + smoothness)
        offset = wanted_mean - slope * small_mean
        slope, offset = (_resized(_mean(part, radius), size[1], small.shape[0]) for part in (slope, offset))
        return cls(slope, offset, size[0])

    def values(self, strip: slice, brightness: np.ndarray) -> np.ndarray:
        """The values of some rows of the photo, float32 `[rows, width]`, given their brightness."""
        rows = np.arange(strip.start, strip.stop)
        return _rows(self.slope, rows, self.height) * brightness + _rows(self.offset, rows, self.height)


def _resized(values: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.array(Image.fromarray(np.ascontiguousarray(values)).resize((width, height), Image.Resampling.BILINEAR))


def _mean(values: np.ndarray, radius: int) -> np.ndarray:
    """The mean of each window of `2 * radius + 1` pixels a side; beyond the borders the image is continued by its edges."""
    for axis in (0, 1):
        side = 2 * radius + 1
        widths = [(radius + 1, radius) if axis == each else (0, 0) for each in (0, 1)]
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
