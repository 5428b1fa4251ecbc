"""Piano rolls and the context for continuing them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.piano_roll import (
    KEYS,
    ContextTracker,
    LongestMatch,
    contexts,
    frame_of,
    keys_of,
    room_to_transpose,
    transpose_contexts,
    transposed,
)


def roll(seed=0, frames=30, low=20, high=60):
    """A piece of recurring chords of up to four notes."""
    rng = np.random.default_rng(seed)
    chords = np.zeros((6, KEYS), np.uint8)
    for chord in chords:
        chord[rng.integers(low, high, rng.integers(0, 5))] = 1
    return chords[rng.integers(0, 6, frames)]


def longest_match(symbols):
    """The longest match by brute force."""
    best = (0, 0)
    for start in range(len(symbols) - 1):
        length = 0
        while length <= start and symbols[start - length] == symbols[len(symbols) - 1 - length]:
            length += 1
        if length and length >= best[1]:
            best = (start + 1, length)
    return best


@given(st.lists(st.integers(0, 2), max_size=90))
def test_longest_match_agrees_with_brute_force(symbols):
    matches = LongestMatch()
    for n, symbol in enumerate(symbols, 1):
        matches.add(symbol)
        assert matches.find() == longest_match(symbols[:n])


def test_frames_and_keys():
    assert keys_of(frame_of([60, 64, 67])).tolist() == [46, 43, 39]
    assert not frame_of([20, 109]).any()


@given(st.integers(0, 5), st.integers(-20, 27))
def test_transposed_contexts_are_those_of_the_transposed_piece(seed, semitones):
    piece = roll(seed)
    low, high = room_to_transpose(piece)
    semitones = max(low, min(high, semitones))
    moved, expected = transpose_contexts(contexts(piece), semitones), contexts(transposed(piece, semitones))
    for name, part in expected.items():
        np.testing.assert_allclose(moved[name], part, atol=1e-6, err_msg=name)


def test_a_context_does_not_depend_on_later_frames():
    piece = roll()
    other = piece.copy()
    other[17:] = roll(seed=9)[17:]
    ours, theirs = contexts(piece), contexts(other)
    for name, part in ours.items():
        np.testing.assert_array_equal(part[:18], theirs[name][:18], err_msg=name)


def test_the_frame_after_the_earlier_match_is_recalled():
    a, b, c = (frame_of([note]) for note in (60, 62, 64))
    tracker = ContextTracker()
    for frame in (a, b, c, a, b):
        tracker.append(frame)
    context = tracker.context()
    assert context["match"] == 2 and context["melody_match"] == 2
    np.testing.assert_array_equal(context["recalled"], c)
    np.testing.assert_array_equal(context["previous"], b)
    assert context["position"] == 5 and context["reference"] == 62 - 21
