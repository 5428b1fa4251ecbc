"""Your own trailers: `trailers.csv` (path, genres, split, and optionally id) beside the videos.

    path,genres,split
    alien.mp4,Horror|Sci-Fi,train

`id` identifies the film where several videos belong to one; by default each video is a film of its own. Training frames are
extracted once per video and cached as JPEG files. A video with cached frames is not opened again, so an interrupted run resumes.
"""

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path

from mediakit.datasets.folders import print_warning
from mediakit.datasets.labelled_films import LabelledFilm, genres_of, listed_file, read_table
from mediakit.errors import DataError, InputError

TABLE = "trailers.csv"
DONE = "done"  # marks a complete folder of frames


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout."""
    return (Path(folder) / TABLE).is_file()


def read(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The videos of a split (None: of all splits), without frames. Raises DataError when a file is missing or malformed."""
    table = Path(folder) / TABLE
    films = []
    for row in read_table(table, ("path",), split):
        path = listed_file(table, row["path"])
        films.append(LabelledFilm(row.get("id") or row["path"], path, genres_of(row), row["split"]))
    return films


def with_frames(films: list[LabelledFilm], cache: Path, count: int) -> list[LabelledFilm]:
    """The same films with up to `count` frames each, from the cache or extracted from the videos.

    An unreadable video is left out with a warning. Raises DataError when none can be read.
    """
    from tqdm import tqdm

    found = []
    for film in tqdm(films, desc="frames", unit="film", file=sys.stderr, disable=not sys.stderr.isatty()):
        try:
            found.append(replace(film, images=_frames(film.path, cache, count)))
        except InputError as error:
            print_warning(f"{error}; left out")
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
    frames = tuple(sorted(folder.glob("*.jpg")))
    if not frames:
        raise InputError(f"{video}: shows nothing but black or plain frames")
    return frames
