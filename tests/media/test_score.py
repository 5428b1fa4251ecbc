"""Scores: the clock, the bars, the metre."""

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.score import Change, Metre, Note, Score, Track, parse_metre, to_roll

WALTZ, MARCH = Metre(3, 4), Metre(2, 4)
SCORE = Score((), 60.0, WALTZ, beats=11, changes=(Change(3, tempo=120.0), Change(6, metre=MARCH), Change(9, tempo=60.0, metre=WALTZ)))


def test_the_clock_follows_the_tempo():
    np.testing.assert_allclose(SCORE.seconds_at(np.array([0.0, 1, 3, 5, 9, 10])), [0, 1, 3, 4, 6, 7])
    assert SCORE.seconds == 8 and Score((), 90.0, beats=3).seconds == 2


def test_bars_follow_the_metre():
    assert list(SCORE.metres()) == [(0, 6, WALTZ), (6, 9, MARCH), (9, 11, WALTZ)]
    assert abs(SCORE.bars - (2 + 1.5 + 2 / 3)) < 1e-9
    assert Score((), 100.0, Metre(6, 8), beats=6).bars == 2


def test_another_tempo_keeps_the_changes_in_proportion():
    faster = SCORE.at_tempo(120)
    assert faster.seconds == 4 and faster.last_tempo == 120 and faster.at_tempo(60) == SCORE


def test_drums_are_no_pitches():
    score = Score((Track("b", (Note(1, 1, 60),)), Track("drums", (Note(0, 1, 36),), drums=True), Track("a", (Note(0, 1, 72),))), 100)
    assert score.notes == [Note(0, 1, 72), Note(1, 1, 60)]


@pytest.mark.parametrize(("text", "bar", "beat"), [("4/4", 4, 1), ("3/4", 3, 1), (" 6/8 ", 3, 1.5), ("2/2", 4, 2), ("7/8", 3.5, 0.5)])
def test_metres(text, bar, beat):
    metre = parse_metre(text)
    assert (metre.bar, metre.beat, str(metre)) == (bar, beat, text.strip())


@pytest.mark.parametrize("text", ["", "3", "3/", "3/5", "0/4", "-3/4", "waltz", "3/4/4", "99/4"])
def test_other_texts_are_no_metres(text):
    with pytest.raises(InputError, match="no metre"):
        parse_metre(text)


def test_notes_on_a_grid():
    line = [Note(4.02, 0.9, 60), Note(5, 0.1, 64), Note(5.5, 1, 21), Note(6, 1, 110)]
    roll = to_roll(line, 2)
    assert roll.shape == (6, 88)
    assert [np.flatnonzero(frame).tolist() for frame in roll] == [[39], [39], [43], [0], [0], []]
