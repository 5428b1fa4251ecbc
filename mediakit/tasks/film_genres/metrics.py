"""Genres of films: average precision, per label (macro) and over all labels together (micro), by scikit-learn."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import film_frames, trailers
from mediakit.datasets.labelled_films import GENRES, LabelledFilm
from mediakit.errors import DataError, MediakitError, MissingExtra

RESAMPLES = 1000


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[LabelledFilm]:
    """The videos of a split (`all`: of every split), as frames or as files; the model's config doesn't matter."""
    layout = trailers if trailers.is_here(folder) else film_frames
    return layout.read(folder, None if split == "all" else split)


def evaluate(
    pipeline: Any, films: Sequence[LabelledFilm], *, options: dict[str, Any] | None = None, progress: Callable[[Any], Any] = iter
) -> dict[str, Any]:
    """Figures of a genre pipeline: `values`, 95 % bootstrap `intervals` over films, and chance as the `baselines`.

    Args:
        pipeline: a `GenreClassifier`.
        films: videos with their genres; several may be of one film.
        options: of the pipeline, such as `frames`.
        progress: wraps the stream of answers.
    """
    probabilities = []
    for path, said in progress(pipeline.stream([film.path for film in films], **(options or {}))):
        if isinstance(said, MediakitError):
            raise DataError(f"{path}: {said}")
        each = {genre.name: genre.probability for genre in said.genres}
        probabilities.append([each.get(genre, 0.0) for genre in GENRES])
    truth, scores = truth_of(films), np.array(probabilities)
    return {
        "examples": len(films),
        "options": options or {},
        "values": average_precisions(truth, scores),
        "intervals": bootstrap_intervals(truth, scores, [film.film for film in films]),
        "baselines": {"chance": chance(truth)},
    }


def truth_of(films: Sequence[LabelledFilm]) -> np.ndarray:
    """1.0 where a film has a genre: float32 `[films, genres]`."""
    return np.array([[genre in film.genres for genre in GENRES] for film in films], np.float32).reshape(-1, len(GENRES))


def average_precisions(truth: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Micro and macro average precision of scores `[films, genres]`; macro over the genres that occur."""
    try:
        from sklearn.metrics import average_precision_score
    except ImportError as error:
        raise MissingExtra.of("train", "sklearn") from error
    each = [average_precision_score(truth[:, i], scores[:, i]) for i in range(truth.shape[1]) if truth[:, i].any()]
    return {"micro AP": float(average_precision_score(truth.ravel(), scores.ravel())), "macro AP": float(np.mean(each))}


def chance(truth: np.ndarray) -> dict[str, float]:
    """What scores that know nothing are expected to reach: the share of labels that are set."""
    return {"micro AP": float(truth.mean()), "macro AP": float(truth.mean(axis=0)[truth.any(axis=0)].mean())}


def bootstrap_intervals(
    truth: np.ndarray, scores: np.ndarray, films: Sequence[str], resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """The middle 95 % of both figures when films, with all of their videos, are drawn with replacement (Efron 1979)."""
    videos = {film: [i for i, name in enumerate(films) if name == film] for film in dict.fromkeys(films)}
    names, rng = list(videos), np.random.default_rng(0)
    drawn = []
    for _ in range(resamples):
        rows = [i for film in rng.integers(len(names), size=len(names)) for i in videos[names[film]]]
        drawn.append(list(average_precisions(truth[rows], scores[rows]).values()))
    low, high = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    return {"micro AP": (float(low[0]), float(high[0])), "macro AP": (float(low[1]), float(high[1]))}
