"""A film's timeline: a strip of frames and below it the score of each class over time. Drawn with Pillow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH = 1200  # pixels of the strip and of each curve
LEFT, RIGHT, MARGIN = 110, 60, 16  # pixels for names, for probabilities, and all round
THUMBNAIL = 120  # pixels: width of a frame in the strip
ROW, GAP, MARK = 46, 12, 5  # pixels: height of a curve, space below it, radius of a mark
PAPER, INK, FAINT = (255, 255, 255), (25, 25, 30), (225, 226, 230)
COLOURS = ((38, 84, 124), (214, 73, 51), (66, 129, 82), (151, 90, 166), (199, 132, 17), (60, 60, 70))

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Curve:
    """A class's row: the score of each moment in 0..1, the film's score, and the indices of the moments to mark."""

    name: str
    scores: Sequence[float]
    whole: float
    marked: Sequence[int]


def draw_timeline(
    title: str, seconds: float, times: Sequence[float], frames: Sequence[np.ndarray], weights: Sequence[float], curves: Sequence[Curve]
) -> Image.Image:
    """Draw a strip of frames, a curve per class, and the moments' weights.

    Args:
        title: heading.
        seconds: the film's length.
        times: the moments' times in seconds, ascending.
        frames: the moments' frames, RGB uint8 `[height, width, 3]`.
        weights: the moments' weights, summing to 1; empty where all count alike, and no row of weights is drawn.
        curves: one for each class to show.
    """
    big, small = ImageFont.load_default(18), ImageFont.load_default(13)
    strip, marked = _strip(times, frames, seconds), _marked_frames(curves, times, frames, small)
    rows = len(curves) * (ROW + GAP) + (ROW if weights else 0) + 34
    sheet = Image.new("RGB", (MARGIN * 2 + LEFT + WIDTH + RIGHT, MARGIN * 2 + 32 + strip.height + GAP + rows + marked.height), PAPER)
    draw, x, y = ImageDraw.Draw(sheet), MARGIN + LEFT, MARGIN
    draw.text((x, y), title, INK, big)
    y += 32
    sheet.paste(strip, (x, y))
    y += strip.height + GAP
    where = [x + WIDTH * min(time / max(seconds, 1e-9), 1.0) for time in times]
    for curve, colour in zip(curves, _colours(len(curves)), strict=True):
        draw.text((x - 10, y + ROW / 2), curve.name, colour, small, anchor="rm")
        draw.text((x + WIDTH + 10, y + ROW / 2), f"{curve.whole:.2f}", INK, small, anchor="lm")
        _draw_curve(draw, (x, y), where, curve, colour)
        y += ROW + GAP
    if weights:
        draw.text((x - 10, y + ROW / 2), "weight", INK, small, anchor="rm")
        _draw_bars(draw, (x, y), where, weights)
        y += ROW
    _draw_axis(draw, (x, y), seconds, small)
    sheet.paste(marked, (MARGIN, y + 34))
    return sheet


def _colours(count: int) -> list[tuple[int, int, int]]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _strip(times: Sequence[float], frames: Sequence[np.ndarray], seconds: float) -> Image.Image:
    """Frames side by side, each from the moment nearest to its position in the film."""
    columns = WIDTH // THUMBNAIL
    height = round(THUMBNAIL * float(np.median([frame.shape[0] / frame.shape[1] for frame in frames])))
    strip = Image.new("RGB", (WIDTH, max(1, min(height, 2 * THUMBNAIL))), INK)
    for column in range(columns):
        middle = (column + 0.5) / columns * seconds
        nearest = int(np.argmin([abs(time - middle) for time in times]))
        thumbnail = Image.fromarray(frames[nearest]).resize((THUMBNAIL - 2, strip.height), Image.Resampling.LANCZOS)
        strip.paste(thumbnail, (column * THUMBNAIL + 1, 0))
    return strip


def _draw_curve(
    draw: ImageDraw.ImageDraw, corner: tuple[float, float], where: Sequence[float], curve: Curve, colour: tuple[int, int, int]
) -> None:
    x, y = corner
    draw.rectangle((x, y, x + WIDTH, y + ROW), FAINT)
    tops = [y + ROW * (1 - score) for score in curve.scores]
    outline = [(x, tops[0]), *zip(where, tops, strict=True), (x + WIDTH, tops[-1])]
    light = tuple(round(0.45 * part + 0.55 * 255) for part in colour)
    draw.polygon([(x, y + ROW), *outline, (x + WIDTH, y + ROW)], light)
    draw.line(outline, colour, 2)
    for index in curve.marked:
        centre = (where[index], tops[index])
        draw.ellipse((centre[0] - MARK, centre[1] - MARK, centre[0] + MARK, centre[1] + MARK), PAPER, colour, 2)


def _draw_bars(draw: ImageDraw.ImageDraw, corner: tuple[float, float], where: Sequence[float], weights: Sequence[float]) -> None:
    x, y = corner
    draw.rectangle((x, y, x + WIDTH, y + ROW), FAINT)
    half = max(1.0, 0.3 * WIDTH / max(len(where), 1))
    most = max(max(weights), 1e-9)
    for middle, weight in zip(where, weights, strict=True):
        draw.rectangle((max(x, middle - half), y + ROW * (1 - weight / most), min(x + WIDTH, middle + half), y + ROW), INK)


def _draw_axis(draw: ImageDraw.ImageDraw, corner: tuple[float, float], seconds: float, font: Font) -> None:
    x, y = corner
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200):
        if seconds / step <= 12:
            break
    time = 0.0
    while time <= seconds:
        at = x + WIDTH * time / max(seconds, 1e-9)
        draw.line((at, y, at, y + 5), INK)
        draw.text((at, y + 8), clock(time), INK, font, anchor="ma")
        time += step


def _marked_frames(curves: Sequence[Curve], times: Sequence[float], frames: Sequence[np.ndarray], font: Font) -> Image.Image:
    """For each class, the frame of its first marked moment, with its name and time."""
    shown = [(curve, colour) for curve, colour in zip(curves, _colours(len(curves)), strict=True) if curve.marked]
    if not shown:
        return Image.new("RGB", (1, 1), PAPER)
    width = LEFT + WIDTH + RIGHT
    cell = min(260, width // len(shown))
    tiles = []
    for curve, colour in shown:
        image = Image.fromarray(frames[curve.marked[0]])
        image.thumbnail((cell - GAP, cell - GAP), Image.Resampling.LANCZOS)
        tiles.append((image, f"{curve.name} at {clock(times[curve.marked[0]])}", colour))
    sheet = Image.new("RGB", (width, 24 + max(image.height for image, _, _ in tiles)), PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, (image, text, colour) in enumerate(tiles):
        draw.text((i * cell, 2), text, colour, font)
        sheet.paste(image, (i * cell, 24))
    return sheet


def clock(seconds: float) -> str:
    """A time in the form 0:05, 2:10 or 1:02:03."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
