"""Figures of piano rolls and distributions."""

import numpy as np

from mediakit.media.figures import PAPER
from mediakit.media.score import Note, Score, Track
from mediakit.tasks.music.figures import COLOURS, LEFT, draw_distributions, draw_piano_roll


def columns_of(image, colour):
    return np.flatnonzero((np.asarray(image)[30:] == colour).all(axis=-1).any(axis=0))


def test_notes_are_where_they_sound():
    score = Score((Track("a", (Note(0, 1, 60),)), Track("b", (Note(20, 4, 72),))), 100, beats=24)
    image = draw_piano_roll(score)
    first, second = (columns_of(image, colour) for colour in COLOURS[:2])
    assert first.min() >= LEFT and first.max() < second.min()
    assert 3 < len(second) / len(first) < 5.5
    rows = [np.argwhere((np.asarray(image)[30:] == colour).all(axis=-1))[:, 0].mean() for colour in COLOURS[:2]]
    assert rows[1] < rows[0], "higher notes are higher"


def test_long_and_empty_scores():
    long = Score((Track("a", tuple(Note(i, 1, 30 + i % 60) for i in range(0, 20_000, 50))),), 100, beats=20_000)
    assert draw_piano_roll(long).width <= 4100
    assert draw_piano_roll(Score((), 100)).getpixel((0, 0)) == PAPER


def test_bar_heights_are_proportional_to_shares():
    image = draw_distributions({"it": (["a", "b"], np.array([0.2, 0.8]), np.array([0.4, 0.6]))}, "ours", "theirs")
    pixels = (np.asarray(image)[40:] == COLOURS[0]).all(axis=-1)
    heights = pixels.sum(axis=0)
    left, right = heights[: image.width // 2].max(), heights[image.width // 2 :].max()
    assert abs(right / left - 4) < 0.2
