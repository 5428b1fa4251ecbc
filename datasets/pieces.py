"""Music as piano rolls, from any known layout: the benchmark's sets, the chorales in sixteenths, or MIDI files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.datasets import jsb_chorales, midi_folder, poly_music
from mediakit.datasets.folders import existing_folder
from mediakit.errors import DataError
from mediakit.media.piano_roll import frame_of


@dataclass(frozen=True)
class PublishedSet:
    """A published set as model cards describe it, and its grid in frames per quarter note."""

    name: str
    license: str
    holds: str
    source: str
    frames_per_beat: int

    @property
    def entry(self) -> dict[str, str]:
        """As a model card lists it."""
        return {"name": self.name, "license": self.license, "note": f"{self.holds}; {self.source}"}


_PAPER = "Boulanger-Lewandowski, Bengio and Vincent 2012"
_BACH = "J. S. Bach's chorales, themselves in the public domain"
PUBLISHED = {
    "jsb": PublishedSet("JSB Chorales", "none stated", f"{_BACH}, in quarter notes", _PAPER, 1),
    "nottingham": PublishedSet("Nottingham", "none stated", "folk tunes with chords, in eighth notes", _PAPER, 2),
    "piano_midi": PublishedSet("Piano-midi.de", "CC BY-SA 3.0 DE", "classical piano pieces, in eighth notes", f"B. Krueger; {_PAPER}", 2),
    "muse_data": PublishedSet("MuseData", "none stated", "classical pieces for orchestra and for piano, in eighth notes", _PAPER, 2),
    "jsb_16th": PublishedSet("JSB Chorales", "none stated", f"{_BACH}, in sixteenths", f"{_PAPER}; Huang et al. 2017", 4),
}
MIDI = "midi"


def find_set(folder: Path, dataset: str | None = None) -> str:
    """The set that a folder holds, or the one that was named. Raises DataError when there is none, or more than one to choose from."""
    folder = existing_folder(folder)
    if dataset is not None:
        if dataset not in (*PUBLISHED, MIDI):
            raise DataError(f"no set {dataset!r}; choose from {', '.join((*PUBLISHED, MIDI))}")
        return dataset
    found = _here(folder)
    if not found and midi_folder.files(folder):
        return MIDI
    if len(found) != 1:
        problem = f"holds {', '.join(found)}; choose one with --set dataset=NAME" if found else "holds no piano rolls and no MIDI files"
        raise DataError(f"{folder}: {problem}")
    return found[0]


def holds(folder: Path, dataset: str | None) -> bool:
    """Whether a folder holds a set, by its name; `midi` are MIDI files."""
    return dataset in _here(existing_folder(folder)) or (dataset == MIDI and bool(midi_folder.files(folder)))


def _here(folder: Path) -> list[str]:
    return [*poly_music.sets(folder), *(["jsb_16th"] if jsb_chorales.is_here(folder) else [])]


def read(folder: Path, split: str, dataset: str | None = None, frames_per_beat: int = 4) -> list[np.ndarray]:
    """The pieces of a split, each uint8 `[frames, 88]`.

    Args:
        folder: in the layout of `poly_music`, `jsb_chorales` or `midi_folder`.
        split: train, valid or test; of MIDI files also `all`.
        dataset: the set's name, where the folder holds several.
        frames_per_beat: the grid for MIDI files; published sets have their own.

    Raises DataError when the folder, the set or the split is missing or malformed.
    """
    dataset = find_set(folder, dataset)
    if dataset == MIDI:
        return midi_folder.read(folder, split, frames_per_beat)
    if dataset == "jsb_16th":
        return [np.stack([frame_of(frame) for frame in voices.tolist()]) for voices in jsb_chorales.read(folder, split)]
    return poly_music.read(folder, split, dataset)


def frames_per_beat_of(dataset: str | None, default: int) -> int:
    """A published set's frames per quarter note; `default` for any other."""
    return PUBLISHED[dataset].frames_per_beat if dataset in PUBLISHED else default
