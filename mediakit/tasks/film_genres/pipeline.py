"""Films in, genres out."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.image import photo_from_array
from mediakit.media.video import Film, Moment, open_film
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult, ShortRepr
from mediakit.runtime.workers import Pool

if TYPE_CHECKING:
    from PIL.Image import Image

FRAMES = 32  # per film; encoding one takes about 10 ms
MOST_FRAMES = 512
DRAWN = 5  # genres in a drawing
Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Genre:
    """A genre and its probability, 0..1. A film may have several genres, so they do not add up to 1."""

    name: str
    probability: float


@dataclass(frozen=True, repr=False)
class ScoredMoment(ShortRepr):
    """A moment of a film as the model sees it.

    Attributes:
        seconds: when it is shown.
        weight: its share of the film's attention; the weights of all moments add up to 1.
        probabilities: of each genre, in the model's order, judged by this moment alone.
        frame: RGB uint8 `[height, width, 3]`; None unless frames were asked for.
    """

    seconds: float
    weight: float
    probabilities: tuple[float, ...]
    frame: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True, repr=False)
class FilmGenres(DrawnResult):
    """A film's genres and the moments by which they were judged.

    Attributes:
        genres: most probable first.
        moments: in order of time.
        seconds: the film's length.
        names: the genres in the model's order.
        shortfall: how much of a damaged file could be read; None if all of it.
    """

    genres: tuple[Genre, ...]
    moments: tuple[ScoredMoment, ...]
    seconds: float
    names: tuple[str, ...]
    shortfall: str | None = None

    @property
    def frames(self) -> int:
        """How many moments were looked at."""
        return len(self.moments)

    def spoke_for(self, genre: str, count: int = 3) -> list[int]:
        """The moments that contributed most to a genre, as indices of `moments`: by weight times probability.

        Raises InputError for a genre that the model does not know.
        """
        if genre not in self.names:
            raise InputError(f"no genre {genre!r}; the genres are {', '.join(self.names)}")
        column = self.names.index(genre)
        votes = [moment.weight * moment.probabilities[column] for moment in self.moments]
        return sorted(range(len(votes)), key=lambda i: -votes[i])[:count]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `genres` (each `genre`, `probability`), `frames`, `seconds`, `shortfall`."""
        return {
            "genres": [{"genre": genre.name, "probability": round(genre.probability, 4)} for genre in self.genres],
            "frames": self.frames,
            "seconds": round(self.seconds, 2),
            "shortfall": self.shortfall,
        }

    def draw(self, title: str = "", genres: int = DRAWN) -> "Image":
        """The film's timeline with the most probable genres. Raises InputError when no frames were kept."""
        from mediakit.tasks.film_genres.timeline import draw_film

        return draw_film(self, title, self.genres[:genres])

    def __repr__(self) -> str:
        best = ", ".join(f"{genre.name} {genre.probability:.2f}" for genre in self.genres[:DRAWN])
        return f"FilmGenres({best}; {self.frames} frames of {self.seconds:.1f} s)"


def load(folder: ModelFolder, *, threads: int | None = None) -> "GenreClassifier":
    """The pipeline of a film genre model folder."""
    return GenreClassifier(folder, threads)


class GenreClassifier(Pipeline[Path, FilmGenres]):
    """Classifies films, video files or folders of frames, by their genres.

    Args:
        folder: an opened model folder of the task film_genres.
        threads: how many films are read side by side; by default one per processor, at most four.
    """

    columns = ("genres", "frames", "seconds", "shortfall")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self.genres = tuple(folder.file("genres").read_text(encoding="utf-8").split())
        self._networks = Pool(self._open)
        with self._networks.one() as (encoder, head):
            self._size = int(encoder.inputs[0]["shape"][1])
            scored = {tensor["name"]: tensor["shape"][-1] for tensor in head.outputs}.get("probabilities")
        if scored != len(self.genres):
            raise ModelError(f"{folder.path}: the head scores {scored} genres, genres.txt names {len(self.genres)}")

    def _open(self) -> tuple[Network, Network]:
        return self.folder.network("encoder"), self.folder.network("head")

    def stream(
        self,
        films: Iterable[Path | MediakitError],
        *,
        frames: int = FRAMES,
        per_shot: bool = False,
        start: float = 0.0,
        end: float | None = None,
        keep_frames: bool = False,
        watch: Callable[[int, float], None] | None = None,
    ) -> Iterator[tuple[Path | MediakitError, FilmGenres | MediakitError]]:
        """Yield each film with its genres or error, in order, at flat memory.

        Args:
            films: paths; an error among them is yielded in its place.
            frames: how many moments of each film to look at.
            per_shot: look at one moment per shot (at most `frames`) rather than at evenly spaced ones; decodes the whole film.
            start, end: seconds between which to look.
            keep_frames: keep the frame of each moment.
            watch: called with a film's place in the stream and the fraction of it that is done, as it is read.

        Raises InputError for options out of range.
        """
        if not 1 <= frames <= MOST_FRAMES:
            raise InputError(f"frames is {frames}; it must be from 1 to {MOST_FRAMES}")
        if start < 0:
            raise InputError(f"start is {start:g}; it must not be negative")

        def classify(index: int, path: Path) -> FilmGenres:
            if not isinstance(path, str | os.PathLike):
                raise InputError(f"a film is a path, not {type(path).__name__}")
            try:
                with open_film(path, partial(watch, index) if watch else None) as film:
                    moments = film.shots(frames, start, end) if per_shot else film.moments(frames, start, end)
                    return self._judge(os.fsdecode(path), film, moments, keep_frames)
            finally:
                if watch:
                    watch(index, 1.0)

        return self._one_by_one(films, classify)

    def _judge(self, name: str, film: Film, moments: Iterator[Moment], keep_frames: bool) -> FilmGenres:
        with self._networks.one() as (encoder, head):
            seen, features = [], []
            for moment in moments:
                seen.append((moment.seconds, moment.frame if keep_frames else None))
                features.append(self._encode(encoder, moment.frame))
            if not seen:
                raise InputError(f"{name}: shows nothing but black or plain frames")
            judged = head(features=np.stack(features)[None])
        scored = tuple(
            ScoredMoment(seconds, float(weight), tuple(map(float, probabilities)), frame)
            for (seconds, frame), weight, probabilities in zip(seen, judged["attention"][0], judged["moments"][0], strict=True)
        )
        order = np.argsort(-judged["probabilities"][0], kind="stable")
        genres = tuple(Genre(self.genres[i], float(judged["probabilities"][0][i])) for i in order)
        return FilmGenres(genres, scored, film.seconds or scored[-1].seconds, self.genres, film.shortfall)

    def _encode(self, encoder: Network, frame: np.ndarray) -> np.ndarray:
        """A frame's features; it is resized as photos are in training."""
        square = photo_from_array(frame, size=self._size)
        return encoder(image=square[None].astype(np.float32))["features"][0]
