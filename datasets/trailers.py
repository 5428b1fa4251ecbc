"""Trailers of one's own: `trailers.csv` (path, genres, split, and optionally id) beside the videos.

    path,genres,split
    alien.mp4,Horror|Sci-Fi,train

`id` names the film where several videos are of one; by default each is a film of its own. Frames for training are taken from
each video once and kept as JPEG files in a cache; a video whose frames are there is not opened again, so a run that was cut
goes on where it stopped.
"""

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path

from mediakit.datasets.labelled_films import LabelledFilm, genres_of, listed_file, read_table
from mediakit.errors import DataError, InputError

TABLE = "trailers.csv"
DONE = "done"  # written last into a video's folder of frames


def is_here(folder: Path) -> bool:
    """Whether a folder holds this layout."""
    return (Path(folder) / TABLE).is_file()


def read(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The videos of a split, or all, without their frames. Raises DataError when something is absent or malformed."""
    table = Path(folder) / TABLE
    films = []
    for row in read_table(table, ("path",), split):
        path = listed_file(table, row["path"])
        films.append(LabelledFilm(row.get("id") or row["path"], path, genres_of(row), row["split"]))
    return films


def with_frames(films: list[LabelledFilm], cache: Path, count: int) -> list[LabelledFilm]:
    """The same films with up to `count` frames each, taken from the videos unless the cache holds them.

    A video that cannot be read is left out with a line on standard error; DataError if none is left.
    """
    from tqdm import tqdm

    found = []
    for film in tqdm(films, desc="frames", unit="film", file=sys.stderr, disable=not sys.stderr.isatty()):
        try:
            found.append(replace(film, images=_frames(film.path, cache, count)))
        except InputError as error:
            print(f"mediakit: {error}; left out", file=sys.stderr)
    if not found:
        raise DataError(f"none of {len(films)} videos can be read")
    return found


def _frames(video: Path, cache: Path, count: int) -> tuple[Path, ...]:
    from PIL import Image

    from mediakit.media.video import open_film

    state = os.stat(video)
    digest = hashlib.sha256(repr((video.name, state.st_size, state.st_mtime_ns, count)).encode()).hexdigest()[:12]
    folder = cache / f"{video.stem}-{digest}"
    if not (folder / DONE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with open_film(video) as film:
            for moment in film.moments(count):
                Image.fromarray(moment.frame).save(folder / f"{moment.seconds:09.2f}.jpg", quality=92)
        (folder / DONE).touch()
    pictures = tuple(sorted(folder.glob("*.jpg")))
    if not pictures:
        raise InputError(f"{video}: shows nothing but black or even pictures")
    return pictures
