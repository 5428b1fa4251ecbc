"""Figures drawn with Pillow: quick to load, the same on every machine."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

TILE = 224  # longest side of a small photo, pixels
LABEL = 26
GAP = 6
PAPER, INK = (255, 255, 255), (20, 20, 20)
WARM = np.array([255, 196, 0], np.float32)


def draw_attention(photo: np.ndarray, words: Sequence[str], attention: np.ndarray) -> Image.Image:
    """The photo, and once for each word: bright where the model looked for it, dark elsewhere.

    Args:
        photo: uint8 `[height, width, 3]`.
        words: the caption's.
        attention: float32 `[words, rows, columns]`, each word's summing to 1.
    """
    height, width = photo.shape[:2]
    scale = TILE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS)
    tiles = [("", small), *((word, _spotlight(small, weights)) for word, weights in zip(words, attention, strict=True))]
    columns = min(len(tiles), max(2, math.ceil(math.sqrt(len(tiles) * 1.6 * (size[1] + LABEL) / size[0]))))
    rows = math.ceil(len(tiles) / columns)
    sheet = Image.new("RGB", (GAP + columns * (size[0] + GAP), GAP + rows * (size[1] + LABEL + GAP)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for i, (word, tile) in enumerate(tiles):
        x, y = GAP + i % columns * (size[0] + GAP), GAP + i // columns * (size[1] + LABEL + GAP)
        draw.text((x + size[0] / 2, y + LABEL / 2), word, INK, font, anchor="mm")
        sheet.paste(tile, (x, y + LABEL))
    return sheet


def _spotlight(photo: Image.Image, weights: np.ndarray) -> Image.Image:
    strength = Image.fromarray((weights / max(float(weights.max()), 1e-9) * 255).astype(np.uint8))
    light = np.asarray(strength.resize(photo.size, Image.Resampling.BICUBIC), np.float32)[..., None] / 255
    pixels = np.asarray(photo, np.float32)
    grey = pixels.mean(axis=-1, keepdims=True) * 0.35
    lit = 0.8 * pixels + 0.2 * WARM
    return Image.fromarray(np.clip(grey * (1 - light) + lit * light, 0, 255).astype(np.uint8))
