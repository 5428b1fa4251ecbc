"""Features of the images of films, encoded once, and films drawn from them as sequences of moments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from mediakit.datasets.labelled_films import LabelledFilm
from mediakit.tasks.film_genres.metrics import truth_of
from mediakit.training.photos import Augmentation, cached_features
from mediakit.training.recipe import Batch


class FilmFeatures:
    """One encoder's features of every image of films. `encode` must be called first.

    Args:
        films: by kind, such as those to train on and those to validate on.

    Attributes:
        rows: by kind, for each film the rows of its images in `encoded` and `values`.
        genres: by kind, 1.0 where a film has a genre: float32 `[films, genres]`.
        encoded: what the encoder computed, float16 `[images, views, channels]`.
        values: the same, and what `match` made of it.
    """

    def __init__(self, films: Mapping[str, Sequence[LabelledFilm]]):
        # Sorted, so that all folds of a cross-validation share one cache.
        self._paths = sorted({path for part in films.values() for film in part for path in film.images})
        row = {path: i for i, path in enumerate(self._paths)}
        self.rows = {kind: [np.array([row[path] for path in film.images]) for film in part] for kind, part in films.items()}
        self.genres = {kind: truth_of(part) for kind, part in films.items()}

    def encode(self, encoder: keras.Model, views: int, cache: Path, seed: int, augmentation: Augmentation) -> None:
        """Compute the features, or load them from the cache."""
        self.encoded = cached_features(encoder, self._paths, views, cache, seed, augmentation)
        self.values = np.array(self.encoded)

    def match(self, rows: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Shift and scale the features of these rows so that view 0 has this mean and deviation `[channels]`."""
        plain = self.encoded[rows, 0].astype(np.float32)
        standard = (self.encoded[rows].astype(np.float32) - plain.mean(axis=0)) / (plain.std(axis=0) + 1e-4)
        self.values[rows] = standard * deviation + mean

    def draw(
        self, kind: str, size: int, moments: int, rng: np.random.Generator, *, shuffle: float = 0.0, shares: np.ndarray | None = None
    ) -> Batch:
        """Random films, `[size, moments, channels]` by the name of their kind, and their `{kind}_genres`.

        Each film has random moments in order, in random views; a short film's are repeated.

        Args:
            shuffle: probability that a film's moments are shuffled.
            shares: probability of each film; equal by default.
        """
        chosen = rng.choice(len(self.rows[kind]), size, p=shares)
        films = np.stack([self._moments(self.rows[kind][i], moments, shuffle, rng) for i in chosen])
        return {kind: films, f"{kind}_genres": self.genres[kind][chosen]}

    def _moments(self, rows: np.ndarray, count: int, shuffle: float, rng: np.random.Generator) -> np.ndarray:
        chosen = np.sort(rng.choice(len(rows), count, replace=len(rows) < count))
        if rng.random() < shuffle:
            chosen = rng.permutation(chosen)
        views = rng.integers(self.values.shape[1], size=count)
        return self.values[rows[chosen], views].astype(np.float32)


def equal_shares(films: Sequence[LabelledFilm]) -> np.ndarray:
    """Probabilities of videos, such that a film with five videos is drawn no more often than another."""
    count = Counter(film.film for film in films)
    return np.array([1 / count[film.film] for film in films]) / len(count)
