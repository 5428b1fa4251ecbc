"""VADER's lexicon (Hutto and Gilbert 2014): words and emoticons that ten people rated from -4, most negative, to 4.

`vader_lexicon.txt`, as in the package vaderSentiment: a word, its mean rating, the ratings' deviation and all ten, between tabs.
"""

from pathlib import Path

from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

ORIGIN = Origin("VADER lexicon", "MIT", "Hutto and Gilbert 2014; 7,500 words and emoticons rated by people", "words")
HOW_TO_GET = "take vader_lexicon.txt from the package vaderSentiment, or do without: --set lexicon=none"


def find(name: str, folder: Path) -> Path:
    """The file in a data set's folder, else at the path `name`. Raises DataError when it is in neither place."""
    path = next((path for path in (folder / name, Path(name)) if path.is_file()), None)
    if path is None:
        raise DataError(f"{name}: no such file, nor in {folder}; {HOW_TO_GET}")
    return path


def read(path: Path) -> dict[str, float]:
    """Each word and its mean rating. Raises DataError, with the line's number, for another layout."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    ratings = {}
    for number, line in enumerate(lines, 1):
        try:
            word, mean, *_ = line.split("\t")
            ratings[word.strip()] = float(mean)
        except ValueError as error:
            raise DataError(f"{path}: line {number} is not a word, a tab and its rating; {HOW_TO_GET}") from error
    return ratings
