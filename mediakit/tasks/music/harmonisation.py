"""Harmonising a melody: the other voices below it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mediakit.errors import InputError
from mediakit.media.arrangement import ARRANGEMENTS, VOICES, Grid, assign_voices
from mediakit.media.keys import find_key
from mediakit.media.piano_roll import keys_of, transposed
from mediakit.media.score import Note, Score, Track, first_beat, to_roll
from mediakit.media.voice_leading import parallels, voices_at_end
from mediakit.tasks.music.composing import REST, Drafts, MusicModel

PARTICLES = 16  # drafts side by side
LONGEST_MELODY = 4000  # frames
FOLLOWED = 8  # frames back to which voices are followed


def harmonise(model: MusicModel, melody: Score, seed: int, temperature: float, top_p: float) -> tuple[Score, np.ndarray, float]:
    """Write the other voices below a melody, which stays as it is, note by note, in its metre, tempo and place; drums stay too.

    The melody's probability guides what is written before it: drafts under which its next note is probable go on (sequential
    Monte Carlo; Doucet et al. 2001, section 1.3).

    Args:
        melody: of notes that sound together the highest counts.

    Returns the score, its piano roll uint8 `[frames, 88]` from the first beat of the melody on, and the log-probability of what
    was written. Raises InputError for a melody that is too long.
    """
    line = top_line(melody.notes)
    start = first_beat(line)
    line = [replace(note, start=note.start - start) for note in line]
    lift = _into_range(model.style, line)
    roll = to_roll([replace(note, pitch=note.pitch + lift) for note in line], model.frames_per_beat)
    if len(roll) > LONGEST_MELODY:
        raise InputError(
            f"a melody of {len(roll) / model.frames_per_beat:.0f} beats is too long; the most is {LONGEST_MELODY // model.frames_per_beat}"
        )
    lifted = melody.key.transposed(lift) if melody.key else find_key(roll)
    roll, log_probability = _fill(model, roll, model.shift(lifted), seed, temperature, top_p)
    grid = Grid(model.frames_per_beat, melody.metre)
    grid = replace(grid, upbeat=-start * model.frames_per_beat % grid.bar)
    style = "folk" if model.style == "piano" else model.style
    top, *others = ARRANGEMENTS[style](roll, grid)
    tracks = [Track(top.name, tuple(line), top.program), *(_moved(track, -lift) for track in others)]
    drums = [track for track in melody.tracks if track.drums]
    beats = max(melody.beats, start + len(roll) / model.frames_per_beat)
    return (
        replace(melody, tracks=(*(track.moved(start) for track in tracks), *drums), beats=beats, key=lifted.transposed(-lift)),
        transposed(roll, -lift),
        log_probability,
    )


def _fill(model: MusicModel, melody: np.ndarray, shift: int, seed: int, temperature: float, top_p: float) -> tuple[np.ndarray, float]:
    """A roll whose top notes are those of a melody, `[frames, 88]` as it sounds, and its log-probability.

    Args:
        shift: the semitones from the model's notes to those that sound.
    """
    drafts = Drafts(model.networks, [(seed, i) for i in range(PARTICLES)], temperature, top_p)
    random, weights = np.random.default_rng([seed, PARTICLES]), np.zeros(PARTICLES)

    def accept(before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """A rest, or a chord below the melody that the voices can sing without parallel fifths and octaves."""
        if not frame.any():
            return True
        if frame.sum() < 3 or model.style != "chorale":
            return bool(frame.sum() > 2)
        earlier = voices_at_end([transposed(other, shift) for other in before[-FOLLOWED:]]) if before else (None,) * 4
        voices = assign_voices(transposed(frame, shift), earlier, free_soprano=True)
        return voices is not None and not parallels(earlier, voices)

    for number, frame in enumerate(transposed(melody, -shift)):
        keys = keys_of(frame)
        weights = weights + drafts.write_frame(accept, top=int(keys[0]) if len(keys) else REST)
        if number + 1 < len(melody):
            weights = _resample(drafts, weights, random, (seed, number))
    best = int(np.argmax(weights + np.minimum(drafts.over, 0)))
    return transposed(drafts.roll(best), shift), float(drafts.log_probabilities[best])


def _resample(drafts: Drafts, weights: np.ndarray, random: np.random.Generator, seed: tuple[int, ...]) -> np.ndarray:
    """Replace improbable drafts by copies of probable ones, if few carry most of the weight. Returns the new log-weights."""
    shares = np.exp(weights - weights.max())
    shares /= shares.sum()
    if 1 / np.square(shares).sum() > len(shares) / 2:
        return weights
    places = (random.random() + np.arange(len(shares))) / len(shares)  # systematic resampling
    rows = np.minimum(np.searchsorted(np.cumsum(shares), places), len(shares) - 1)
    drafts.select(rows.tolist(), [(*seed, i) for i in range(len(rows))])
    return np.zeros_like(weights)


def top_line(notes: Sequence[Note]) -> list[Note]:
    """A melody for one voice: the highest note at each start, ended where the next one starts."""
    line: list[Note] = []
    for note in notes:
        if line and abs(line[-1].start - note.start) < 1e-6:
            if note.pitch > line[-1].pitch:
                line[-1] = note
        elif not line or note.start >= line[-1].start + line[-1].length - 1e-6 or note.pitch >= line[-1].pitch:
            line.append(note)
    ended = []
    for note, after in zip(line, [*line[1:], None], strict=True):
        length = min(note.length, after.start - note.start) if after else note.length
        ended.append(replace(note, length=length))
    return ended


def _into_range(style: str, notes: Sequence[Note]) -> int:
    """The semitones by which a melody is transposed while it is harmonised, so that voices have room below it."""
    low, high = (VOICES[0].low, VOICES[0].high) if style == "chorale" else (60, 88)
    pitches = [note.pitch for note in notes]
    if min(pitches) >= low and max(pitches) <= high:
        return 0
    middle, octave = (low + high) / 2 - (min(pitches) + max(pitches)) / 2, 12
    return round(middle / octave) * octave or (low - min(pitches) if min(pitches) < low else high - max(pitches))


def _moved(track: Track, semitones: int) -> Track:
    """A track transposed; notes beyond MIDI's range are left out."""
    notes = tuple(replace(note, pitch=note.pitch + semitones) for note in track.notes if 0 <= note.pitch + semitones <= 127)
    return replace(track, notes=notes)
