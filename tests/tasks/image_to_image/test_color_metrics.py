"""Colour differences against published values."""

import numpy as np
import pytest

from mediakit.tasks.image_to_image.color_metrics import chroma_error, ciede2000, colourfulness

# From Sharma, Wu and Dalal 2005, table 1: pairs that other implementations got wrong.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "difference"), PUBLISHED)
def test_ciede2000_as_published(first, second, difference):
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(difference, abs=5e-5)
    assert ciede2000(np.array(second), np.array(first)) == pytest.approx(difference, abs=5e-5)


def test_ciede2000_of_images():
    first, second, wanted = (np.array(each) for each in zip(*PUBLISHED, strict=True))
    np.testing.assert_allclose(ciede2000(first.reshape(3, 3, 3), second.reshape(3, 3, 3)).ravel(), wanted, atol=5e-5)
    assert not ciede2000(first, first).any()


def test_colourfulness():
    grey = np.dstack([np.arange(256, dtype=np.uint8).reshape(16, 16)] * 3)
    assert colourfulness(grey) == 0
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0, :, 0] = halves[1, :, 1] = 200  # R - G is ±200, (R + G) / 2 - B is 100
    assert colourfulness(halves) == pytest.approx(200 + 0.3 * 100)


def test_chroma_error_ignores_lightness():
    lab = np.array([[[10, 3, 4], [90, 0, 0]]])
    assert chroma_error(lab, np.array([[[50, 0, 0], [20, 0, 0]]])) == 2.5
