"""Piano rolls and what is remembered of them."""

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
    """A piece of chords of up to four notes that come again."""
    rng = np.random.default_rng(seed)
    chords = np.zeros((6, KEYS), np.uint8)
    for chord in chords:
        chord[rng.integers(low, high, rng.integers(0, 5))] = 1
    return chords[rng.integers(0, 6, frames)]


def longest_match(symbols):
    """By comparison of everything with everything."""
    best = (0, 0)
    for start in range(len(symbols) - 1):
        length = 0
        while length <= start and symbols[start - length] == symbols[len(symbols) - 1 - length]:
            length += 1
        if length and length >= best[1]:
            best = (start + 1, length)
    return best


@given(st.lists(st.integers(0, 2), max_size=90))
def test_recall_is_the_longest_match(symbols):
    matches = LongestMatch()
    for n, symbol in enumerate(symbols, 1):
        matches.add(symbol)
        assert matches.find() == longest_match(symbols[:n])


def test_frames_and_keys():
    assert keys_of(frame_of([60, 64, 67])).tolist() == [46, 43, 39]
    assert not frame_of([20, 109]).any()


@given(st.integers(0, 5), st.integers(-20, 27))
def test_transposing_contexts_is_listening_to_the_transposed(seed, semitones):
    piece = roll(seed)
    low, high = room_to_transpose(piece)
    semitones = max(low, min(high, semitones))
    moved, heard = transpose_contexts(contexts(piece), semitones), contexts(transposed(piece, semitones))
    for name, part in heard.items():
        np.testing.assert_allclose(moved[name], part, atol=1e-6, err_msg=name)


def test_a_context_knows_nothing_of_what_comes():
    piece = roll()
    other = piece.copy()
    other[17:] = roll(seed=9)[17:]
    ours, theirs = contexts(piece), contexts(other)
    for name, part in ours.items():
        np.testing.assert_array_equal(part[:18], theirs[name][:18], err_msg=name)


def test_what_followed_last_time_is_recalled():
    a, b, c = (frame_of([note]) for note in (60, 62, 64))
    tracker = ContextTracker()
    for frame in (a, b, c, a, b):
        tracker.append(frame)
    context = tracker.context()
    assert context["match"] == 2 and context["melody_match"] == 2
    np.testing.assert_array_equal(context["recalled"], c)
    np.testing.assert_array_equal(context["previous"], b)
    assert context["position"] == 5 and context["reference"] == 62 - 21
