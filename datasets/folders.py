"""What readers of data folders share: checking the folder, split names, hashed splits, and warnings."""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mediakit.errors import DataError

Warn = Callable[[str], None]

# File and folder names that state a split.
STATED_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val", "test": "test"}


def print_warning(message: str) -> None:
    """Print a warning on standard error."""
    print(f"mediakit: {message}", file=sys.stderr)


def existing_folder(folder: Path) -> Path:
    """The folder as a `Path`. Raises DataError when it does not exist."""
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return folder


def readable(name: str) -> str:
    """A file's name as text, for what is written about it: bytes that are not UTF-8 become the replacement character."""
    return os.fsencode(name).decode(errors="replace")


def hash_bucket(key: str, buckets: int) -> int:
    """A number below `buckets` that depends on the key alone, so hashed splits are stable when examples are added."""
    return int(hashlib.sha256(os.fsencode(key)).hexdigest(), 16) % buckets


def listing(names: Sequence[str], most: int = 3) -> str:
    """The first names, and an ellipsis if there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
