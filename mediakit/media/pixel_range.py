"""Images of more than 8 bits, or of floating-point values, in 8 bits.

Such files rarely state the range of their values: sensors write 12 bits into 16, and software writes 0..1, 0..255 or 0..65535 as
floating point. The range is guessed from the values.
"""

import numpy as np

from mediakit.errors import InputError

_ENDS = (1, 255, 1023, 4095, 16383, 65535)  # floating point to 1; the largest values of 8, 10, 12, 14 and 16 bits
_USUAL_INTEGERS, _USUAL_FLOATS = (65535,), (1, 255)
_OVERSHOOT = 1.1  # resampling and sharpening leave values a little above the range
_DIMMEST = 8  # an image whose largest value is below this part of the range was not meant for that range


def to_eight_bits(values: np.ndarray) -> tuple[np.ndarray, str | None]:
    """Values of any range as uint8 of the same shape, and what was guessed (None for the full range of 16 bits, or 0..1 or 0..255
    in floating point).

    Values that are not finite become the nearest end of the range; NaN becomes black. Raises InputError if no value is finite.
    """
    finite = values[np.isfinite(values)] if np.issubdtype(values.dtype, np.floating) else values
    if not finite.size:
        raise InputError("holds no finite values")
    low, high = float(finite.min()), float(finite.max())
    whole = np.issubdtype(values.dtype, np.integer)
    usual = _USUAL_INTEGERS if whole else _USUAL_FLOATS
    top = next((end for end in _ENDS[whole:] if high <= end * (1 if whole else _OVERSHOOT)), high)
    if high < top / _DIMMEST:
        top = high
    bottom = 0.0
    if low < -0.1 * top:  # signed values
        bottom, top = low, high
    if low == high:  # nothing to see, whatever the range is
        bottom, top = 0.0, max(usual[-1], high)
    eight = np.empty(values.shape, np.uint8)
    for row, of_row in zip(eight, values, strict=True):  # so that a large image is not held in floating point
        scaled = (of_row.astype(np.float64) - bottom) * (255 / (top - bottom))
        row[:] = np.clip(np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0), 0, 255)
    return eight, None if bottom == 0 and (top in usual or low == high) else f"{bottom:g}..{top:g}"
