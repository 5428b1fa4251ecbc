"""Average precision of genres."""

from pathlib import Path

import numpy as np
import pytest

from mediakit.datasets.labelled_films import GENRES, LabelledFilm
from mediakit.errors import InputError
from mediakit.runtime import bootstrap
from mediakit.tasks.film_genres import metrics
from mediakit.tasks.film_genres.pipeline import FilmGenres, Genre

pytest.importorskip("sklearn", reason="the metric is scikit-learn's")


def by_hand(truth, scores):
    """Mean over the positives of the precision down to each."""
    order = np.argsort(-scores)
    hits = truth[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits > 0].mean())


def test_average_precision_by_hand():
    rng = np.random.default_rng(0)
    truth, scores = (rng.random((9, 13)) < 0.3).astype(np.float32), rng.random((9, 13))
    truth[:, 4] = 0  # a genre that no film has counts for nothing
    found = metrics.average_precisions(truth, scores)
    assert found["micro AP"] == pytest.approx(by_hand(truth.ravel(), scores.ravel()))
    assert found["macro AP"] == pytest.approx(np.mean([by_hand(truth[:, i], scores[:, i]) for i in range(13) if truth[:, i].any()]))


def test_intervals_draw_films_not_videos(monkeypatch):
    """Of one film's two equal videos either both are drawn or none: twice the videos, the same interval."""
    monkeypatch.setattr(bootstrap, "RESAMPLES", 50)
    rng = np.random.default_rng(0)
    truth, scores = (rng.random((12, 13)) < 0.4).astype(np.float32), rng.random((12, 13))
    once = metrics.film_intervals(truth, scores, list("abcdefghijkl"))
    twice = metrics.film_intervals(np.repeat(truth, 2, axis=0), np.repeat(scores, 2, axis=0), list("aabbccddeeffgghhiijjkkll"))
    for name, interval in once.items():
        assert interval == pytest.approx(twice[name], abs=0.02) and interval[0] < interval[1]


class Oracle:
    """A pipeline that knows: it reads the genres from the path."""

    def stream(self, films, **options):
        for path in films:
            if path.name == "broken":
                yield path, InputError("broken: is empty")
                continue
            named = path.name.split("+")
            genres = tuple(Genre(name, 0.9 if name in named else 0.1) for name in GENRES)
            yield path, FilmGenres(genres, (), 1.0, GENRES)


def film(name):
    return LabelledFilm(name, Path(name), tuple(name.split("+")), "val")


def test_evaluate():
    found = metrics.evaluate(Oracle(), [film("Action"), film("Drama+Crime"), film("Comedy")], options={"frames": 8})
    assert found.examples == 3 and found.values == {"micro AP": 1.0, "macro AP": 1.0} and found.options == {"frames": 8}
    assert found.intervals == {"micro AP": (1.0, 1.0), "macro AP": (1.0, 1.0)}
    assert found.baselines["chance"]["micro AP"] == pytest.approx(4 / 39)


def test_a_film_that_cannot_be_read_is_an_error():
    with pytest.raises(InputError, match=r"^broken: is empty$"):
        metrics.evaluate(Oracle(), [film("Action"), film("broken")])
