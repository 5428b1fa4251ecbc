"""Frames of trailers and clips, and stills, with genres.

    trailer_frames.csv    id, title, year, genres, file, second, kind, split; each video's frames are in a folder of their own
    stills.csv            id, title, year, genres, file, split; single images, in no order

The images belong to their studios.
"""

from pathlib import Path

from mediakit.datasets.labelled_films import LabelledFilm, genres_of, listed_file, read_images, read_table

FRAMES, STILLS = "trailer_frames.csv", "stills.csv"


def read(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The videos of a split (None: of all splits), each with its frames ordered by `second`. Several may belong to one film.

    Raises DataError when a file is missing or malformed.
    """
    table = Path(folder) / FRAMES
    videos: dict[Path, list[tuple[float, Path, dict[str, str]]]] = {}
    for row in read_table(table, ("id", "file", "second"), split):
        path = listed_file(table, row["file"])
        videos.setdefault(path.parent, []).append((float(row["second"]), path, row))
    films = []
    for path, frames in videos.items():
        frames.sort(key=lambda frame: frame[:2])
        row = frames[0][2]
        films.append(LabelledFilm(row["id"], path, genres_of(row), row["split"], tuple(frame[1] for frame in frames)))
    return films


def read_stills(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The stills of a split (None: of all splits). Raises DataError as `read` does."""
    return read_images(Path(folder) / STILLS, split)
