"""Coarse values get the edges of the photo."""

import numpy as np

from mediakit.media.guided_filter import GuidedFilter


def test_a_blurred_step_becomes_as_sharp_as_the_photos():
    values = np.tile(np.linspace(0, 1, 20, dtype=np.float32), (15, 1))  # rises by 0.0066 a pixel of the photo
    small = np.zeros((60, 80), np.float32)
    small[:, 40:] = 0.8
    photo = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    found = GuidedFilter.fit(values, small, photo.shape, smoothness=1e-3).values(slice(0, 120), photo)
    assert found.shape == (120, 160)
    assert found[60, 81] - found[60, 78] > 3 * 3 * 0.0066 and found[60, 2] < 0.1 and found[60, 157] > 0.9


def test_strips_are_parts_of_the_whole():
    rng = np.random.default_rng(0)
    values, small, photo = (rng.random(size, np.float32) for size in ((6, 8), (30, 41), (61, 83)))
    fitted = GuidedFilter.fit(values, small, photo.shape, smoothness=1e-2, radius=2)
    whole = fitted.values(slice(0, 61), photo)
    parts = [fitted.values(slice(top, top + 7), photo[top : top + 7]) for top in range(0, 56, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole[:56])


def test_without_edges_values_are_only_enlarged():
    values = np.full((4, 4), 7.0, np.float32)
    fitted = GuidedFilter.fit(values, np.zeros((1, 1), np.float32), (3, 5), smoothness=1e-3)
    np.testing.assert_allclose(fitted.values(slice(0, 3), np.zeros((3, 5), np.float32)), 7, rtol=1e-6)
