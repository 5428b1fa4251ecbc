"""Premultiplied alpha and back."""

import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import arrays

from mediakit.media.alpha import on_white, premultiply, unpremultiply

RGBA = arrays(np.uint8, (5, 4))


@given(RGBA)
def test_round_trip(straight: np.ndarray) -> None:
    """Exact where fully opaque or transparent, else within the precision of eight bits."""
    back = unpremultiply(premultiply(straight)).astype(int)
    for before, after in zip(straight.astype(int), back, strict=True):
        assert after[3] == before[3]
        if before[3] in (0, 255):
            assert after[:3].tolist() == (before[:3] * (before[3] > 0)).tolist()
        else:
            assert np.abs(after[:3] - before[:3]).max() <= 0.5 * 255 / before[3] + 0.5


@given(RGBA)
def test_premultiplied_never_exceeds_alpha(straight: np.ndarray) -> None:
    product = premultiply(straight)
    assert (product[:, :3] <= product[:, 3:]).all()
    assert (unpremultiply(straight)[:, 3] == straight[:, 3]).all(), "invalid colours are clipped, not wrapped"


@given(RGBA)
def test_on_white_is_compositing(straight: np.ndarray) -> None:
    exact = straight[:, :3] * (straight[:, 3:] / 255) + 255 - straight[:, 3:]
    assert np.abs(on_white(premultiply(straight)) - exact).max() <= 0.5 + 1e-9


def test_images_without_alpha_are_returned_as_they_are() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(2, 6, 1)
    assert unpremultiply(grey) is grey
