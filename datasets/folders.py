"""What the readers of data folders share: a check that the folder exists, split names, hashed splits, and warnings."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from mediakit.errors import DataError

Warn = Callable[[str], None]

# File and folder names that state a split.
STATED_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val", "test": "test"}


def print_warning(message: str) -> None:
    """Print a warning on standard error."""
    print(f"mediakit: {message}", file=sys.stderr)


def existing_folder(folder: Path) -> Path:
    """The folder as a `Path`. Raises DataError when there is none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; pass the data set's folder with --data")
    return folder


def hash_bucket(key: str, buckets: int) -> int:
    """A bucket from 0 to `buckets - 1` that depends on the key alone, so a hashed split is stable when examples are added."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % buckets
