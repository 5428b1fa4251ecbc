"""Pictures of sound."""

import numpy as np

from mediakit.media.sound_figures import decibels, draw_sound


def test_a_tone_is_a_line_in_the_spectrogram():
    rate = 8000
    found = decibels(np.sin(2 * np.pi * 1000 * np.arange(4000) / rate), rate)
    frequencies = np.linspace(0, rate / 2, found.shape[1])
    inside = found[20:-20]
    assert (np.abs(frequencies[inside.argmax(axis=1)] - 1000) < 20).all()
    assert inside.max() <= 1e-3 and inside[:, frequencies > 2000].max() < -40


def test_longer_sounds_are_wider_and_none_fails():
    narrow, wide = (draw_sound(np.full(count, 0.1, np.float32), 8000, "7, ada") for count in (4000, 8000))
    assert wide.width > narrow.width and wide.height == narrow.height
    assert draw_sound(np.zeros(3, np.float32), 8000, "").width > 0
