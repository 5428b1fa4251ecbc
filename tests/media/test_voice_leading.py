"""Parallel fifths and octaves."""

import numpy as np

from mediakit.media.piano_roll import frame_of
from mediakit.media.voice_leading import FIFTH, OCTAVE, count_parallels, parallels, voices_at_end


def test_parallels_by_hand():
    assert parallels([72, 65, 60, 53], [74, 67, 62, 55]) == [FIFTH, OCTAVE, FIFTH, OCTAVE, FIFTH]
    assert parallels([67, 60], [69, 62]) == [FIFTH] and parallels([79, 60], [69, 62]) == [FIFTH], "a twelfth is a fifth too"
    assert parallels([72, 60], [74, 62]) == [OCTAVE] == parallels([60, 60], [62, 62])
    assert parallels([67, 60], [67, 60]) == [] == parallels([67, 60], [69, 60]), "a voice that stays is not parallel"
    assert parallels([67, 60], [70, 62]) == [] == parallels([67, None], [69, 62])


def test_the_voices_of_a_piece():
    frames = [frame_of(notes) for notes in ([72, 67, 64, 48], [72, 64, 48], [74, 62, 55])]
    assert voices_at_end(frames[:1]) == [72, 67, 64, 48]
    assert voices_at_end(frames) == voices_at_end([frame_of([60, 55, 52, 40]), *frames])
    assert voices_at_end([frame_of([])]) == (None,) * 4


def test_a_piece_is_counted_once_per_change():
    roll = np.stack([frame_of(notes) for notes in ([72, 67, 64, 48], [72, 67, 64, 48], [74, 69, 65, 50], [76, 67, 60, 48])])
    assert count_parallels(roll) == (2, 1, 2), "fifths, octaves, changes"
