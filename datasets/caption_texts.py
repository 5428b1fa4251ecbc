"""Captions without photos: files of one caption per line, `*.txt` or `*.txt.gz`, in a folder."""

import gzip
from pathlib import Path

from mediakit.datasets.folders import existing_folder
from mediakit.errors import DataError


def read(folder: Path) -> list[str]:
    """The captions of all files of a folder, by file name, each once. Raises DataError when there are none."""
    captions: dict[str, None] = {}
    for file in sorted([*existing_folder(folder).glob("*.txt"), *folder.glob("*.txt.gz")]):
        try:
            with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else open(file, encoding="utf-8") as lines:
                captions.update(dict.fromkeys(line.strip() for line in lines if line.strip()))
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise DataError(f"{file}: cannot be read: {error}") from error
    if not captions:
        raise DataError(f"{folder}: no captions found; expected *.txt or *.txt.gz with one caption per line")
    return list(captions)
