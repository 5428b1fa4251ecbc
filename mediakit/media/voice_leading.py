"""Voice leading: parallel fifths and octaves, which four-part writing avoids."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from mediakit.media.arrangement import VOICES, assign_voices

FIFTH, OCTAVE = 7, 0  # semitones, without whole octaves


def parallels(before: Sequence[int | None], after: Sequence[int | None]) -> list[int]:
    """The parallel fifths and octaves between two chords: FIFTH or OCTAVE for each pair of voices that moves from one to another.

    Args:
        before, after: the MIDI notes of the voices, highest first; None for silence.
    """
    found = []
    for (one, next_one), (other, next_other) in combinations(zip(before, after, strict=True), 2):
        if one is None or other is None or next_one is None or next_other is None or one == next_one or other == next_other:
            continue
        interval = (one - other) % 12
        if interval in (FIFTH, OCTAVE) and interval == (next_one - next_other) % 12:
            found.append(interval)
    return found


def voices_at_end(frames: Sequence[np.ndarray]) -> Sequence[int | None]:
    """The MIDI notes of the four voices in the last of some frames `[88]`, None for silence.

    A frame of four notes can be sung in one way only, so what came before the last such frame does not count.
    """
    start = len(frames) - 1
    while start > 0 and frames[start].sum() < len(VOICES):
        start -= 1
    voices: Sequence[int | None] = (None,) * len(VOICES)
    for frame in frames[max(start, 0) :]:
        voices = assign_voices(frame, voices) or (None,) * len(VOICES)
    return voices


def count_parallels(roll: np.ndarray) -> tuple[int, int, int]:
    """The parallel fifths and octaves of a piece in four voices `[frames, 88]`, and its changes of chord."""
    fifths = octaves = changes = 0
    before: Sequence[int | None] = (None,) * len(VOICES)
    for frame in roll:
        after: Sequence[int | None] = assign_voices(frame, before, free_soprano=True) or (None,) * len(VOICES)
        found = parallels(before, after)
        fifths, octaves = fifths + found.count(FIFTH), octaves + found.count(OCTAVE)
        changes += None not in (*before, *after) and list(before) != list(after)
        before = after
    return fifths, octaves, changes
