"""Fonts that cover a text, and the figure that needs them."""

import numpy as np
import pytest
from PIL import ImageFont

from mediakit.errors import InputError
from mediakit.media import fonts
from mediakit.media.figures import CELL, draw_alignment
from mediakit.media.fonts import font_for


def test_plain_letters_need_no_system_font(monkeypatch):
    monkeypatch.setattr(fonts, "_files", lambda: ())
    assert font_for("A dog runs.", 18).getlength("dog") > 10


def test_letters_without_a_font_are_named(monkeypatch):
    monkeypatch.setattr(fonts, "_files", lambda: ())
    with pytest.raises(InputError, match=r"'कख'; install one .*fonts-noto-core"):
        font_for("A कख", 18)


def test_a_font_with_the_letters_is_found():
    text = "A läuft कैसे हैं"
    try:
        font = font_for(text, 18)
    except InputError:
        pytest.skip("no font for Devanagari here")
    assert isinstance(font, ImageFont.FreeTypeFont) and fonts._has(font, frozenset("कसहAä"))


def test_combining_letters_need_a_layout_engine(monkeypatch):
    monkeypatch.setattr(fonts.features, "check", lambda name: False)
    with pytest.raises(InputError, match="Raqm"):
        font_for("कैसे", 18)


def test_the_alignment_is_dark_where_the_model_attended():
    weights = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]], np.float32)
    figure = np.asarray(draw_alignment(["one", "two", "three"], ["eins", "zwei"], weights))
    left, top = (size - cells * CELL - 12 for size, cells in zip(figure.shape[::-1], (3, 2), strict=True))
    middles = [[figure[top + r * CELL + CELL // 2, left + c * CELL + CELL // 2] for c in range(3)] for r in range(2)]
    assert middles[0] == [255, 0, 255] and middles[1][1] == 255 and 100 < middles[1][0] < 150
    assert (figure[:top, left:] < 100).any() and (figure[top:, :left] < 100).any()


@pytest.mark.parametrize(("source", "target"), [(0, 0), (3, 0), (200, 3)])
def test_empty_and_huge_alignments_are_refused(source, target):
    with pytest.raises(InputError):
        draw_alignment(["a"] * source, ["b"] * target, np.zeros((target, source), np.float32))
