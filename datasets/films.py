"""Films to learn genres from: single images and videos, from any known layout, with films held out for validation."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.datasets import film_frames, film_posters, trailers
from mediakit.datasets.labelled_films import LabelledFilm, origin
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError


@dataclass(frozen=True)
class FilmSet:
    """Posters and stills, films of one image each, and videos as sequences of frames: those to train on and those held out.

    No film that has a video has a poster or still here.
    """

    posters: list[LabelledFilm]
    stills: list[LabelledFilm]
    films: list[LabelledFilm]
    validation: list[LabelledFilm]
    origin: Origin

    @property
    def images(self) -> list[LabelledFilm]:
        """Posters and stills."""
        return self.posters + self.stills


def read(folder: Path, frames: int, hold_out: str = "", seed: int = 0) -> FilmSet:
    """The films of a folder, without those of the split test.

    Args:
        folder: in the layout of `film_frames`, with posters and stills, or of `trailers`, with or without posters.
        frames: taken from each trailer.
        hold_out: the films for validation: a split, such as val, or a fold, such as 2/5, the second of five drawn by `seed`;
            empty for none.

    Raises DataError when a file is missing or malformed, for a fold that does not exist, and when no film is left.
    """
    stills: list[LabelledFilm] = []
    if trailers.is_here(folder):
        films = trailers.with_frames(trailers.read(folder), folder / "frames", frames)
        posters = film_posters.read(folder) if film_posters.is_here(folder) else []
    else:
        films, posters, stills = film_frames.read(folder), film_posters.read(folder), film_frames.read_stills(folder)
    films = [film for film in films if film.split != "test"]
    # From its poster, a model would know the genres of a film that is held out.
    on_video = {film.film for film in films}
    posters, stills = ([image for image in part if image.split != "test" and image.film not in on_video] for part in (posters, stills))
    names = held_out(films, hold_out, seed)
    train, validation = ([film for film in films if (film.film in names) == held] for held in (False, True))
    if not train:
        raise DataError(f"{folder}: no film is left for training (hold_out={hold_out})")
    return FilmSet(posters, stills, train, validation, origin(folder, films))


def held_out(films: Iterable[LabelledFilm], part: str, seed: int) -> set[str]:
    """The films to keep for validation.

    Args:
        part: as `hold_out` of `read`.

    Raises DataError for a fold that does not exist.
    """
    number, slash, folds = part.partition("/")
    if not slash:
        return {film.film for film in films if film.split == part}
    if not (number.isdecimal() and folds.isdecimal() and 1 <= int(number) <= int(folds)):
        raise DataError(f"hold_out={part}: expected a split, or a fold such as 2/5")
    names = np.random.default_rng(seed).permutation(sorted({film.film for film in films}))
    return set(names[int(number) - 1 :: int(folds)].tolist())
