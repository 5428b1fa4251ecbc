"""Sketches of recordings."""

import numpy as np
import pytest

from mediakit.errors import ModelError
from mediakit.tasks.speech.conditions import BANDS, SKETCH, USUAL_PITCH, frame_count, frame_features, sketch_of
from mediakit.tasks.speech.sketches import Sketch, Sketches, most_typical

RATE = 8000


def buzz(pitch, count=2400):
    return (0.2 * np.sign(np.sin(2 * np.pi * pitch * np.arange(count) / RATE))).astype(np.float32)


def test_pitch_and_voicing_are_found():
    found = sketch_of(buzz(200), RATE)
    assert found.shape == (30, SKETCH) and np.isfinite(found).all()
    assert (found[2:-2, BANDS] > 0.5).all()
    np.testing.assert_allclose(found[2:-2, BANDS + 1], np.log2(200 / USUAL_PITCH), atol=0.05)
    noise = np.random.default_rng(0).normal(0, 0.1, 2400)
    assert sketch_of(noise, RATE)[:, BANDS].mean() < 0.5


def test_power_lies_in_the_tones_band():
    tones = [sketch_of(np.sin(2 * np.pi * pitch * np.arange(2400) / RATE), RATE)[15, :BANDS].argmax() for pitch in (150, 800, 3500)]
    assert tones == sorted(set(tones)) and tones[-1] == BANDS - 1


def test_the_level_changes_nothing():
    np.testing.assert_allclose(sketch_of(buzz(150), RATE), sketch_of(buzz(150) / 10, RATE), atol=1e-2)
    assert np.isfinite(sketch_of(np.zeros(50), RATE)).all()


def test_a_sketch_is_one_of_the_conditions():
    sketch = sketch_of(buzz(150, 800), RATE)
    known, unknown = (frame_features(960, RATE, -20.0, given) for given in (sketch, None))
    np.testing.assert_array_equal(known[:, :6], unknown[:, :6])
    assert (known[:, -1] == 1).all() and not unknown[:, 6:].any()
    np.testing.assert_array_equal(known[-1, 6:-1], sketch[-1])  # the last frame stands for those that are missing


def made(label, speaker, value, length=200):
    return Sketch(label, speaker, length, np.full((frame_count(length), SKETCH), value, np.float32))


def test_the_most_typical_are_nearest_to_the_mean():
    chosen = most_typical([made(0, 0, 1.0), made(0, 0, 2.0, 300), made(0, 0, 9.0), made(1, 0, 5.0)], 1)
    assert [(one.label, one.frames[0, 0]) for one in chosen] == [(0, 2.0), (1, 5.0)]


def test_the_file_comes_back_and_another_is_told(tmp_path):
    Sketches([made(0, 0, 1.5), made(0, 1, 2.5, 300)]).write(tmp_path / "sketches.npz")
    sketches, rng = Sketches.read(tmp_path / "sketches.npz"), np.random.default_rng(0)
    assert sketches.draw(0, 1, rng).length == 300 and sketches.draw(0, 1, rng).frames.shape == (4, SKETCH)
    assert sketches.draw(0, 0, rng).frames[0, 0] == 1.5 and sketches.draw(0, 7, rng).label == 0
    (tmp_path / "sketches.npz").write_bytes(b"no archive")
    with pytest.raises(ModelError, match=r"sketches\.npz"):
        Sketches.read(tmp_path / "sketches.npz")
