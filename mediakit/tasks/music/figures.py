"""Figures of music: a piano roll coloured by player, and distributions side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mediakit.media.figures import INK, PAPER
from mediakit.media.score import Score

COLOURS = ((214, 69, 65), (232, 152, 40), (56, 142, 96), (44, 98, 176), (132, 80, 160), (110, 110, 110))
ROW, BEAT = 9, 18  # pixels per semitone and, for short pieces, per quarter note
LEFT, TOP, BOTTOM = 46, 34, 24
WIDEST = 4000  # pixels
GRID, BAR, DARK = (232, 232, 232), (170, 170, 170), (245, 245, 245)
BLACK_KEYS = {1, 3, 6, 8, 10}
LIGHT = (150, 150, 150)


def draw_piano_roll(score: Score, title: str = "") -> Image.Image:
    """Draw a score with time to the right, pitch upwards and a colour per track, and with labelled bars, octaves and tracks."""
    notes = [note for track in score.tracks for note in track.notes]
    low = max(min((note.pitch for note in notes), default=60) - 2, 0)
    high = min(max((note.pitch for note in notes), default=72) + 2, 127)
    beats = max([score.beats, 1.0, *(note.start + note.length for note in notes)])
    beat = max(min(float(BEAT), (WIDEST - LEFT) / beats), 0.05)
    size = (max(LEFT + round(beats * beat) + 10, 420), TOP + (high - low + 1) * ROW + BOTTOM)
    image = Image.new("RGB", size, PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    right = LEFT + beats * beat
    for pitch in range(low, high + 1):
        y = TOP + (high - pitch) * ROW
        if pitch % 12 in BLACK_KEYS:
            draw.rectangle((LEFT, y, right, y + ROW - 1), DARK)
        if pitch % 12 == 0:
            draw.line((LEFT, y + ROW, right, y + ROW), BAR)
            draw.text((LEFT - 8, y + ROW / 2), f"C{pitch // 12 - 1}", INK, font, anchor="rm")
    _draw_bars(draw, font, score, beats, beat, size[1] - BOTTOM)
    for track, colour in zip(score.tracks, _colours(len(score.tracks)), strict=True):
        for note in track.notes:
            x, y = LEFT + note.start * beat, TOP + (high - note.pitch) * ROW
            draw.rounded_rectangle((x, y, max(x + note.length * beat - 2, x + 1), y + ROW - 1), 3, colour)
    _draw_legend(draw, [(track.name, colour) for track, colour in zip(score.tracks, _colours(len(score.tracks)), strict=True)], title)
    return image


def _colours(count: int) -> list[tuple[int, int, int]]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _draw_bars(draw: ImageDraw.ImageDraw, font: Any, score: Score, beats: float, beat: float, bottom: int) -> None:
    lines = [*np.concatenate([np.arange(start, end - 1e-6, metre.bar) for start, end, metre in score.metres()]), beats]
    bar = beats / max(len(lines) - 1, 1)
    every = next((n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256) if n * bar * beat > 34), 512)  # keeps the numbers apart
    for number, line in enumerate(lines):
        x = LEFT + line * beat
        if bar * beat > 4 or number % every == 0:
            draw.line((x, TOP, x, bottom), BAR if number % every == 0 else GRID)
        if number % every == 0:
            draw.text((x + 2, bottom + 4), str(number + 1), INK, font)


def _draw_legend(draw: ImageDraw.ImageDraw, entries: Sequence[tuple[str, tuple[int, int, int]]], title: str) -> None:
    font, x = ImageFont.load_default(14), LEFT
    for name, colour in entries[: len(COLOURS)]:
        draw.rounded_rectangle((x, 11, x + 12, 23), 3, colour)
        draw.text((x + 18, 17), name, INK, font, anchor="lm")
        x += 18 + round(draw.textlength(name, font)) + 20
    draw.text((x, 17), title, LIGHT, font, anchor="lm")


def draw_distributions(panels: Mapping[str, tuple[Sequence[str], np.ndarray, np.ndarray]], ours: str, theirs: str) -> Image.Image:
    """Draw bar charts one below another.

    Args:
        panels: for each title the names of the bars, and the shares of two sets of pieces, each `[bars]`.
        ours, theirs: the names of the two sets.
    """
    width, height, gap = 760, 170, 40
    image = Image.new("RGB", (width, 34 + len(panels) * (height + gap)), PAPER)
    draw, font, large = ImageDraw.Draw(image), ImageFont.load_default(13), ImageFont.load_default(14)
    _draw_legend(draw, [(ours, COLOURS[0]), (theirs, COLOURS[3])], "")
    for number, (title, (names, first, second)) in enumerate(panels.items()):
        top = 34 + number * (height + gap)
        bottom, step = top + height, (width - LEFT - 20) / len(names)
        draw.text((LEFT, top), title, INK, large)
        most = max(float(first.max()), float(second.max()), 1e-9)
        for i, name in enumerate(names):
            x = LEFT + i * step
            for j, (value, colour) in enumerate(((first[i], COLOURS[0]), (second[i], COLOURS[3]))):
                left = x + step * (0.1 + 0.4 * j)
                draw.rectangle((left, bottom - (height - 30) * float(value) / most, left + 0.38 * step, bottom), colour)
            draw.text((x + step / 2, bottom + 4), name, INK, font, anchor="ma")
        draw.line((LEFT, bottom, width - 20, bottom), INK)
        draw.text((LEFT - 6, top + 30), f"{100 * most:.0f} %", INK, font, anchor="rm")
    return image
