"""Film posters with genres: `posters.csv` (id, title, year, genres, file, split) and the images it lists.

Posters belong to their studios. They are weak training data for film frames: title text and large faces dominate.
"""

from pathlib import Path

from mediakit.datasets.labelled_films import LabelledFilm, read_images

TABLE = "posters.csv"


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout."""
    return (Path(folder) / TABLE).is_file()


def read(folder: Path, split: str | None = None) -> list[LabelledFilm]:
    """The posters of a split (None: of all splits). Raises DataError when a file is missing or malformed."""
    return read_images(Path(folder) / TABLE, split)
