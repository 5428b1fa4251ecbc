"""The register in which models write, and the keys that a rule holds."""

import numpy as np
import pytest

import mediakit
from mediakit.media.arrangement import Grid
from mediakit.media.keys import Key
from mediakit.media.piano_roll import KEYS, LOWEST, frame_of, keys_of
from mediakit.tasks.music.composing import MusicModel
from mediakit.tasks.music.rules import Rules, below


@pytest.mark.parametrize("tonic", range(12))
def test_a_key_is_reached_by_half_an_octave_at_most(tonic):
    for raised in (0, 12):
        shift = MusicModel(None, "chorale", 1, raised).shift(Key(tonic, False))
        assert shift % 12 == tonic and -6 <= shift + raised <= 5


def test_folk_melodies_stay_in_their_register():
    tune = mediakit.load("music/nottingham")(2, key="G", metre="3/4", bars=8)
    tops = [int(keys_of(frame)[0]) + LOWEST for frame in tune.roll]
    assert min(tops) >= 50 and max(tops) <= 84


def test_a_chord_is_held_between_strong_beats():
    rules = Rules(MusicModel(None, "folk", 2), Grid(2), 0)
    frame = frame_of([76, 55, 52, 48])
    assert rules.held([frame]).sum() == 3 and (rules.held([frame]) == below(frame)).all()
    assert not rules.held([frame] * 4).any() and not rules.held([]).any()
    assert not rules.accept([frame], frame_of([76, 57, 53, 50])) and rules.accept([frame], frame_of([77, 55, 52, 48]))
    assert rules.keys is not None and rules.keys.shape == (KEYS,) and np.flatnonzero(rules.keys)[0] + LOWEST == 36
