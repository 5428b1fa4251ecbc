"""Figures drawn with Pillow."""

import numpy as np

from mediakit.media.figures import draw_reliability


def dots(sheet):
    """The vertical centres of the first and the last dot."""
    blue = (np.asarray(sheet) == (38, 84, 124)).all(axis=2)
    columns = np.flatnonzero(blue.any(axis=0))
    return [np.flatnonzero(blue[:, x]).mean() for x in (columns[0], columns[-1])]


def test_the_reliability_diagram_follows_the_observed_frequency():
    probabilities = np.repeat([0.1, 0.9], 500)
    rng = np.random.default_rng(0)
    low, high = dots(draw_reliability(probabilities, (rng.random(1000) < probabilities).astype(float), bins=2))
    assert low > high + 200
    low, high = dots(draw_reliability(probabilities, np.full(1000, 0.5), bins=2))
    assert abs(low - high) < 2
