"""Metrics of film genres: average precision, macro over genres and micro over all pairs of film and genre, by scikit-learn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import film_frames, trailers
from mediakit.datasets.labelled_films import GENRES, LabelledFilm
from mediakit.errors import MissingExtra
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[LabelledFilm]:
    """The videos of a split (`all`: of every split), as frames or as files; the config has no effect."""
    layout = trailers if trailers.is_here(folder) else film_frames
    return layout.read(folder, None if split == "all" else split)


def evaluate(
    pipeline: Any, films: Sequence[LabelledFilm], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Average precision of a `GenreClassifier`, beside chance.

    Args:
        pipeline: the classifier.
        films: videos with their genres; several may be of one film. Films that the model was trained on flatter it.
        options: of `GenreClassifier.stream`, such as `frames`.
        progress: wraps the stream of results.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    probabilities = []
    for predicted in results_of(progress(pipeline.stream([film.path for film in films], **options))):
        each = {genre.name: genre.probability for genre in predicted.genres}
        probabilities.append([each.get(genre, 0.0) for genre in GENRES])
    truth, scores = truth_of(films), np.array(probabilities)
    values = average_precisions(truth, scores)
    intervals = film_intervals(truth, scores, [film.film for film in films])
    return Evaluation(values, len(films), options, intervals, {"chance": chance(truth)})


def truth_of(films: Sequence[LabelledFilm]) -> np.ndarray:
    """1.0 where a film has a genre: float32 `[films, genres]`."""
    return np.array([[genre in film.genres for genre in GENRES] for film in films], np.float32).reshape(-1, len(GENRES))


def average_precisions(truth: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Micro and macro average precision of scores `[films, genres]`; macro is over the genres that some film has."""
    try:
        from sklearn.metrics import average_precision_score
    except ImportError as error:
        raise MissingExtra.of("train", "sklearn") from error
    each = [average_precision_score(truth[:, i], scores[:, i]) for i in range(truth.shape[1]) if truth[:, i].any()]
    return {"micro AP": float(average_precision_score(truth.ravel(), scores.ravel())), "macro AP": float(np.mean(each))}


def chance(truth: np.ndarray) -> dict[str, float]:
    """The expected average precisions of random scores: the share of labels that are positive."""
    return {"micro AP": float(truth.mean()), "macro AP": float(truth.mean(axis=0)[truth.any(axis=0)].mean())}


def film_intervals(truth: np.ndarray, scores: np.ndarray, films: Sequence[str]) -> dict[str, tuple[float, float]]:
    """95 % intervals of `average_precisions`, resampling films together with all of their videos.

    Args:
        truth, scores: `[videos, genres]`.
        films: the film of each video.
    """
    videos = [[i for i, film in enumerate(films) if film == name] for name in dict.fromkeys(films)]

    def statistic(drawn: np.ndarray) -> dict[str, float]:
        rows = [i for film in drawn for i in videos[film]]
        return average_precisions(truth[rows], scores[rows])

    return bootstrap(statistic, np.arange(len(videos)))
