"""Musical keys: their names, and finding the key of a piece."""

import re
from dataclasses import dataclass

import numpy as np

from mediakit.errors import InputError
from mediakit.media.piano_roll import LOWEST

# The tonics of 7 flats to 7 sharps, major and minor.
SIGNATURES = {
    False: ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"),
    True: ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m", "A#m"),
}
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(r"([A-Ga-g])([#b♯♭]?)(?:[ -]?(m|M|(?i:major|minor|maj|min|dur|moll)))?$")

# Key profiles: how well each pitch class, counted from the tonic, fits (Krumhansl and Kessler 1982; Krumhansl 1990, table 2.1).
PROFILES = {
    False: np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]),
    True: np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]),
}


@dataclass(frozen=True)
class Key:
    """A key: its tonic's pitch class 0..11, with C as 0, and whether it is minor."""

    tonic: int
    minor: bool

    def __str__(self) -> str:
        return f"{SIGNATURES[self.minor][self.fifths + 7].removesuffix('m')} {'minor' if self.minor else 'major'}"

    @property
    def fifths(self) -> int:
        """The key signature: its sharps, or with a minus its flats, -6..6."""
        major = (self.tonic + 3 * self.minor) % 12
        fifths = (7 * major + 5) % 12 - 5
        return -6 if fifths == 6 and self.minor else fifths  # Eb minor, but F# major

    def transposed(self, semitones: int) -> "Key":
        """The key that many semitones higher."""
        return Key((self.tonic + semitones) % 12, self.minor)

    def triad(self) -> tuple[int, int, int]:
        """The pitch classes of the tonic's chord."""
        return self.tonic, (self.tonic + (3 if self.minor else 4)) % 12, (self.tonic + 7) % 12


ALL = tuple(Key(tonic, minor) for tonic in range(12) for minor in (False, True))


def parse_key(text: str) -> Key:
    """Parse a key such as G, Gm, g minor, F# major or Bb; a letter alone is major. Raises InputError for anything else."""
    found = _KEY.fullmatch(text.strip())
    if not found:
        raise InputError(f"no key {text!r}; write it as in G, Am, Bb or 'F# minor'")
    letter, accidental, mode = found.groups()
    tonic = (_LETTERS[letter.upper()] + {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[accidental]) % 12
    return Key(tonic, mode is not None and (mode == "m" or mode.lower() in ("min", "minor", "moll")))


def key_of_signature(fifths: int, minor: bool) -> Key:
    """The key of a signature with this many sharps, or with a minus flats."""
    return Key((7 * fifths + 9 * minor) % 12, minor)


def fit(roll: np.ndarray, key: Key) -> float:
    """How well a piece `[frames, 88]` fits a key: the correlation of its pitch classes with the key's profile, in -1..1."""
    weights = pitch_classes(roll)
    return float(np.corrcoef(np.roll(weights, -key.tonic), PROFILES[key.minor])[0, 1]) if weights.std() else 0.0


def clarity(roll: np.ndarray, key: Key) -> float:
    """How much better a piece fits a key than the best other key; negative if it fits worse."""
    return fit(roll, key) - max(fit(roll, other) for other in ALL if other != key)


def find_key(roll: np.ndarray) -> Key:
    """The key that a piece fits best (Krumhansl 1990, section 4.1)."""
    return max(ALL, key=lambda key: fit(roll, key))


def pitch_classes(roll: np.ndarray) -> np.ndarray:
    """In how many frames each pitch class sounds, `[12]` from C."""
    return np.bincount((np.arange(roll.shape[1]) + LOWEST) % 12, weights=roll.sum(axis=0), minlength=12)
