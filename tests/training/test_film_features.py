"""Films drawn by their features."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")

from mediakit.datasets.labelled_films import LabelledFilm
from mediakit.training.film_features import FilmFeatures, equal_shares


def film(name, *images):
    return LabelledFilm(name, Path(name), ("Drama",), "train", tuple(map(Path, images)))


def test_a_film_with_several_videos_counts_once():
    np.testing.assert_allclose(equal_shares([film("a"), film("b"), film("a"), film("c")]), [1 / 6, 1 / 3, 1 / 6, 1 / 3])


@pytest.fixture
def features():
    """Of two films with five and two images; a feature is the number of its image."""
    made = FilmFeatures({"film": [film("a", *"01234"), film("b", *"56")]})
    made.encoded = np.repeat(np.arange(7, dtype=np.float16)[:, None, None], 2, axis=1)
    made.values = np.array(made.encoded)
    return made


def test_moments_come_in_order_and_a_short_films_twice(features):
    batch = features.draw("film", 40, 3, np.random.default_rng(0))
    assert batch["film"].shape == (40, 3, 1) and batch["film_genres"].shape == (40, 13)
    steps = np.diff(batch["film"][..., 0], axis=1)
    short = batch["film"][:, 0, 0] >= 5
    assert (steps[~short] > 0).all() and (steps[short] >= 0).all() and (steps[short] == 0).any()
    shuffled = features.draw("film", 40, 3, np.random.default_rng(0), shuffle=1.0)["film"][..., 0]
    assert (np.diff(shuffled, axis=1) < 0).any()


def test_matched_features_have_the_mean_and_deviation(features):
    features.match(np.array([0, 1, 2]), np.array([10.0]), np.array([2.0]))
    matched = features.values[:3, 0, 0].astype(np.float32)
    assert (matched.mean(), matched.std()) == pytest.approx((10, 2), rel=1e-2)
    assert features.values[3, 0, 0] == 3
