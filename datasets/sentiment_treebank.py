"""The Stanford Sentiment Treebank (Socher et al. 2013): sentences of film reviews as trees, in which people graded every phrase.

    trees/train.txt, dev.txt, test.txt      a tree a line: (4 (2 It) (4 (2 's) (4 lovely)))

Grades are 0, very negative, to 4, very positive; 2 is neutral.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

ORIGIN = Origin("Stanford Sentiment Treebank", "research", "Socher et al. 2013; sentences of film reviews, every phrase graded", "texts")
HIGHEST = 4  # grade
_PIECE = re.compile(r"\(([0-4]) |(\))|([^()\s]+)")
_ESCAPED = re.compile(r"\\([/*])")


def is_tree(line: str) -> bool:
    """Whether a line looks like a graded tree."""
    return re.match(r"\([0-4] ", line) is not None


def read(path: Path) -> Iterator[list[tuple[str, float]]]:
    """Yield the phrases of each tree, the whole sentence last, with their grades as 0 to 1.

    Raises DataError, with the line's number, for a line that is no tree.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _phrases(line.strip())
            except (IndexError, ValueError) as error:
                raise DataError(f"{path}: line {number} is not a tree such as (4 (2 It) (4 shines))") from error


def _phrases(line: str) -> list[tuple[str, float]]:
    """The phrases of a tree. Raises IndexError or ValueError when the parentheses do not match."""
    opened: list[tuple[int, list[str]]] = []
    found = []
    for grade, closing, word in _PIECE.findall(line):
        if grade:
            opened.append((int(grade), []))
        elif word:
            opened[-1][1].append(_ESCAPED.sub(r"\1", word))
        elif closing:
            last, words = opened.pop()
            found.append((" ".join(words), last / HIGHEST))
            if opened:
                opened[-1][1].extend(words)
    if opened or not found or not all(text for text, _ in found):
        raise ValueError("parentheses")
    return found
