"""Anybody's MIDI files: `*.mid` and `*.midi` in a folder and its folders.

Drums are left out and notes put on a grid. Folders named train, valid and test are the splits; else a file's split follows from its
name alone (a hash): 80 % train, 10 % valid, 10 % test, however many files are added later.
"""

import hashlib
from pathlib import Path

import numpy as np

from mediakit.datasets.folders import Warn, print_warning
from mediakit.errors import DataError, InputError
from mediakit.media.midi import read_midi, to_roll

SPLITS = ("train", "valid", "test")
SUFFIXES = {".mid", ".midi"}
FEW = 5_000  # frames; the smallest set of the benchmark has 14,000


def files(folder: Path) -> list[Path]:
    """The MIDI files of a folder and its folders, in the order of their names."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def read(folder: Path, split: str, frames_per_beat: int = 4, *, warn: Warn = print_warning) -> list[np.ndarray]:
    """The pieces of a split, each uint8 `[frames, 88]`.

    `warn` is told of files that could not be read, and of a training split too small to learn from. Raises DataError when the split
    is unknown or nothing is left of it.
    """
    folder = Path(folder)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; there are {', '.join(SPLITS)}")
    paths = _split_files(folder, split)
    pieces, bad = [], []
    for path in paths:
        try:
            pieces.append(to_roll([note for track in read_midi(path).tracks for note in track.notes], frames_per_beat))
        except InputError as error:
            bad.append(str(error))
    if bad:
        warn(f"{len(bad)} of {len(paths)} MIDI files are left out, the first: {bad[0]}")
    pieces = [piece for piece in pieces if piece.any()]
    if not pieces:
        raise DataError(
            f"{folder}: no MIDI file that can be used in the split {split}, of {len(files(folder))}; "
            "add files (their names say in which split they are), or sort them into folders train, valid and test"
        )
    frames = sum(map(len, pieces))
    if split == "train" and frames < FEW:
        warn(f"{folder}: {len(pieces)} pieces of {frames:,} frames are few to learn from; below {FEW:,} expect it to learn them by heart")
    return pieces


def _split_files(folder: Path, split: str) -> list[Path]:
    if any((folder / name).is_dir() for name in SPLITS):
        return files(folder / split)
    return [path for path in files(folder) if _split_of(path.name) == split]


def _split_of(name: str) -> str:
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return "train" if share < 0.8 else "valid" if share < 0.9 else "test"
