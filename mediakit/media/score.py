"""Music as notes: who plays them, in which metre, key and tempo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mediakit.errors import InputError
from mediakit.media.keys import Key
from mediakit.media.piano_roll import KEYS, LOWEST


@dataclass(frozen=True, order=True)
class Note:
    """A note: start and length in quarter notes, MIDI pitch, and velocity in 1..127."""

    start: float
    length: float
    pitch: int
    velocity: int = 80


@dataclass(frozen=True)
class Track:
    """The notes of one player, with a name and a General MIDI program (0 is a piano). The notes of drums are instruments."""

    name: str
    notes: tuple[Note, ...]
    program: int = 0
    drums: bool = False

    def moved(self, beats: float) -> "Track":
        """The track, later by that many quarter notes."""
        return replace(self, notes=tuple(replace(note, start=note.start + beats) for note in self.notes))


@dataclass(frozen=True)
class Metre:
    """A time signature: how many beats a bar has, and which note is a beat (4 for a quarter note)."""

    count: int = 4
    unit: int = 4

    @property
    def bar(self) -> float:
        """The length of a bar in quarter notes."""
        return 4 * self.count / self.unit

    @property
    def beat(self) -> float:
        """The length of a beat as it is felt, in quarter notes: three eighths in 6/8, 9/8 and 12/8."""
        return 1.5 if self.unit == 8 and self.count % 3 == 0 else 4 / self.unit

    def __str__(self) -> str:
        return f"{self.count}/{self.unit}"


COMMON_TIME = Metre()


def parse_metre(text: str) -> Metre:
    """Parse a metre such as 3/4. Raises InputError for anything else."""
    count, _, unit = text.strip().partition("/")
    if not (count.isdecimal() and unit.isdecimal() and 0 < int(count) <= 32 and int(unit) in (1, 2, 4, 8, 16, 32)):
        raise InputError(f"no metre {text!r}; write it as in 3/4")
    return Metre(int(count), int(unit))


@dataclass(frozen=True)
class Change:
    """A new tempo, metre or key from a beat on; None for what stays."""

    start: float
    tempo: float | None = None
    metre: Metre | None = None
    key: Key | None = None


@dataclass(frozen=True)
class Score:
    """Simultaneous tracks.

    Attributes:
        tracks: the players.
        tempo: at the start, in quarter notes per minute.
        metre: at the start.
        beats: the length in quarter notes.
        key: of the key signature at the start; None for no signature.
        changes: of tempo, metre and key after the start, in order.
    """

    tracks: tuple[Track, ...]
    tempo: float
    metre: Metre = COMMON_TIME
    beats: float = 0.0
    key: Key | None = None
    changes: tuple[Change, ...] = ()

    @property
    def notes(self) -> list[Note]:
        """The notes of all tracks but drums, in order."""
        return sorted(note for track in self.tracks if not track.drums for note in track.notes)

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return float(self.seconds_at(self.beats))

    def seconds_at(self, beats: np.ndarray | float) -> np.ndarray:
        """When beats, in quarter notes from the start, sound: seconds from the start, of the same shape."""
        starts, tempi = [0.0], [self.tempo]
        for change in self.changes:
            if change.tempo:
                starts.append(change.start)
                tempi.append(change.tempo)
        begins = np.concatenate([[0], np.cumsum(np.diff(starts) * 60 / np.array(tempi[:-1]))])
        part = np.searchsorted(starts, beats, side="right") - 1
        return np.asarray(begins[part] + (beats - np.array(starts)[part]) * 60 / np.array(tempi)[part])

    @property
    def bars(self) -> float:
        """How many bars the score has."""
        return sum((end - start) / metre.bar for start, end, metre in self.metres())

    def metres(self) -> Iterator[tuple[float, float, Metre]]:
        """The parts of the score in one metre: start and end in quarter notes, and the metre."""
        start, metre = 0.0, self.metre
        for change in self.changes:
            if change.metre and change.start < self.beats:
                if change.start > start:
                    yield start, change.start, metre
                start, metre = change.start, change.metre
        yield start, self.beats, metre

    @property
    def last_tempo(self) -> float:
        """The tempo at the end."""
        return next((change.tempo for change in reversed(self.changes) if change.tempo), self.tempo)

    @property
    def last_key(self) -> Key | None:
        """The key of the last key signature, if any."""
        return next((change.key for change in reversed(self.changes) if change.key), self.key)

    def at_tempo(self, tempo: float) -> "Score":
        """The score at another tempo; its changes of tempo keep their proportions."""
        factor = tempo / self.tempo
        changes = tuple(replace(change, tempo=change.tempo * factor) if change.tempo else change for change in self.changes)
        return replace(self, tempo=tempo, changes=changes)


def to_roll(notes: Sequence[Note], frames_per_beat: int) -> np.ndarray:
    """Put notes on a grid, uint8 `[frames, 88]`.

    Starts and ends are rounded to frames, and every note lasts at least one. Whole beats of silence before the first note are
    dropped.
    """
    start = first_beat(notes)
    spans = list(_spans(notes, frames_per_beat, start))
    roll = np.zeros((max((end for _, end, _ in spans), default=0), KEYS), np.uint8)
    for begin, end, key in spans:
        if 0 <= key < KEYS:
            roll[begin:end, key] = 1
    return roll


def first_beat(notes: Sequence[Note]) -> int:
    """The whole quarter notes before the first note."""
    return int(min(note.start for note in notes) + 1e-6)


def _spans(notes: Sequence[Note], frames_per_beat: int, start: int) -> Iterator[tuple[int, int, int]]:
    """Each note's first frame, the frame after its last, and its key."""
    for note in notes:
        begin = round((note.start - start) * frames_per_beat)
        end = max(round((note.start + note.length - start) * frames_per_beat), begin + 1)
        yield begin, end, note.pitch - LOWEST
