"""Frames of trailers and clips, and stills, with genres.

    trailer_frames.csv    id, title, year, genres, file, second, kind, split; a video's frames lie in a folder of their own
    stills.csv            id, title, year, genres, file, split; single pictures, in no order

The pictures are their studios'.
"""

from pathlib import Path

from mediakit.datasets.labelled_films import LabelledFilm, genres_of, listed_file, read_images, read_table

FRAMES, STILLS = "trailer_frames.csv", "stills.csv"


def read(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The videos of a split, or all: each with its frames in the order of `second`. Several may be of one film.

    Raises DataError when something is absent or malformed.
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
    """The stills of a split, or all of them. Raises as `read` does."""
    return read_images(Path(folder) / STILLS, split)
