"""Opacities follow the photo's edges, whatever its size."""

import numpy as np

from mediakit.media import masks
from mediakit.tasks.segmentation import cutout


def halves(height, width, edge):
    photo = np.full((height, width, 3), 30, np.uint8)
    photo[:, edge:] = 200
    return photo


def test_a_blurred_score_gets_the_photos_edge():
    scores = np.tile(np.linspace(0, 1, 20, dtype=np.float32), (15, 1))
    photo = halves(120, 160, 80)
    alpha = cutout.opacity(scores, halves(60, 80, 40), photo)
    assert alpha.shape == (120, 160) and alpha.dtype == np.uint8
    middle = alpha[60].astype(int)
    assert middle[0] < 20 and middle[-1] > 235
    assert middle[82] - middle[77] > 50  # scores alone would rise by 24 here


def test_strips_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    scores, photo = rng.random((12, 16), np.float32), rng.integers(0, 256, (61, 83, 3)).astype(np.uint8)
    small = np.ascontiguousarray(photo[::2, ::2])
    whole = cutout.opacity(scores, small, photo)
    monkeypatch.setattr(masks, "STRIP", 200)
    assert np.array_equal(cutout.opacity(scores, small, photo), whole)
