"""From a piano roll to players: which voice takes which note, and what is held and what is struck again, which a roll does not say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mediakit.media.midi import Note, Score, Track
from mediakit.media.piano_roll import LOWEST, keys_of

Line = list[int | None]  # a voice's MIDI note in each frame, None for silence


@dataclass(frozen=True)
class Voice:
    """A singer: a name, the lowest and the highest MIDI note, as Bach's chorales have them, and how loud."""

    name: str
    low: int
    high: int
    velocity: int


VOICES = (Voice("Soprano", 60, 81, 92), Voice("Alto", 52, 74, 76), Voice("Tenor", 46, 69, 76), Voice("Bass", 36, 66, 84))
CHOIR = 52  # General MIDI: choir aahs
FLUTE, GUITAR, PIANO = 73, 24, 0


def assign_voices(frame: np.ndarray, before: Sequence[int | None] = (None,) * 4, free_soprano: bool = False) -> list[int] | None:
    """The notes of a frame `[88]` for the four voices, soprano first: every note is sung, voices don't cross, each keeps to its range
    and moves as little as it can from `before`. None where that cannot be.

    Args:
        free_soprano: the top voice may leave its range.
    """
    notes = [int(key) + LOWEST for key in keys_of(frame)]
    if not 0 < len(notes) <= len(VOICES):
        return None
    best: tuple[float, list[int]] | None = None
    for shares in _shares(len(notes), len(VOICES)):
        sung = [note for note, share in zip(notes, shares, strict=True) for _ in range(share)]
        inside = all(v.low <= n <= v.high or (free_soprano and i == 0) for i, (v, n) in enumerate(zip(VOICES, sung, strict=True)))
        moved = sum(abs(note - last) for note, last in zip(sung, before, strict=True) if last is not None)
        if inside and (best is None or moved < best[0]):
            best = (moved, sung)
    return best[1] if best else None


def _shares(notes: int, voices: int) -> list[tuple[int, ...]]:
    """All ways in which so many notes are each sung by one or more of the voices."""
    if notes == 1:
        return [(voices,)]
    return [(first, *rest) for first in range(1, voices - notes + 2) for rest in _shares(notes - 1, voices - first)]


def _deal(frame: np.ndarray) -> list[int | None]:
    """The notes of a frame that cannot be sung as it is, of somebody's beginning perhaps: from the top, the lowest for the bass."""
    notes: list[int | None] = [int(key) + LOWEST for key in keys_of(frame)]
    if len(notes) < 2:
        return [*notes, *[None] * (4 - len(notes))]
    upper = notes[:-1][:3]
    return [*upper, *[None] * (3 - len(upper)), notes[-1]]


def chorale(roll: np.ndarray, tempo: float, frames_per_beat: int) -> Score:
    """Four voices on four tracks. A chord that stays is held; else sopranos and basses strike a repeated note again, for there is a
    new syllable, and inner voices hold theirs within half a bar. The last chord is held."""
    lines: list[Line] = [[] for _ in VOICES]
    before: Sequence[int | None] = (None,) * 4
    for frame in roll:
        before = assign_voices(frame, before) or assign_voices(frame, before, free_soprano=True) or _deal(frame)
        for line, note in zip(lines, before, strict=True):
            line.append(note)
    half_bar = 2 * frames_per_beat

    def holds(voice: int) -> Callable[[int], bool]:
        def held(frame: int) -> bool:
            if _ends(roll, frame):
                return True
            inner = voice in (1, 2) or frame % frames_per_beat != 0
            return frame % half_bar != 0 and (inner or bool((roll[frame] == roll[frame - 1]).all()))

        return held

    tracks = [
        Track(v.name, tuple(_join(line, holds(i), frames_per_beat, v.velocity)), CHOIR)
        for i, (v, line) in enumerate(zip(VOICES, lines, strict=True))
    ]
    return Score(tuple(tracks), tempo, 4, len(roll) / frames_per_beat)


