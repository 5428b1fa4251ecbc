"""Masks of classes: their files, the table of their classes, and masks drawn over photos.

A mask is uint8 `[height, width]`; its values are the ids of classes. Its file is a PNG, grey or with a palette.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mediakit.errors import InputError

STRIP = 1 << 20  # pixels that are worked on at a time
STRENGTH = 0.45  # of a class's colour over a photo
OUTLINE = 400  # pixels of a photo's longer side for each pixel of an outline's width


@dataclass(frozen=True)
class MaskClass:
    """A class: its id in masks, its name, and its colour (red, green, blue)."""

    id: int
    name: str
    color: tuple[int, int, int]


def read_mask(path: Path) -> np.ndarray:
    """The mask in a file. Raises InputError for a file that is missing or no mask."""
    try:
        with Image.open(path) as mask:
            if mask.mode not in ("P", "L"):
                raise InputError(f"{path}: is of mode {mask.mode}, not a mask of class ids (8 bits, grey or with a palette)")
            return np.array(mask)
    except OSError as error:
        raise InputError(f"{path}: cannot be read as a mask: {error}") from error


def class_table(classes: Iterable[MaskClass]) -> str:
    """Classes as a table: a line each with id, name and colour (#rrggbb), tabs between."""
    return "".join(f"{each.id}\t{each.name}\t#{bytes(each.color).hex()}\n" for each in classes)


def parse_class_table(text: str) -> tuple[MaskClass, ...]:
    """The classes of a table that `class_table` wrote. Raises ValueError for anything else."""
    rows = [line.split("\t") for line in text.splitlines()]
    return tuple(MaskClass(int(number), name, _color(code)) for number, name, code in rows)


def palette_image(mask: np.ndarray, classes: Sequence[MaskClass]) -> Image.Image:
    """A mask as an image of mode P in the classes' colours."""
    image = Image.fromarray(mask)
    image.putpalette(_colors(classes).tobytes())
    return image


def overlay(photo: np.ndarray, mask: np.ndarray, classes: Sequence[MaskClass], plain: str = "") -> np.ndarray:
    """A photo uint8 `[height, width, 3]` with the classes of its mask tinted and outlined in their colours, as bright as can be.

    The class named `plain` is left as it is.
    """
    drawn = np.array(photo)
    width = max(1, max(photo.shape) // OUTLINE)
    for each in classes:
        region = mask == each.id
        if each.name == plain or not region.any():
            continue
        color = np.array([255 * part // max(1, *each.color) for part in each.color], np.float32)
        rim = region & ~eroded(region, width)
        for rows in strips(*mask.shape):
            tinted = photo[rows][region[rows]] * np.float32(1 - STRENGTH)
            drawn[rows][region[rows]] = tinted + (color * STRENGTH + 0.5)
            drawn[rows][rim[rows]] = color
    return drawn


def strips(height: int, width: int) -> Iterator[slice]:
    """Rows of an image that together hold about `STRIP` pixels, so that work on them takes little memory."""
    step = max(1, STRIP // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def eroded(region: np.ndarray, width: int) -> np.ndarray:
    """A region, bool `[height, width]`, without the pixels that are at most `width` rows or columns from what is not in it."""
    for axis in (0, 1):
        whole, region = np.moveaxis(region, axis, 0), np.moveaxis(region.copy(), axis, 0)
        for shift in range(1, min(width, len(whole) - 1) + 1):
            region[shift:] &= whole[:-shift]
            region[:-shift] &= whole[shift:]
        region = np.moveaxis(region, 0, axis)
    return region


def _color(code: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return red, green, blue


def _colors(classes: Sequence[MaskClass]) -> np.ndarray:
    """The colour of every id, uint8 `[256, 3]`; black for those of no class."""
    colors = np.zeros((256, 3), np.uint8)
    for each in classes:
        colors[each.id] = each.color
    return colors
