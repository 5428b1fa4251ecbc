"""Arranging a piano roll for players: which voice takes which note, and which notes are held or repeated, which a roll leaves open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.media.piano_roll import LOWEST, keys_of
from mediakit.media.score import COMMON_TIME, Metre, Note, Track

Line = list[int | None]  # a voice's MIDI note in each frame, None for silence


@dataclass(frozen=True)
class Voice:
    """A voice: its name, its range in MIDI notes, as in Bach's chorales, and its MIDI velocity."""

    name: str
    low: int
    high: int
    velocity: int


@dataclass(frozen=True)
class Grid:
    """The frames of a piano roll against bars.

    Attributes:
        frames_per_beat: per quarter note.
        metre: of all bars.
        upbeat: frames before the first bar line.
    """

    frames_per_beat: int
    metre: Metre = COMMON_TIME
    upbeat: int = 0

    @property
    def bar(self) -> int:
        """The frames in a bar, rounded where the grid is too coarse for the metre."""
        return max(1, round(self.metre.bar * self.frames_per_beat))

    @property
    def beat(self) -> int:
        """The frames in a beat."""
        return max(1, round(self.metre.beat * self.frames_per_beat))

    @property
    def strong(self) -> int:
        """The frames from one strong beat to the next: half a bar if it has an even number of beats, else a bar."""
        return self.bar // 2 if self.bar % (2 * self.beat) == 0 else self.bar

    @property
    def fits(self) -> bool:
        """Whether bars and beats are whole frames."""
        return all(length * self.frames_per_beat % 1 == 0 for length in (self.metre.bar, self.metre.beat))

    def starts(self, frame: int, length: int) -> bool:
        """Whether a bar, a beat or a strong beat, of that many frames, starts at a frame."""
        return (frame - self.upbeat) % length == 0


VOICES = (Voice("Soprano", 60, 81, 92), Voice("Alto", 52, 74, 76), Voice("Tenor", 46, 69, 76), Voice("Bass", 36, 66, 84))
CHOIR = 52  # General MIDI: choir aahs
FLUTE, GUITAR, PIANO = 73, 24, 0


def assign_voices(frame: np.ndarray, before: Sequence[int | None] = (None,) * 4, free_soprano: bool = False) -> list[int] | None:
    """Distribute the notes of a frame `[88]` over four voices.

    Every note is sung, voices do not cross, and each stays in its range and moves as little as possible.

    Args:
        before: the voices' previous MIDI notes, soprano first; None for silence.
        free_soprano: whether the soprano may leave its range.

    Returns:
        The MIDI notes, soprano first; None if there is no such assignment.
    """
    notes = [int(key) + LOWEST for key in keys_of(frame)]
    if not 0 < len(notes) <= len(VOICES):
        return None
    best: tuple[float, list[int]] | None = None
    for counts in _voice_counts(len(notes), len(VOICES)):
        sung = [note for note, count in zip(notes, counts, strict=True) for _ in range(count)]
        in_range = all(v.low <= n <= v.high or (free_soprano and i == 0) for i, (v, n) in enumerate(zip(VOICES, sung, strict=True)))
        movement = sum(abs(note - last) for note, last in zip(sung, before, strict=True) if last is not None)
        if in_range and (best is None or movement < best[0]):
            best = (movement, sung)
    return best[1] if best else None


def _voice_counts(notes: int, voices: int) -> list[tuple[int, ...]]:
    """All ways to give each note to one or more of the voices, as numbers of voices per note."""
    if notes == 1:
        return [(voices,)]
    return [(first, *rest) for first in range(1, voices - notes + 2) for rest in _voice_counts(notes - 1, voices - first)]


def _fallback_voices(frame: np.ndarray) -> list[int | None]:
    """Notes for a frame without a valid assignment, such as one from a user's primer: from the top, with the lowest in the bass."""
    notes: list[int | None] = [int(key) + LOWEST for key in keys_of(frame)]
    if len(notes) < 2:
        return [*notes, *[None] * (4 - len(notes))]
    upper = notes[:-1][:3]
    return [*upper, *[None] * (3 - len(upper)), notes[-1]]


