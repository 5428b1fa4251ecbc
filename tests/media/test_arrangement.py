"""Voices within their ranges, and held and repeated notes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.arrangement import VOICES, assign_voices, chorale, folk, metre, piano, with_soprano
from mediakit.media.midi import Note
from mediakit.media.piano_roll import KEYS, LOWEST, frame_of


def rolls(*frames):
    return np.stack([frame_of(notes) for notes in frames])


@given(st.sets(st.integers(36, 81), min_size=1, max_size=5), st.lists(st.integers(36, 81), min_size=4, max_size=4))
def test_voices_match_exhaustive_search(notes, before):
    ways = [
        sung
        for sung in itertools.product(sorted(notes), repeat=4)
        if set(sung) == notes
        and list(sung) == sorted(sung, reverse=True)
        and all(v.low <= n <= v.high for v, n in zip(VOICES, sung, strict=True))
    ]
    got = assign_voices(frame_of(notes), before)
    if not ways:
        assert got is None
        return

    def movement(sung):
        return sum(abs(a - b) for a, b in zip(sung, before, strict=True))

    assert tuple(got) in ways and movement(got) == min(map(movement, ways))


def sounds(score, frames_per_beat, frames):
    """Which keys sound in the middle of each frame."""
    roll = np.zeros((frames, KEYS), np.uint8)
    for track in score.tracks:
        for note in track.notes:
            for frame in range(frames):
                roll[frame, note.pitch - LOWEST] |= note.start <= (frame + 0.5) / frames_per_beat < note.start + note.length
    return roll


@pytest.mark.parametrize("arrange", [chorale, folk, piano])
@given(st.lists(st.sets(st.sampled_from([48, 55, 60, 64, 67, 72]), min_size=0, max_size=4), min_size=1, max_size=12))
def test_an_arrangement_plays_the_roll(arrange, frames):
    roll = rolls(*frames)
    if arrange is chorale:
        roll = np.stack([frame if assign_voices(frame) else frame_of([]) for frame in roll])
    score = arrange(roll, 100, 2)
    np.testing.assert_array_equal(sounds(score, 2, len(roll)), roll)
    for track in score.tracks:
        ends = {}
        for note in sorted(track.notes):
            assert ends.get(note.pitch, 0) <= note.start
            ends[note.pitch] = note.start + note.length


def test_four_tracks_of_a_chorale():
    score = chorale(rolls([72, 67, 64, 48], [74, 67, 62, 55], [76, 67, 60, 48], [76, 67, 60, 48]), 80, 1)
    assert [track.name for track in score.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    soprano, alto = score.tracks[0].notes, score.tracks[1].notes
    assert [(n.start, n.length, n.pitch) for n in soprano] == [(0, 1, 72), (1, 1, 74), (2, 2, 76)]
    assert [(n.start, n.length) for n in alto] == [(0, 2), (2, 2)], "held within half a bar, repeated in the next"


def test_frames_beyond_the_voices_are_distributed():
    score = chorale(rolls([79], [79, 76, 72, 67, 64, 60], [90, 84]), 80, 1)
    assert [[n.pitch for n in track.notes] for track in score.tracks] == [[79, 79, 90], [76], [72], [60, 84]]


def test_a_resting_folk_melody_takes_no_note_from_the_chord():
    chord = [48, 52, 55]
    score = folk(rolls([72, *chord], chord, [74, *chord], [76, *chord]), 110, 2)
    assert [n.pitch for n in score.tracks[0].notes] == [72, 74, 76]
    assert {n.pitch for n in score.tracks[1].notes} == set(chord)


def test_the_last_chord_of_a_folk_tune_is_held():
    """Others are repeated, the melody on each beat and chords in each half bar of four beats."""
    first, last = [72, 48, 52, 55], [74, 47, 50, 55]
    melody, chords = folk(rolls(*[first] * 16, *[last] * 16), 110, 2).tracks
    assert [n.length for n in melody.notes] == [1] * 8 + [8]
    assert [n.length for n in chords.notes if n.pitch == 48] == [2] * 4
    assert [n.length for n in chords.notes if n.pitch == 47] == [8]


@pytest.mark.parametrize("beats", [3, 4])
def test_metre_from_chord_changes(beats):
    chords = [[48 + bar % 3, 52, 55] for bar in range(12) for _ in range(2 * beats)]
    assert metre(chords, 2) == (2 * beats, 0)
    assert metre(chords[2 * beats - 1 :], 2) == (2 * beats, 1)


def test_a_melody_is_kept_as_it_is():
    melody = [Note(0, 0.75, 72, 33), Note(0.75, 1.5, 74, 44)]
    score = with_soprano(chorale(rolls([72, 67, 64, 48], [74, 67, 62, 55]), 80, 1), melody)
    assert score.tracks[0].notes == tuple(melody) and score.beats == 2.25
