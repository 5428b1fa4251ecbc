"""A fingerprint of training data, to tell whether a run goes on with the examples that it began with.

It covers everything that the data object holds: texts, numbers, arrays, and files by name, size and content. Of long sequences,
large arrays and many files only evenly spaced parts are read, so that it takes seconds at most.
"""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

ITEMS = 4000  # of a sequence
ROWS = 4000  # of an array
FILES = 32  # whose content is read
BYTES = 1 << 20  # of a file
DEPTH = 12  # of objects in objects


def fingerprint(data: Any) -> str:
    """A digest that changes with the examples. It does not depend on the folder that they lie in."""
    digest = _Digest()
    digest.add(data, 0)
    digest.add_contents()
    return digest.sha256.hexdigest()


class _Digest:
    def __init__(self) -> None:
        self.sha256, self.files = hashlib.sha256(), dict[Path, None]()

    def add(self, value: Any, depth: int) -> None:
        self._update(type(value).__name__)
        if value is None or isinstance(value, str | bytes | int | float | np.generic):
            self._update(repr(value))
        elif isinstance(value, Path):
            self._add_file(value)
        elif isinstance(value, np.ndarray):
            self._add_array(value)
        elif depth < DEPTH:
            self._add_parts(value, depth + 1)

    def add_contents(self) -> None:
        """Add the content of a sample of the files met so far."""
        for file in _sample(list(self.files), FILES):
            if file.is_file():
                with open(file, "rb") as content:
                    self.sha256.update(content.read(BYTES))

    def _add_parts(self, value: Any, depth: int) -> None:
        if isinstance(value, Mapping):
            parts: Any = [part for pair in value.items() for part in pair]
        elif isinstance(value, Set):
            parts = sorted(value, key=repr)
        elif isinstance(value, Sequence):
            parts = value
        elif dataclasses.is_dataclass(value):
            parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
        elif callable(value):
            parts = []
        else:  # what has no attributes, such as an extension's object, counts by its type
            parts = [part for pair in sorted(getattr(value, "__dict__", {}).items()) for part in pair]
        self._update(str(len(parts)))
        for part in _sample(parts, ITEMS):
            self.add(part, depth)

    def _add_array(self, array: np.ndarray) -> None:
        self._update(f"{array.dtype.str} {array.shape}")
        if array.dtype.hasobject:
            self._update(repr([str(item) for item in _sample(array.ravel(), ITEMS)]))
            return
        rows = array[np.linspace(0, len(array) - 1, ROWS).astype(int)] if array.ndim and len(array) > ROWS else array
        self.sha256.update(np.ascontiguousarray(rows).tobytes())

    def _add_file(self, file: Path) -> None:
        self._update(file.name)
        if file.is_file():
            self._update(str(file.stat().st_size))
            self.files[file] = None

    def _update(self, text: str) -> None:
        self.sha256.update(f"{len(text)}:{text}".encode("utf-8", "surrogatepass"))


def _sample(items: Sequence[Any], count: int) -> Sequence[Any]:
    """Up to `count` items, evenly spaced."""
    return items if len(items) <= count else [items[i] for i in np.linspace(0, len(items) - 1, count).astype(int)]
