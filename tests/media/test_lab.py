"""CIELAB of known colours, there and back, and colours that sRGB lacks."""

import numpy as np
import pytest

from mediakit.media.lab import lab_of_rgb, lightness_of_grey, linear_rgb_of_lab, rgb_of_lab


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # from Lindbloom's calculator, sRGB and D65
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
    ],
)
def test_known_colours(rgb, lab):
    np.testing.assert_allclose(lab_of_rgb(np.array(rgb, np.uint8)), lab, atol=0.05)


def test_there_and_back():
    rgb = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    np.testing.assert_array_equal(rgb_of_lab(lab_of_rgb(rgb)), rgb)


def test_the_lightness_of_grey_is_that_of_the_same_colour():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_allclose(lightness_of_grey(grey), lab_of_rgb(np.dstack([grey] * 3))[..., 0], atol=1e-5)


def test_colours_that_srgb_lacks_keep_lightness_and_hue():
    lab = np.array([[50, 120, 0], [90, 60, 60], [10, -50, -50], [97, 0, 100], [100, 30, 0], [0, 30, 30]], np.float32)
    shown = lab_of_rgb(rgb_of_lab(lab))
    assert ((linear_rgb_of_lab(lab) < 0) | (linear_rgb_of_lab(lab) > 1)).any(axis=-1).all()
    np.testing.assert_allclose(shown[:, 0], lab[:, 0], atol=1.2)
    chroma, wanted = np.hypot(*shown[:, 1:].T), np.hypot(*lab[:, 1:].T)
    assert (chroma < wanted).all() and chroma[0] > 60
    coloured = chroma > 5
    turn = np.arctan2(*shown[:, 1:].T) - np.arctan2(*lab[:, 1:].T)
    assert np.abs(turn[coloured]).max() < 0.1
