"""Film posters with genres: `posters.csv` (id, title, year, genres, file, split) and the pictures that it names.

Posters are their studios'. As teachers for frames they are weak: title text and big faces.
"""

from pathlib import Path

from mediakit.datasets.labelled_films import LabelledFilm, read_images

TABLE = "posters.csv"


def is_here(folder: Path) -> bool:
    """Whether a folder holds this layout."""
    return (Path(folder) / TABLE).is_file()


def read(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The posters of a split, or all of them. Raises DataError when something is absent or malformed."""
    return read_images(Path(folder) / TABLE, split)
