"""Many pictures on one sheet, and pictures beside those most like them."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mediakit.errors import InputError

GAP = 2  # pixels between pictures, and around them
Background = Literal["white", "checks"] | None
_CHECKS = (204, 255)  # the two greys that image editors show for nothing
MOST_PIXELS = 100_000_000
_APART, _LINE = 4, 14  # of pictures with their neighbours: pixels around each, and of a line of text
_LEAST_WIDTH = 40  # of such a picture; smaller ones are enlarged, so that a number fits under them
_FRAME, _INK = (38, 84, 124), (20, 20, 20)


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
        tile = _tile(picture)
        left, top = GAP + i % columns * (width + GAP), GAP + i // columns * (height + GAP)
        sheet.paste(tile, (left + (width - tile.width) // 2, top + (height - tile.height) // 2))
    if background is None:
        return sheet
    paper = Image.new("RGBA", size, "white") if background == "white" else _checks(size, max(2, min(height, width) // 8))
    return Image.alpha_composite(paper, sheet).convert("RGB")


def neighbours(
    pictures: Sequence[np.ndarray], nearest: Sequence[Sequence[np.ndarray]], distances: np.ndarray, columns: int = 2
) -> Image.Image:
    """Each picture, framed, beside those nearest to it, with their distances under them, on white.

    Args:
        pictures: as for `grid`.
        nearest: of each picture the same number, nearest first.
        distances: `[pictures, nearest]`.
        columns: how many pictures, with what is near them, stand beside each other.

    Raises InputError when there are no pictures.
    """
    if not pictures:
        raise InputError("there are no pictures to show")
    columns = min(columns, len(pictures))
    height, width = (max(picture.shape[axis] for picture in (*pictures, *nearest[0])) for axis in (0, 1))
    enlarged = math.ceil(_LEAST_WIDTH / width)
    height, width = height * enlarged, width * enlarged
    place, row = width + 2 * _APART, height + _LINE + 2 * _APART
    block = place * (1 + len(nearest[0])) + 3 * _APART
    sheet = Image.new("RGB", (columns * block, math.ceil(len(pictures) / columns) * row), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_LINE - 2)
    for i, picture in enumerate(pictures):
        left, top = i % columns * block + _APART, i // columns * row + _APART
        draw.rectangle((left - 2, top - 2, left + width + 1, top + height + 1), outline=_FRAME, width=2)
        for j, tile in enumerate((picture, *nearest[i])):
            x = left + j * place + (j > 0) * _APART
            shown = _tile(tile).resize((enlarged * tile.shape[1], enlarged * tile.shape[0]), Image.Resampling.NEAREST)
            sheet.paste(shown, (x, top), shown)
            if j:
                draw.text((x + width / 2, top + height + _LINE / 2), f"{distances[i][j - 1]:.1f}", _INK, font, anchor="mm")
    return sheet


def _tile(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(picture[..., 0] if picture.shape[2:] == (1,) else picture).convert("RGBA")


def _checks(size: tuple[int, int], side: int) -> Image.Image:
    rows, columns = np.arange(size[1]) // side, np.arange(size[0]) // side
    return Image.fromarray(np.array(_CHECKS, np.uint8)[(rows[:, None] + columns) % 2]).convert("RGBA")
