"""Figures drawn with Pillow, which loads quickly and draws the same on every machine."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mediakit.errors import InputError
from mediakit.media.fonts import font_for

TILE = 224  # pixels: longest side of a photo on the attention sheet
LABEL = 26  # pixels: height of a word above it
GAP = 6
PAPER, INK = (255, 255, 255), (20, 20, 20)
WARM = np.array([255, 196, 0], np.float32)
CELL = 34  # pixels of a matrix cell
MOST_WORDS = 150


def draw_attention(photo: np.ndarray, words: Sequence[str], attention: np.ndarray) -> Image.Image:
    """Draw the photo, and one copy per word that is bright where the model attended and dark elsewhere.

    Args:
        photo: uint8 `[height, width, 3]`.
        words: the caption's words.
        attention: float32 `[words, rows, columns]`, summing to 1 for each word.
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


def draw_alignment(source: Sequence[str], target: Sequence[str], weights: np.ndarray) -> Image.Image:
    """Draw a translator's attention as a matrix: a row per target word, a column per source word, dark where it attended.

    Args:
        source, target: the words of the source and of the translation.
        weights: float32 `[target, source]` in 0..1.

    Raises InputError when there are no words or too many, or when no font can draw them.
    """
    if not (source and target):
        raise InputError("there is nothing to draw: no word was translated")
    if max(len(source), len(target)) > MOST_WORDS:
        raise InputError(f"a figure of {len(target)} by {len(source)} words is too large; the limit is {MOST_WORDS} words")
    above = [_label(word, font_for("".join(source), 18)).rotate(90, expand=True) for word in source]
    beside = [_label(word, font_for("".join(target), 18)) for word in target]
    left, top = max(label.width for label in beside) + 3 * GAP, max(label.height for label in above) + 3 * GAP
    shades = np.clip(255 - 255 * weights, 0, 255).astype(np.uint8)
    size = (len(source) * CELL, len(target) * CELL)
    sheet = Image.new("L", (left + size[0] + 2 * GAP, top + size[1] + 2 * GAP), 255)
    sheet.paste(Image.fromarray(shades).resize(size, Image.Resampling.NEAREST), (left, top))
    draw = ImageDraw.Draw(sheet)
    for i in range(len(source) + 1):
        draw.line((left + i * CELL, top, left + i * CELL, top + size[1]), 210)
    for i in range(len(target) + 1):
        draw.line((left, top + i * CELL, left + size[0], top + i * CELL), 210)
    for i, label in enumerate(above):
        sheet.paste(label, (left + i * CELL + (CELL - label.width) // 2, top - GAP - label.height))
    for i, label in enumerate(beside):
        sheet.paste(label, (left - GAP - label.width, top + i * CELL + (CELL - label.height) // 2))
    return sheet


def _label(word: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """A word in black on white, with the same height for all words in a font."""
    ascent, descent = font.getmetrics()
    label = Image.new("L", (max(1, math.ceil(font.getlength(word))), ascent + descent), 255)
    ImageDraw.Draw(label).text((0, ascent), word, 0, font, anchor="ls")
    return label


def draw_reliability(probabilities: np.ndarray, truth: np.ndarray, bins: int = 10) -> Image.Image:
    """Draw a reliability diagram: observed frequency over predicted probability, in bins of equally many predictions.

    Args:
        probabilities: in 0..1, of any shape.
        truth: 1 where the prediction was right, else 0; of the same shape.
        bins: how many dots to draw.
    """
    size, left = 360, 56
    sheet = Image.new("RGB", (left + size + 24, size + 72), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)

    def at(x: float, y: float) -> tuple[float, float]:
        return left + size * x, 16 + size * (1 - y)

    draw.rectangle((*at(0, 1), *at(1, 0)), outline=INK)
    draw.line((*at(0, 0), *at(1, 1)), (170, 170, 170), 2)
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        draw.text((at(tick, 0)[0], at(0, 0)[1] + 6), f"{tick:g}", INK, font, anchor="ma")
        draw.text((left - 6, at(0, tick)[1]), f"{tick:g}", INK, font, anchor="rm")
    draw.text((left + size / 2, size + 44), "predicted probability", INK, font, anchor="ma")
    draw.text((left + 8, 22), "observed frequency", INK, font)
    order = np.argsort(probabilities, axis=None)
    for part in np.array_split(order, bins):
        x, y = at(float(probabilities.ravel()[part].mean()), float(truth.ravel()[part].mean()))
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), (38, 84, 124))
    return sheet
