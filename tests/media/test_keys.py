"""Keys: parsing their names, and finding the key of a piece."""

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.keys import Key, find_key, fit, parse_key
from mediakit.media.piano_roll import frame_of

NAMES = {
    "G": Key(7, False), "a": Key(9, False), "CM": Key(0, False), "Bb": Key(10, False), "e♭ major": Key(3, False), "C-Dur": Key(0, False),
    "Cb": Key(11, False), "Am": Key(9, True), "A minor": Key(9, True), "F# minor": Key(6, True), "fmoll": Key(5, True),
}  # fmt: skip


@pytest.mark.parametrize(("text", "key"), NAMES.items())
def test_names(text, key):
    assert parse_key(text) == key
    assert parse_key(str(key)) == key


@pytest.mark.parametrize("text", ["", "H", "C##", "Gmajorish", "7", "major"])
def test_other_texts_are_not_keys(text):
    with pytest.raises(InputError, match="no key"):
        parse_key(text)


def test_triads():
    assert Key(0, False).triad() == (0, 4, 7) and Key(7, True).triad() == (7, 10, 2)


@pytest.mark.parametrize("tonic", range(12))
def test_scales_are_in_their_key(tonic):
    major = np.stack([frame_of([60 + tonic + step]) for step in (0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0)])
    minor = np.stack([frame_of([60 + tonic + step]) for step in (0, 2, 3, 5, 7, 8, 11, 12, 7, 3, 0)])
    assert find_key(major) == Key(tonic, False)
    assert find_key(minor) == Key(tonic, True)


def test_silence_fits_no_key():
    assert fit(np.zeros((4, 88), np.uint8), Key(0, False)) == 0