def chorale(roll: np.ndarray, grid: Grid) -> tuple[Track, ...]:
    """Arrange a roll `[frames, 88]` for four voices on four tracks.

    An unchanged chord is held. Otherwise soprano and bass repeat an unchanged note on each beat, as for a new syllable, while the
    inner voices hold it until the next strong beat. The last chord is held.
    """
    lines: list[Line] = [[] for _ in VOICES]
    before: Sequence[int | None] = (None,) * 4
    for frame in roll:
        before = assign_voices(frame, before) or assign_voices(frame, before, free_soprano=True) or _fallback_voices(frame)
        for line, note in zip(lines, before, strict=True):
            line.append(note)

    def holds(voice: int) -> Callable[[int], bool]:
        def is_held(frame: int) -> bool:
            if _is_last_chord(roll, frame):
                return True
            inner = voice in (1, 2) or not grid.starts(frame, grid.beat)
            return not grid.starts(frame, grid.strong) and (inner or bool((roll[frame] == roll[frame - 1]).all()))

        return is_held

    return tuple(
        Track(v.name, tuple(_merge(line, holds(i), grid, v.velocity)), CHOIR) for i, (v, line) in enumerate(zip(VOICES, lines, strict=True))
    )


def folk(roll: np.ndarray, grid: Grid) -> tuple[Track, ...]:
    """Arrange a roll `[frames, 88]` as a melody and chords on two tracks.

    A melody note is held within a beat, and a chord until the next strong beat. The last ones are held.
    """
    melody: Line = []
    chords: list[list[int]] = []
    for frame in roll:
        keys = [int(key) + LOWEST for key in keys_of(frame)]
        # A bare chord has three notes; otherwise, at a rest, the chord's top note would move into the melody.
        alone = len(keys) == 3 and bool(chords) and keys == chords[-1]
        melody.append(keys[0] if keys and not alone else None)
        chords.append(keys if alone else keys[1:])

    def holds(length: int) -> Callable[[int], bool]:
        return lambda frame: _is_last_chord(roll, frame) or not grid.starts(frame, length)

    tune = _merge(melody, holds(grid.beat), grid, 96)
    below = []
    for pitch in sorted({note for chord in chords for note in chord}):
        line: Line = [pitch if pitch in chord else None for chord in chords]
        below += _merge(line, holds(grid.strong), grid, 58)
    return Track("Melody", tuple(tune), FLUTE), Track("Chords", tuple(sorted(below)), GUITAR)


def piano(roll: np.ndarray, grid: Grid) -> tuple[Track, ...]:
    """Arrange a roll `[frames, 88]` on one piano track, with notes held as long as they sound."""
    notes = []
    for key in np.flatnonzero(roll.any(axis=0)).tolist():
        line: Line = [key + LOWEST if on else None for on in roll[:, key]]
        notes += _merge(line, lambda frame: True, grid, 80)
    return (Track("Piano", tuple(sorted(notes)), PIANO),)


def _merge(line: Line, holds: Callable[[int], bool], grid: Grid, velocity: int) -> list[Note]:
    """A voice's frames as notes: an unchanged frame continues the note where `holds(frame)`, else it repeats it."""
    notes: list[Note] = []
    start = 0
    for frame in range(1, len(line) + 1):
        if frame < len(line) and line[frame] == line[frame - 1] and (line[frame] is None or holds(frame)):
            continue
        pitch = line[start]
        if pitch is not None:
            notes.append(Note(start / grid.frames_per_beat, (frame - start) / grid.frames_per_beat, pitch, velocity))
        start = frame
    return notes


def _is_last_chord(roll: np.ndarray, frame: int) -> bool:
    """Whether everything from the previous frame on is the last chord."""
    return bool((roll[frame - 1 :] == roll[-1]).all())


ARRANGEMENTS: dict[str, Callable[[np.ndarray, Grid], tuple[Track, ...]]] = {"chorale": chorale, "folk": folk, "piano": piano}