def folk(roll: np.ndarray, tempo: float, frames_per_beat: int) -> Score:
    """A melody, and chords below it, on two tracks. A note of the melody is held within a beat, a chord within half a bar, both in the
    tune's metre; the last are held."""
    melody: Line = []
    chords: list[list[int]] = []
    for frame in roll:
        keys = [int(key) + LOWEST for key in keys_of(frame)]
        # A chord alone has three notes, or a rest of the melody would lift its top note into it.
        alone = len(keys) == 3 and bool(chords) and keys == chords[-1]
        melody.append(keys[0] if keys and not alone else None)
        chords.append(keys if alone else keys[1:])
    bar, upbeat = metre(chords, frames_per_beat)
    beat = bar // 2 if bar == 3 * frames_per_beat else frames_per_beat  # a jig's beat is three eighths
    half = bar // 2 if bar % 2 == 0 else bar
    tune = _join(melody, lambda frame: _ends(roll, frame) or (frame - upbeat) % beat != 0, frames_per_beat, 96)
    below = []
    for pitch in sorted({note for chord in chords for note in chord}):
        line: Line = [pitch if pitch in chord else None for chord in chords]
        below += _join(line, lambda frame: _ends(roll, frame) or (frame - upbeat) % half != 0, frames_per_beat, 58)
    tracks = (Track("Melody", tuple(tune), FLUTE), Track("Chords", tuple(sorted(below)), GUITAR))
    return Score(tracks, tempo, bar // frames_per_beat, len(roll) / frames_per_beat)


def metre(chords: Sequence[Sequence[int]], frames_per_beat: int) -> tuple[int, int]:
    """Frames of a bar, and of the upbeat before the first: 3 or 4 beats, whichever bars the chords' changes begin more often than
    chance has it."""
    changes = np.array([i for i, (a, b) in enumerate(pairwise(chords), 1) if a and b and list(a) != list(b)], int)
    if not len(changes):
        return 4 * frames_per_beat, 0

    def begun(bar: int) -> np.ndarray:
        return np.bincount(changes % bar, minlength=bar) / len(changes)

    bar = max((4 * frames_per_beat, 3 * frames_per_beat), key=lambda bar: begun(bar).max() - 1 / bar)
    return bar, int(begun(bar).argmax())


def piano(roll: np.ndarray, tempo: float, frames_per_beat: int) -> Score:
    """All keys on one track, notes held as long as they sound."""
    notes = []
    for key in np.flatnonzero(roll.any(axis=0)).tolist():
        line: Line = [key + LOWEST if on else None for on in roll[:, key]]
        notes += _join(line, lambda frame: True, frames_per_beat, 80)
    return Score((Track("Piano", tuple(sorted(notes)), PIANO),), tempo, 4, len(roll) / frames_per_beat)


def _join(line: Line, holds: Callable[[int], bool], frames_per_beat: int, velocity: int) -> list[Note]:
    """A voice's frames as notes: equal neighbours are one note where `holds(frame)` says so of the later."""
    notes: list[Note] = []
    start = 0
    for frame in range(1, len(line) + 1):
        if frame < len(line) and line[frame] == line[frame - 1] and (line[frame] is None or holds(frame)):
            continue
        pitch = line[start]
        if pitch is not None:
            notes.append(Note(start / frames_per_beat, (frame - start) / frames_per_beat, pitch, velocity))
        start = frame
    return notes


def _ends(roll: np.ndarray, frame: int) -> bool:
    """Whether from the frame before on all is the last chord."""
    return bool((roll[frame - 1 :] == roll[-1]).all())


def with_soprano(score: Score, melody: Sequence[Note]) -> Score:
    """The score with its first track's notes replaced by a melody, note by note as it is."""
    first = score.tracks[0]
    beats = max(score.beats, max((note.start + note.length for note in melody), default=0.0))
    return Score((Track(first.name, tuple(melody), first.program), *score.tracks[1:]), score.tempo, score.beats_per_bar, beats)


ARRANGEMENTS: dict[str, Callable[[np.ndarray, float, int], Score]] = {"chorale": chorale, "folk": folk, "piano": piano}
