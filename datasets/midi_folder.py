"""Your own MIDI files: `*.mid` and `*.midi` in a folder and its subfolders.

Drums are dropped and notes are put on a grid. Folders named train, valid and test state the splits. Otherwise a hash of the file
name decides: 80 % train, 10 % valid, 10 % test, stable when files are added. `all` are all of them.
"""

import hashlib
from pathlib import Path

import numpy as np

from mediakit.datasets.folders import Warn, print_warning
from mediakit.errors import DataError, InputError
from mediakit.media.midi import read_midi
from mediakit.media.score import to_roll

SPLITS = ("train", "valid", "test")
ALL = "all"
SUFFIXES = {".mid", ".midi"}
FEW = 5_000  # frames; the smallest published set has 14,000


def files(folder: Path) -> list[Path]:
    """The MIDI files of a folder and its subfolders, ordered by path."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def read(folder: Path, split: str, frames_per_beat: int = 4, *, warn: Warn = print_warning) -> list[np.ndarray]:
    """The pieces of a split, each uint8 `[frames, 88]`.

    `warn` receives a line about unreadable files, and one about a training split that is too small. Raises DataError when the
    split is unknown or nothing is left of it.
    """
    folder = Path(folder)
    if split not in (*SPLITS, ALL):
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join((*SPLITS, ALL))}")
    paths = _split_files(folder, split)
    pieces, bad = [], []
    for path in paths:
        try:
            pieces.append(to_roll(read_midi(path).notes, frames_per_beat))
        except InputError as error:
            bad.append(str(error))
    if bad:
        warn(f"{len(bad)} of {len(paths)} MIDI files are left out; the first: {bad[0]}")
    pieces = [piece for piece in pieces if piece.any()]
    if not pieces:
        raise DataError(
            f"{folder}: no usable MIDI file in the split {split}, out of {len(files(folder))} in all; "
            "take the split all, or sort them into folders train, valid and test (else a hash of the name assigns the split)"
        )
    frames = sum(map(len, pieces))
    if split == "train" and frames < FEW:
        warn(f"{folder}: {len(pieces)} pieces of {frames:,} frames are little training data; below {FEW:,} frames expect overfitting")
    return pieces


def _split_files(folder: Path, split: str) -> list[Path]:
    if split == ALL:
        return files(folder)
    if any((folder / name).is_dir() for name in SPLITS):
        return files(folder / split)
    return [path for path in files(folder) if _split_of(path.name) == split]


def _split_of(name: str) -> str:
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return "train" if share < 0.8 else "valid" if share < 0.9 else "test"
