"""Many pictures on one sheet, and pictures beside those most like them."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image

from mediakit.errors import InputError

GAP = 2  # pixels between pictures, and around them
Background = Literal["white", "checks"] | None
_CHECKS = (204, 255)  # the two greys that image editors show for nothing
MOST_PIXELS = 100_000_000


def grid(pictures: Sequence[np.ndarray], columns: int | None = None, background: Background = "white") -> Image.Image:
    """A sheet of pictures in rows.

    Args:
        pictures: uint8 `[height, width]` or with 1, 3 or 4 channels last, the fourth straight alpha; those smaller than the
            largest lie in the middle of their place.
        columns: how many in a row; by default the sheet is about square.
        background: what is seen through transparent parts; None leaves them, and the gaps, transparent.

    Raises InputError when there are no pictures, no columns, or more than a sheet can hold.
    """
    if not pictures:
        raise InputError("there are no pictures to put on a sheet")
    columns = math.ceil(math.sqrt(len(pictures))) if columns is None else columns
    if columns < 1:
        raise InputError(f"a sheet of {columns} columns cannot be; it has at least 1")
    columns = min(columns, len(pictures))
    height, width = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    size = (GAP + columns * (width + GAP), GAP + math.ceil(len(pictures) / columns) * (height + GAP))
    if size[0] * size[1] > MOST_PIXELS:
        raise InputError(f"a sheet of {size[0]} x {size[1]} pixels is too large; the most is {MOST_PIXELS:,} pixels: take fewer pictures")
    sheet = Image.new("RGBA", size, (255, 255, 255, 0))
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture[..., 0] if picture.shape[2:] == (1,) else picture).convert("RGBA")
        left, top = GAP + i % columns * (width + GAP), GAP + i // columns * (height + GAP)
        sheet.paste(tile, (left + (width - tile.width) // 2, top + (height - tile.height) // 2))
    if background is None:
        return sheet
    paper = Image.new("RGBA", size, "white") if background == "white" else _checks(size, max(2, min(height, width) // 8))
    return Image.alpha_composite(paper, sheet).convert("RGB")


def _checks(size: tuple[int, int], side: int) -> Image.Image:
    rows, columns = np.arange(size[1]) // side, np.arange(size[0]) // side
    return Image.fromarray(np.array(_CHECKS, np.uint8)[(rows[:, None] + columns) % 2]).convert("RGBA")
