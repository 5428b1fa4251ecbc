"""Contact sheets: images in a grid, and images beside their nearest neighbours."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mediakit.errors import InputError

GAP = 2  # pixels between and around images
Background = Literal["white", "checks"] | None
MOST_PIXELS = 100_000_000
_CHECKS = (204, 255)  # the two greys with which image editors show transparency
_FRAME, _INK = (38, 84, 124), (20, 20, 20)
# Of the neighbour sheet, in pixels: margin around each image, height of a text line, and the least width of an image, so that
# a number fits below it. Smaller images are enlarged.
_MARGIN, _LINE, _LEAST_WIDTH = 4, 14, 40


def grid(images: Sequence[np.ndarray], columns: int | None = None, background: Background = "white") -> Image.Image:
    """A sheet of images in rows.

    Args:
        images: uint8 `[height, width]`, or with 1, 3 or 4 channels last, the fourth straight alpha. Images smaller than the
            largest are centred in their cells.
        columns: images per row; by default the sheet is about square.
        background: what shows through transparent parts; None keeps them, and the gaps, transparent.

    Raises InputError when there are no images, no columns, or more images than a sheet can hold.
    """
    if not images:
        raise InputError("there are no images to put on a sheet")
    columns = math.ceil(math.sqrt(len(images))) if columns is None else columns
    if columns < 1:
        raise InputError(f"columns is {columns}; it must be at least 1")
    columns = min(columns, len(images))
    height, width = (max(image.shape[axis] for image in images) for axis in (0, 1))
    size = (GAP + columns * (width + GAP), GAP + math.ceil(len(images) / columns) * (height + GAP))
    if size[0] * size[1] > MOST_PIXELS:
        raise InputError(f"a sheet of {size[0]} x {size[1]} pixels is too large; the limit is {MOST_PIXELS:,} pixels, use fewer images")
    sheet = Image.new("RGBA", size, (255, 255, 255, 0))
    for i, image in enumerate(images):
        tile = _tile(image)
        left, top = GAP + i % columns * (width + GAP), GAP + i // columns * (height + GAP)
        sheet.paste(tile, (left + (width - tile.width) // 2, top + (height - tile.height) // 2))
    if background is None:
        return sheet
    ground = Image.new("RGBA", size, "white") if background == "white" else _checks(size, max(2, min(height, width) // 8))
    return Image.alpha_composite(ground, sheet).convert("RGB")


def neighbours(
    images: Sequence[np.ndarray], nearest: Sequence[Sequence[np.ndarray]], distances: np.ndarray, columns: int = 2
) -> Image.Image:
    """Each image, framed, beside its nearest neighbours, with their distances below them, on white.

    Args:
        images: as for `grid`.
        nearest: the neighbours of each image, nearest first; the same number for all.
        distances: `[images, neighbours]`.
        columns: how many images, each with its neighbours, are in a row.

    Raises InputError when there are no images.
    """
    if not images:
        raise InputError("there are no images to show")
    columns = min(columns, len(images))
    height, width = (max(image.shape[axis] for image in (*images, *nearest[0])) for axis in (0, 1))
    scale = math.ceil(_LEAST_WIDTH / width)
    height, width = height * scale, width * scale
    cell, row = width + 2 * _MARGIN, height + _LINE + 2 * _MARGIN
    block = cell * (1 + len(nearest[0])) + 3 * _MARGIN
    sheet = Image.new("RGB", (columns * block, math.ceil(len(images) / columns) * row), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_LINE - 2)
    for i, image in enumerate(images):
        left, top = i % columns * block + _MARGIN, i // columns * row + _MARGIN
        draw.rectangle((left - 2, top - 2, left + width + 1, top + height + 1), outline=_FRAME, width=2)
        for j, tile in enumerate((image, *nearest[i])):
            x = left + j * cell + (j > 0) * _MARGIN
            shown = _tile(tile).resize((scale * tile.shape[1], scale * tile.shape[0]), Image.Resampling.NEAREST)
            sheet.paste(shown, (x, top), shown)
            if j:
                draw.text((x + width / 2, top + height + _LINE / 2), f"{distances[i][j - 1]:.1f}", _INK, font, anchor="mm")
    return sheet


def _tile(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[..., 0] if image.shape[2:] == (1,) else image).convert("RGBA")


def _checks(size: tuple[int, int], side: int) -> Image.Image:
    rows, columns = np.arange(size[1]) // side, np.arange(size[0]) // side
    return Image.fromarray(np.array(_CHECKS, np.uint8)[(rows[:, None] + columns) % 2]).convert("RGBA")
