"""Frames of films: blank ones, and black bars."""

import numpy as np

from mediakit.media.film_frames import crop_bars, has_content


def scene(height=72, width=128):
    return np.random.default_rng(1).integers(30, 255, (height, width, 3)).astype(np.uint8)


def test_black_and_plain_frames_and_title_cards_have_no_content():
    black, title = np.zeros((72, 128, 3), np.uint8), np.zeros((72, 128, 3), np.uint8)
    title[34:38, 50:80] = 255
    assert not has_content(black) and not has_content(black + 90) and not has_content(title)
    assert has_content(scene())


def test_letterbox_bars_are_cropped():
    barred = np.zeros((100, 128, 3), np.uint8)
    barred[14:86] = scene()
    assert np.array_equal(crop_bars(barred), barred[14:86])
    assert np.array_equal(crop_bars(barred.transpose(1, 0, 2)), barred[14:86].transpose(1, 0, 2))
    lopsided = np.zeros((100, 128, 3), np.uint8)
    lopsided[28:] = scene()
    for whole in (scene(), lopsided, np.zeros((9, 9, 3), np.uint8)):
        assert np.array_equal(crop_bars(whole), whole)
