"""Plain sentences without labels, one a line, such as the English ones of Tatoeba; gzipped or not."""

import gzip
from pathlib import Path

from mediakit.datasets.everyday_text import SOURCES
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError


def read(name: str, folder: Path) -> tuple[list[str], Origin]:
    """The sentences of a file in a data set's folder, else at the path `name`, each once; and where they are from.

    Raises DataError when the file is missing, empty or not UTF-8.
    """
    path = next((path for path in (folder / name, Path(name)) if path.is_file()), None)
    if path is None:
        raise DataError(f"{name}: no such file, nor in {folder}; name a file with a sentence on each line")
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as lines:
            sentences = dict.fromkeys(line.strip() for line in lines)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    sentences.pop("", None)
    if not sentences:
        raise DataError(f"{path}: holds no sentences")
    known = next((source.origin for source in SOURCES if path.name.startswith(f"{source.origin.name}.")), None)
    return list(sentences), known or Origin(path.name, "its owner's")
