"""Films in, genres out."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.video import Film, Moment, open_film
from mediakit.runtime.model_folder import ModelFolder

FRAMES = 32  # moments of a film: a look at each takes about 10 ms
MOST_FRAMES = 512
Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Genre:
    """A genre and how probable it is, 0..1. A film may have several: they don't add up to 1."""

    name: str
    probability: float


@dataclass(frozen=True)
class ScoredMoment:
    """What one moment said.

    `weight` is its part in the film's answer (all moments' add up to 1), `probabilities` what it alone says of each genre, in the
    model's order. `picture` is RGB uint8, None unless pictures were asked for.
    """

    seconds: float
    weight: float
    probabilities: tuple[float, ...]
    picture: np.ndarray | None = None


@dataclass(frozen=True)
class FilmGenres:
    """A film's genres, the most probable first, and the moments that they were judged by.

    `seconds` is the film's length. `shortfall` says how much could be read of a damaged file, else None. `names` is the
    model's order of genres.
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
        """The moments that spoke most for a genre, as indices of `moments`: by weight times what each alone says."""
        column = self.names.index(genre)
        said = [moment.weight * moment.probabilities[column] for moment in self.moments]
        return sorted(range(len(said)), key=lambda i: -said[i])[:count]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `genres` (each `genre`, `probability`), `frames`, `seconds`, and `shortfall` if there was one."""
        result: dict[str, Any] = {
            "genres": [{"genre": genre.name, "probability": round(genre.probability, 4)} for genre in self.genres],
            "frames": self.frames,
            "seconds": round(self.seconds, 2),
        }
        return result | ({"shortfall": self.shortfall} if self.shortfall else {})


def load(folder: ModelFolder) -> "GenreClassifier":
    """The pipeline of a genre model folder."""
    return GenreClassifier(folder)


class GenreClassifier:
    """Says a film's genres by its pictures. It can be pickled.

    Args:
        folder: an opened model folder of the task trailer_genre.
    """

    def __init__(self, folder: ModelFolder):
        self.folder = folder
        self._encoder, self._head = folder.network("encoder"), folder.network("head")
        self.genres = tuple(folder.file("genres").read_text(encoding="utf-8").split())
        self._size = int(self._encoder.inputs[0]["shape"][1])
        said = {tensor["name"]: tensor["shape"][-1] for tensor in self._head.outputs}
        if said.get("probabilities") != len(self.genres):
            raise ModelError(f"{folder.path}: the head scores {said.get('probabilities')} genres, genres.txt names {len(self.genres)}")

    def __reduce__(self) -> Any:
        return type(self), (self.folder,)

    @overload
    def __call__(self, films: Path, **options: Any) -> FilmGenres: ...
    @overload
    def __call__(self, films: Sequence[Path], **options: Any) -> list[FilmGenres]: ...

    def __call__(self, films: Path | Sequence[Path], **options: Any) -> FilmGenres | list[FilmGenres]:
        """The genres of one film (a video file or a folder of pictures) or of a list of them. Options as in `stream`.

        Raises the first film's error; `stream` goes on past bad films.
        """
        many: Any = films if isinstance(films, list | tuple) else [films]
        said = []
        for _, genres in self.stream(many, **options):
            if isinstance(genres, MediakitError):
                raise genres
            said.append(genres)
        return said if many is films else said[0]

    def stream(
        self,
        films: Iterable[Any],
        *,
        frames: int = FRAMES,
        per_shot: bool = False,
        start: float = 0.0,
        end: float | None = None,
        pictures: bool = False,
        watch: Callable[[float], None] | None = None,
    ) -> Iterator[tuple[Any, FilmGenres | MediakitError]]:
        """Any number of films at flat memory: yields each as given and its genres or error, in order.

        Args:
            films: paths; an error among them is passed on in its place.
            frames: how many moments of each film to look at.
            per_shot: one moment of each shot (at most `frames`), not evenly spaced ones; decodes the whole film.
            start, end: seconds between which to look.
            pictures: keep each moment's picture.
            watch: is told, as a film is read, what part of it is done.
        """
        if not 1 <= frames <= MOST_FRAMES:
            raise InputError(f"frames is {frames}; it must be from 1 to {MOST_FRAMES}")
        if start < 0:
            raise InputError(f"start is {start:g}; it must not be negative")
        for given in films:
            if isinstance(given, MediakitError):
                yield given, given
                continue
            try:
                with open_film(given, watch) as film:
                    moments = film.shots(frames, start, end) if per_shot else film.moments(frames, start, end)
                    yield given, self._judge(os.fsdecode(given), film, moments, pictures)
            except MediakitError as error:
                yield given, error

    def _judge(self, name: str, film: Film, moments: Iterator[Moment], pictures: bool) -> FilmGenres:
        seen, features = [], []
        for moment in moments:
            features.append(self._look(moment.frame))
            seen.append((moment.seconds, moment.frame if pictures else None))
        if not seen:
            raise InputError(f"{name}: shows nothing but black or even pictures")
        said = self._head(features=np.stack(features)[None])
        judged = tuple(
            ScoredMoment(seconds, float(weight), tuple(map(float, alone)), picture)
            for (seconds, picture), weight, alone in zip(seen, said["attention"][0], said["moments"][0], strict=True)
        )
        order = np.argsort(-said["probabilities"][0], kind="stable")
        genres = tuple(Genre(self.genres[i], float(said["probabilities"][0][i])) for i in order)
        return FilmGenres(genres, judged, film.seconds or seen[-1][0], self.genres, film.shortfall)

    def _look(self, picture: np.ndarray) -> np.ndarray:
        """A picture's features, from the whole of it squashed to the encoder's square."""
        import cv2

        square = cv2.resize(picture, (self._size, self._size), interpolation=cv2.INTER_AREA)
        return self._encoder(image=square[None].astype(np.float32))["features"][0]
