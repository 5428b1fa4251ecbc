"""J. S. Bach's four-part chorales on a grid of sixteenth notes (github.com/czhuang/JSB-Chorales-dataset).

The published layout: `Jsb16thSeparated.npz` with `train`, `valid` and `test`: 229, 76 and 77 chorales, each float `[frames, 4]` of
MIDI notes, soprano first, NaN for silence. The chorales and splits are those of `poly_music`'s jsb.
"""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import DataError

FILE = "Jsb16thSeparated.npz"
SPLITS = ("train", "valid", "test")
VOICES = ("soprano", "alto", "tenor", "bass")


def is_here(folder: Path) -> bool:
    """Whether a folder holds the file."""
    return (Path(folder) / FILE).is_file()


def read(folder: Path, split: str) -> list[np.ndarray]:
    """The chorales of a split, each int16 `[frames, 4]` of MIDI notes, soprano first, -1 for silence.

    Raises DataError when the file or the split is missing or malformed.
    """
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    path = Path(folder) / FILE
    if not path.is_file():
        raise DataError(f"{path}: no such file; download it from github.com/czhuang/JSB-Chorales-dataset")
    try:
        pieces = [np.asarray(piece, np.float32) for piece in _array_of_arrays(path, f"{split}.npy")]
    except Exception as error:  # a damaged pickle raises nearly anything
        raise DataError(f"{path}: cannot be read: {error}") from error
    for number, piece in enumerate(pieces):
        if piece.ndim != 2 or piece.shape[1] != len(VOICES):
            raise DataError(f"{path}: piece {number} of {split} has the shape {list(piece.shape)}, expected [frames, {len(VOICES)}]")
    return [np.where(np.isnan(piece), -1, piece).astype(np.int16) for piece in pieces]


_RECONSTRUCT = np.empty(0).__reduce__()[0]  # what a pickle makes an array with
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,  # before NumPy 2, as in the published file
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Loads NumPy arrays and refuses every other object: a pickle may name any function, and would call it."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"its pickle names {module}.{name}, and may hold NumPy arrays only")
        return _ALLOWED[module, name]


def _array_of_arrays(path: Path, name: str) -> np.ndarray:
    """The array of objects `name` of an .npz file. NumPy's own reader would load any pickle."""
    with zipfile.ZipFile(path) as archive, archive.open(name) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError(f"{name} is not in version 1.0 of the .npy format")
        _, _, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype != np.dtype(object):
            raise ValueError(f"{name} is not an array of arrays")
        return _ArrayUnpickler(file, encoding="latin1").load()
