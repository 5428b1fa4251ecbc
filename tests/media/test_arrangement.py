"""Voices within their ranges, and held and repeated notes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.arrangement import VOICES, Grid, assign_voices, chorale, folk, piano
from mediakit.media.piano_roll import KEYS, LOWEST, frame_of
from mediakit.media.score import Metre


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


def sounds(tracks, frames_per_beat, frames):
    """Which keys sound in the middle of each frame."""
    roll = np.zeros((frames, KEYS), np.uint8)
    for track in tracks:
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
    tracks = arrange(roll, Grid(2))
    np.testing.assert_array_equal(sounds(tracks, 2, len(roll)), roll)
    for track in tracks:
        ends = {}
        for note in sorted(track.notes):
            assert ends.get(note.pitch, 0) <= note.start
            ends[note.pitch] = note.start + note.length


def test_four_tracks_of_a_chorale():
    tracks = chorale(rolls([72, 67, 64, 48], [74, 67, 62, 55], [76, 67, 60, 48], [76, 67, 60, 48]), Grid(1))
    assert [track.name for track in tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    soprano, alto = tracks[0].notes, tracks[1].notes
    assert [(n.start, n.length, n.pitch) for n in soprano] == [(0, 1, 72), (1, 1, 74), (2, 2, 76)]
    assert [(n.start, n.length) for n in alto] == [(0, 2), (2, 2)], "held within half a bar, repeated in the next"


def test_frames_beyond_the_voices_are_distributed():
    tracks = chorale(rolls([79], [79, 76, 72, 67, 64, 60], [90, 84]), Grid(1))
    assert [[n.pitch for n in track.notes] for track in tracks] == [[79, 79, 90], [76], [72], [60, 84]]


def test_a_resting_folk_melody_takes_no_note_from_the_chord():
    chord = [48, 52, 55]
    melody, chords = folk(rolls([72, *chord], chord, [74, *chord], [76, *chord]), Grid(2))
    assert [n.pitch for n in melody.notes] == [72, 74, 76]
    assert {n.pitch for n in chords.notes} == set(chord)


def test_the_last_chord_of_a_folk_tune_is_held():
    """Others are repeated, the melody on each beat and chords in each half bar of four beats."""
    first, last = [72, 48, 52, 55], [74, 47, 50, 55]
    melody, chords = folk(rolls(*[first] * 16, *[last] * 16), Grid(2))
    assert [n.length for n in melody.notes] == [1] * 8 + [8]
    assert [n.length for n in chords.notes if n.pitch == 48] == [2] * 4
    assert [n.length for n in chords.notes if n.pitch == 47] == [8]


def lengths(track, pitch):
    return [note.length for note in track.notes if note.pitch == pitch]


@pytest.mark.parametrize(
    ("metre", "upbeat", "of_melody", "of_chords"),
    [
        (Metre(4, 4), 0, [1] * 12, [2] * 6),
        (Metre(3, 4), 0, [1] * 12, [3] * 4),
        (Metre(6, 8), 0, [1.5] * 8, [1.5] * 8),
        (Metre(3, 4), 2, [1] * 12, [1, 3, 3, 3, 2]),
    ],
)
def test_folk_repeats_notes_by_the_metre(metre, upbeat, of_melody, of_chords):
    same, other = [72, 48, 52, 55], [74, 50, 53, 57]
    melody, chords = folk(rolls(*[same] * 24, other), Grid(2, metre, upbeat))
    assert lengths(melody, 72) == of_melody and lengths(chords, 48) == of_chords


@pytest.mark.parametrize(
    ("metre", "frames_per_beat", "bar", "beat", "strong", "fits"),
    [
        (Metre(4, 4), 1, 4, 1, 2, True), (Metre(3, 4), 2, 6, 2, 6, True), (Metre(6, 8), 2, 6, 3, 3, True), (Metre(2, 2), 1, 4, 2, 2, True),
        (Metre(12, 8), 2, 12, 3, 6, True), (Metre(6, 8), 1, 3, 2, 3, False), (Metre(7, 8), 1, 4, 1, 2, False),
        (Metre(1, 32), 1, 1, 1, 1, False),
    ],
)  # fmt: skip
def test_frames_against_bars(metre, frames_per_beat, bar, beat, strong, fits):
    grid = Grid(frames_per_beat, metre)
    assert (grid.bar, grid.beat, grid.strong, grid.fits) == (bar, beat, strong, fits)
