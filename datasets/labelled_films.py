"""Films with genres: what the film data sets share.

Each set lists its images or videos in a CSV file beside them, with the columns `id` (of the film; the same for everything that
belongs to one film), `genres` (separated by |), `split`, and its own additions. Genres are IMDb's terms.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError

GENRES = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Drama", "Family", "Fantasy", "Horror", "Mystery",
    "Romance", "Sci-Fi", "Thriller",
)  # fmt: skip


@dataclass(frozen=True)
class LabelledFilm:
    """Images of one film in order (a poster, a still, a trailer's frames), and the film's genres.

    `film` identifies the film: nothing from one film may be in both training and evaluation. `path` is what a genre pipeline
    takes: an image file, a folder of frames or a video. `images` is empty where only the video exists.
    """

    film: str
    path: Path
    genres: tuple[str, ...]
    split: str
    images: tuple[Path, ...] = ()


def origin(folder: Path, films: Iterable[LabelledFilm]) -> Origin:
    """Where films come from: the genres of films with IMDb's ids (tt0068646) are IMDb's; of others only the folder's name is known."""
    if not all(re.fullmatch(r"tt\d{7,}", film.film) for film in films):
        return own_data(folder, "films")
    note = "genres in IMDb's terms: non-commercial"
    return Origin("film posters, stills, trailer frames", "their studios'", note, "trailers and clips of feature films")


def read_table(file: Path, columns: Iterable[str], split: str | None) -> list[dict[str, str]]:
    """The rows of one split (None: of all splits) of a CSV file that must have these columns.

    Raises DataError for a missing file, column or split, and, with the line's number, for an unknown genre or an empty cell.
    """
    required = [*columns, "genres", "split"]
    if not file.is_file():
        raise DataError(f"{file}: no such file; it lists the data set (columns {', '.join(required)})")
    with open(file, newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in required if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(f"{file}: has no column {missing[0]}; expected {', '.join(required)}")
        rows = []
        for row in reader:
            _check(row, required, f"{file}: line {reader.line_num}")
            rows.append(row)
    chosen = [row for row in rows if split is None or row["split"] == split]
    if not chosen:
        splits = sorted({row["split"] for row in rows})
        raise DataError(f"{file}: nothing in the split {split!r}; its splits are: {', '.join(splits) or 'none'}")
    return chosen


def read_images(table: Path, split: str | None) -> list[LabelledFilm]:
    """The images listed in a table with the columns `id` and `file`, each as a film of its own. Raises DataError as `read_table`."""
    films = []
    for row in read_table(table, ("id", "file"), split):
        path = listed_file(table, row["file"])
        films.append(LabelledFilm(row["id"], path, genres_of(row), row["split"], (path,)))
    return films


def genres_of(row: dict[str, str]) -> tuple[str, ...]:
    """A row's genres."""
    return tuple(row["genres"].split("|"))


def listed_file(table: Path, name: str) -> Path:
    """The path of a file that a table lists, relative to the table. Raises DataError when the file is missing."""
    path = table.parent / name
    if not path.is_file():
        raise DataError(f"{path}: no such file, although {table.name} lists it")
    return path


def _check(row: dict[str, str], columns: list[str], where: str) -> None:
    for name in columns:
        if not row[name]:
            raise DataError(f"{where} has no {name}")
    unknown = [genre for genre in genres_of(row) if genre not in GENRES]
    if unknown:
        raise DataError(f"{where} has the unknown genre {unknown[0]!r}; known genres are {', '.join(GENRES)}")
