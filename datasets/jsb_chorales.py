"""J. S. Bach's four-part chorales on a grid of sixteenth notes (github.com/czhuang/JSB-Chorales-dataset).

The published layout: `Jsb16thSeparated.npz` with `train`, `valid` and `test`: 229, 76 and 77 chorales, each float `[frames, 4]` of
MIDI notes, soprano first, NaN for silence. The chorales and splits are those of `poly_music`'s jsb.
"""

from pathlib import Path

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
        # The published file contains a pickle, which can run code: use only a trusted copy.
        with np.load(path, allow_pickle=True, encoding="latin1") as file:
            pieces = [np.asarray(piece, np.float32) for piece in file[split]]
    except Exception as error:  # NumPy raises many kinds of errors here
        raise DataError(f"{path}: cannot be read: {error}") from error
    for number, piece in enumerate(pieces):
        if piece.ndim != 2 or piece.shape[1] != len(VOICES):
            raise DataError(f"{path}: piece {number} of {split} has the shape {list(piece.shape)}, expected [frames, {len(VOICES)}]")
    return [np.where(np.isnan(piece), -1, piece).astype(np.int16) for piece in pieces]
