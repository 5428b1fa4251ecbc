"""Input features of the music model: intervals, and only of the past."""

import numpy as np
import pytest

from mediakit.media.piano_roll import KEYS, contexts, frame_of, transpose_contexts
from mediakit.tasks.music import note_features as features

PIECE = np.stack([frame_of(notes) for notes in ([72, 67, 60], [74, 67], [], [72, 67, 60], [74, 67], [76])])


def features_of(context, notes):
    above = features.notes_above(notes)
    return features.note_features(context, above, features.written_before(notes))


@pytest.fixture(scope="module")
def notes():
    return features.frame_notes(PIECE)


def test_frames_are_spelled_from_the_top_and_end(notes):
    assert notes[0].tolist() == [51, 46, 39, features.END]
    assert notes[2].tolist() == [features.END, -1, -1, -1]
    assert features.notes_above(notes)[0].tolist() == [features.NO_NOTE, 51, 46, 39]
    assert features.written_before(notes)[0, 2].nonzero()[0].tolist() == [46, 51]


def test_sizes(notes):
    context = {name: part[: len(PIECE)] for name, part in contexts(PIECE).items()}
    assert features.frame_features(context).shape == (len(PIECE), features.FRAME_FEATURES)
    encoded = features_of(context, notes)
    assert encoded.shape == (*notes.shape, features.NOTE_FEATURES) and encoded.dtype == np.float32


def test_rows_are_independent(notes):
    context = {name: part[: len(PIECE)] for name, part in contexts(PIECE).items()}
    together = features_of(context, notes)
    for frame in range(len(PIECE)):
        alone = features_of({name: part[frame : frame + 1] for name, part in context.items()}, notes[frame : frame + 1])
        np.testing.assert_array_equal(alone[0], together[frame])


def test_only_the_reference_is_in_absolute_pitch(notes):
    """Everything else stays the same in every key."""
    context = {name: part[1 : len(PIECE)] for name, part in contexts(PIECE).items()}
    here = features_of(context, notes[1:])
    there = features_of(transpose_contexts(context, 5), features.transpose_notes(notes[1:], 5))
    start = features.REACH + 3 * features.INTERVALS + 2 * features.UP + 1
    absolute = slice(start, start + KEYS)
    np.testing.assert_array_equal(np.delete(here, np.r_[absolute], axis=-1), np.delete(there, np.r_[absolute], axis=-1))
    np.testing.assert_array_equal(here[..., absolute].argmax(-1) + 5, there[..., absolute].argmax(-1))
