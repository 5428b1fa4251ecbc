"""Masks of classes: their files, the table of their classes, and masks drawn over photos.

A mask is uint8 `[height, width]`; its values are the ids of classes. Its file is a PNG, grey or with a palette.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mediakit.errors import InputError

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
    import cv2

    drawn = np.array(photo)
    for each in classes:
        region = (mask == each.id).astype(np.uint8)
        if each.name == plain or not region.any():
            continue
        color = tuple(255 * part // max(1, *each.color) for part in each.color)
        tinted = cv2.addWeighted(photo, 1 - STRENGTH, np.full_like(photo, color), STRENGTH, 0)
        cv2.copyTo(tinted, region, drawn)
        outlines, _ = cv2.findContours(region, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(drawn, outlines, -1, color, max(1, max(photo.shape) // OUTLINE), cv2.LINE_AA)
    return drawn


def _color(code: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return red, green, blue


def _colors(classes: Sequence[MaskClass]) -> np.ndarray:
    """The colour of every id, uint8 `[256, 3]`; black for those of no class."""
    colors = np.zeros((256, 3), np.uint8)
    for each in classes:
        colors[each.id] = each.color
    return colors
