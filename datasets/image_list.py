"""Labelled images that a table lists, with stated splits or split by person.

    DIR/*.csv     columns file, label (or class, or digit), and split or person; or both

`file` is relative to DIR; what is in an archive of the name of its first folder (`Dataset.zip` for Dataset/0/IMG_1118.JPG) is
read from there. Images of one person are in one split, so accuracy is measured on people who were not trained on: without a
split, a hash holds out a tenth of the persons. Such a table is that of the Sign Language Digits (Mavi and Dikle 2017).
"""

import csv
import zipfile
from pathlib import Path
from typing import Any

from mediakit.datasets.folders import STATED_SPLITS
from mediakit.datasets.images import Entry, ImageSet, in_split, load
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError

LABELS = ("label", "class", "digit")
SIGN_LANGUAGE_DIGITS = Origin("Sign Language Digits (Mavi and Dikle 2017)", "Apache-2.0", holds="photos")
_Row = dict[str, str]


def is_here(folder: Path) -> bool:
    """Whether a folder holds such a table."""
    return _table(folder) is not None


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The images of one split, as in `images.read`, in the table's order. Raises DataError for a table that cannot be used."""
    table = _table(folder)
    assert table is not None
    rows = _rows(table)
    label = next(name for name in LABELS if name in rows[0])
    classes = tuple(sorted({row[label] for row in rows}))
    chosen = [row for row in rows if _is_in(row, split, table)]
    if not chosen:
        raise DataError(f"{table}: lists no images of the split {split}")
    archives = _Archives(folder)
    entries = [Entry(row["file"], archives.source(row["file"]), classes.index(row[label]), row.get("person", "")) for row in chosen]
    return load(entries, size, channels, classes=classes, where=folder)


def origin(folder: Path) -> Origin:
    """The Sign Language Digits, or the folder's name for any other table."""
    table = _table(folder)
    digits = table is not None and {"person", "camera", "digit"} <= _rows(table)[0].keys()
    return SIGN_LANGUAGE_DIGITS if digits else own_data(folder, "images")


def _table(folder: Path) -> Path | None:
    """The first table in a folder whose header has the columns."""
    for path in sorted(folder.glob("*.csv")):
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            header = {name.strip() for name in file.readline().split(",")}
        if "file" in header and header & set(LABELS) and header & {"split", "person"}:
            return path
    return None


def _rows(table: Path) -> list[_Row]:
    try:
        with open(table, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: not a table in CSV: {error}") from error
    if not rows:
        raise DataError(f"{table}: lists no images")
    return rows


def _is_in(row: _Row, split: str, table: Path) -> bool:
    stated = row.get("split")
    if stated is None:
        return in_split(row["person"], split)
    if stated not in STATED_SPLITS:
        raise DataError(f"{table}: {row['file']} is in the split {stated!r}; choose from {', '.join(STATED_SPLITS)}")
    return STATED_SPLITS[stated] in ({"train", "val"} if split == "all" else {split})


class _Archives:
    """Files of a folder, or of the archives in it."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._open: dict[str, Any] = {}

    def source(self, name: str) -> Path | bytes:
        """A file's path; the content of a file that is in an archive."""
        path = self._folder / name
        archive = self._folder / f"{Path(name).parts[0]}.zip"
        if path.exists() or not archive.exists():
            return path
        if archive.name not in self._open:
            self._open[archive.name] = zipfile.ZipFile(archive)
        try:
            return self._open[archive.name].read(name)
        except KeyError:
            return path
