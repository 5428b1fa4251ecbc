"""Films with genres: what the film data sets have in common.

Each lists its pictures or videos in a CSV file beside them: columns `id` (of the film, the same for all that belongs to one),
`genres` (with | between), `split`, and what the set itself adds. Genres are IMDb's terms.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import DataError

GENRES = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Drama", "Family", "Fantasy", "Horror", "Mystery",
    "Romance", "Sci-Fi", "Thriller",
)  # fmt: skip


@dataclass(frozen=True)
class LabelledFilm:
    """Pictures of one film in their order (a poster, a still, a trailer's frames), and its genres.

    `film` tells films apart: what belongs to one must not be trained on and measured on. `path` is what a genre pipeline takes:
    a picture's file, a folder of frames or a video; `images` is empty where only the video is there.
    """

    film: str
    path: Path
    genres: tuple[str, ...]
    split: str
    images: tuple[Path, ...] = ()


def read_table(file: Path, columns: Iterable[str], split: str | None) -> list[dict[str, str]]:
    """The rows of one split (None: of all) of a CSV file that must have these columns.

    Raises DataError for an absent file, column or split, an unknown genre, or an empty cell, naming the line.
    """
    wanted = [*columns, "genres", "split"]
    if not file.is_file():
        raise DataError(f"{file}: no such file; it lists what is in the data set (columns {', '.join(wanted)})")
    with open(file, newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        absent = [name for name in wanted if name not in (reader.fieldnames or ())]
        if absent:
            raise DataError(f"{file}: has no column {absent[0]}; wanted {', '.join(wanted)}")
        rows = []
        for row in reader:
            _check(row, wanted, f"{file}: line {reader.line_num}")
            rows.append(row)
    chosen = [row for row in rows if split is None or row["split"] == split]
    if not chosen:
        splits = sorted({row["split"] for row in rows})
        raise DataError(f"{file}: nothing in the split {split!r}; there are {', '.join(splits) or 'none'}")
    return chosen


def read_images(table: Path, split: str | None) -> list[LabelledFilm]:
    """What a table with the columns `id` and `file` lists, each picture a film of its own. Raises DataError as `read_table`."""
    films = []
    for row in read_table(table, ("id", "file"), split):
        path = listed_file(table, row["file"])
        films.append(LabelledFilm(row["id"], path, genres_of(row), row["split"], (path,)))
    return films


def genres_of(row: dict[str, str]) -> tuple[str, ...]:
    """A row's genres."""
    return tuple(row["genres"].split("|"))


def listed_file(table: Path, name: str) -> Path:
    """The file that a table names, beside it. Raises DataError if it is not there."""
    path = table.parent / name
    if not path.is_file():
        raise DataError(f"{path}: {table.name} names it, but it is not there")
    return path


def _check(row: dict[str, str], columns: list[str], where: str) -> None:
    for name in columns:
        if not row[name]:
            raise DataError(f"{where} has no {name}")
    unknown = [genre for genre in genres_of(row) if genre not in GENRES]
    if unknown:
        raise DataError(f"{where}: unknown genre {unknown[0]!r}; known: {', '.join(GENRES)}")
