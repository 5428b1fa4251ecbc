"""Harmonising a melody: the other voices below it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mediakit.media.arrangement import ARRANGEMENTS, VOICES, assign_voices, with_soprano
from mediakit.media.midi import Note, Score, to_roll
from mediakit.media.piano_roll import keys_of, transposed
from mediakit.tasks.music.composing import REST, Drafts, MusicModel

PARTICLES = 16  # drafts side by side


def harmonise(
    model: MusicModel, melody: Sequence[Note], tempo: float, seed: int, temperature: float, top_p: float
) -> tuple[Score, np.ndarray, float]:
    """Write the other voices below a melody, which stays as it is, note by note.

    The melody's probability guides what is written before it: drafts under which its next note is probable go on (sequential
    Monte Carlo; Doucet et al. 2001, section 1.3).

    Args:
        melody: notes in order; of notes that sound together the highest counts.

    Returns the score, its piano roll uint8 `[frames, 88]`, and the log-probability of what was written.
    """
    line = top_line(melody)
    first_beat = int(line[0].start + 1e-6)
    line = [replace(note, start=note.start - first_beat) for note in line]
    shift = _into_range(model.style, line)
    tops = _tops(line, model.frames_per_beat, shift)
    drafts = Drafts(model.networks, [(seed, i) for i in range(PARTICLES)], temperature, top_p)
    random, weights = np.random.default_rng([seed, PARTICLES]), np.zeros(PARTICLES)

    def accept(before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """A rest, or a chord below the melody that the voices can sing."""
        if not frame.any():
            return True
        return frame.sum() > 2 and (model.style != "chorale" or assign_voices(frame, free_soprano=True) is not None)

    for number, top in enumerate(tops):
        weights = weights + drafts.write_frame(accept, top=top)
        if number + 1 < len(tops):
            weights = _resample(drafts, weights, random, (seed, number))
    best = int(np.argmax(weights + np.minimum(drafts.over, 0)))
    roll = drafts.roll(best)
    score = with_soprano(_arranged(model, roll, tempo, shift), line)
    return score, transposed(roll, -shift), float(drafts.log_probabilities[best])


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
    """The semitones by which the melody is transposed for the model, so that voices have room below it."""
    low, high = (VOICES[0].low, VOICES[0].high) if style == "chorale" else (60, 88)
    pitches = [note.pitch for note in notes]
    if min(pitches) >= low and max(pitches) <= high:
        return 0
    middle, octave = (low + high) / 2 - (min(pitches) + max(pitches)) / 2, 12
    return round(middle / octave) * octave or (low - min(pitches) if min(pitches) < low else high - max(pitches))


def _tops(notes: Sequence[Note], frames_per_beat: int, shift: int) -> list[int]:
    """A melody's key in each frame, or REST."""
    moved = [Note(note.start, note.length, note.pitch + shift) for note in notes]
    tops = []
    for frame in to_roll(moved, frames_per_beat):
        keys = keys_of(frame)
        tops.append(int(keys[0]) if len(keys) else REST)
    return tops


def _arranged(model: MusicModel, roll: np.ndarray, tempo: float, shift: int) -> Score:
    """The score of a roll, transposed back to the melody's range. Piano music becomes a melody over chords."""
    style = "folk" if model.style == "piano" else model.style
    score = ARRANGEMENTS[style](roll, tempo, model.frames_per_beat)
    tracks = []
    for track in score.tracks:
        moved = [replace(note, pitch=note.pitch - shift) for note in track.notes if 0 <= note.pitch - shift <= 127]
        tracks.append(replace(track, notes=tuple(moved)))
    return replace(score, tracks=tuple(tracks))
