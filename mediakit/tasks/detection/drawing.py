"""Photos with boxes drawn on them, and cut out along them."""

import colorsys
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from mediakit.media.fonts import font_for

if TYPE_CHECKING:
    from mediakit.tasks.detection.pipeline import DetectedObject


def draw_objects(photo: np.ndarray, objects: "Sequence[DetectedObject]", names: Sequence[str] | None = None) -> Image.Image:
    """A photo uint8 `[height, width, 3]` with the box and the name of each object.

    Args:
        objects: with boxes in pixels of the photo; the first are drawn on top.
        names: what to write beside each object; its label and score by default.
    """
    image = Image.fromarray(photo)
    draw = ImageDraw.Draw(image)
    line = max(2, round(min(image.size) / 240))
    names = names or [f"{found.label} {found.score:.2f}" for found in objects]
    for found, name in reversed(list(zip(objects, names, strict=True))):
        colour = colour_of(found.label)
        draw.rectangle(found.box, outline=colour, width=line)
        _draw_name(draw, name, found.box, colour, image.size, max(12, round(min(image.size) / 28)))
    return image


def _draw_name(
    draw: ImageDraw.ImageDraw,
    name: str,
    box: tuple[float, float, float, float],
    colour: tuple[int, int, int],
    size: tuple[int, int],
    height: int,
) -> None:
    """Write a name on a plate above a box, or inside where there is no room."""
    font = font_for(name, height)
    left, top, right, bottom = draw.textbbox((0, 0), name, font)
    width, tall = right - left + 6, bottom - top + 6
    x = min(max(box[0], 0), max(size[0] - width, 0))
    y = box[1] - tall if box[1] >= tall else box[1]
    draw.rectangle((x, y, x + width, y + tall), colour)
    dark = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 140
    draw.text((x + 3 - left, y + 3 - top), name, "white" if dark else "black", font)


def colour_of(label: str) -> tuple[int, int, int]:
    """A bright colour that depends on the class alone."""
    hue = zlib.crc32(label.encode("utf-8", "surrogatepass")) % 360 / 360
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.75, 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


def crop(photo: np.ndarray, box: tuple[float, float, float, float]) -> Image.Image:
    """The part of a photo uint8 `[height, width, 3]` inside a box, at least one pixel."""
    height, width = photo.shape[:2]
    x0, y0 = min(int(box[0]), width - 1), min(int(box[1]), height - 1)
    x1, y1 = max(round(box[2]), x0 + 1), max(round(box[3]), y0 + 1)
    return Image.fromarray(photo[y0:y1, x0:x1])
