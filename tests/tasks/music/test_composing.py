"""Writing and scoring music, with networks so small that all frames can be tried."""

import itertools

import numpy as np
import pytest

from mediakit.media.piano_roll import KEYS
from mediakit.tasks.music.composing import REST, Drafts, Networks, log_likelihoods
from mediakit.tasks.music.note_features import END, FRAME_FEATURES, NOTE_FEATURES

USED = np.array([30, 31, 35, 40])  # the only keys that the note network writes
UNITS = 3


class FrameNetwork:
    """A recurrent network with random weights."""

    inputs = ({"name": "frame", "shape": [None, FRAME_FEATURES]}, {"name": "state_h0", "shape": [None, UNITS]})

    def __init__(self):
        self.weights = np.random.default_rng(1).normal(0, 0.5, (FRAME_FEATURES, UNITS)).astype(np.float32)

    def __call__(self, frame, state_h0):
        state = np.tanh(frame @ self.weights + 0.5 * state_h0)
        return {"heard": state, "state_h0": state, "over": state[:, :1]}


class NoteNetwork:
    """A softmax with random weights over END and the keys in USED below the previous note."""

    def __init__(self):
        rng = np.random.default_rng(2)
        self.weights = rng.normal(0, 1, (UNITS + NOTE_FEATURES, KEYS + 1)).astype(np.float32) / 3

    def __call__(self, heard, note, reference, above):
        logits = np.concatenate([heard, note], axis=1) @ self.weights
        keys = np.arange(KEYS + 1)
        allowed = (np.isin(keys, USED) & (keys < above)) | (keys == END)
        logits = np.where(allowed, logits, -1e9)
        logits -= logits.max(axis=1, keepdims=True)
        return {"log_probabilities": logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))}


@pytest.fixture
def networks():
    return Networks(FrameNetwork(), NoteNetwork())


def all_frames():
    for on in itertools.product([0, 1], repeat=len(USED)):
        frame = np.zeros(KEYS, np.uint8)
        frame[USED] = on
        yield frame


def piece(frames=9, seed=0):
    rng = np.random.default_rng(seed)
    roll = np.zeros((frames, KEYS), np.uint8)
    roll[:, USED] = rng.integers(0, 2, (frames, len(USED)))
    return roll


def scores(networks, rolls, **options):
    return [part for _, part in sorted(log_likelihoods(networks, rolls, **options), key=lambda pair: pair[0])]


def test_the_probabilities_of_all_next_frames_sum_to_one(networks):
    beginning = piece()
    continued = [np.concatenate([beginning, frame[None]]) for frame in all_frames()]
    last = [part[-1] for part in scores(networks, continued)]
    assert abs(np.exp(last).sum() - 1) < 1e-5 and max(last) < -0.1


def test_earlier_frames_do_not_depend_on_later_ones(networks):
    ours, theirs = piece(), piece()
    theirs[5:] = piece(seed=7)[5:]
    first, second = scores(networks, [ours, theirs])
    np.testing.assert_allclose(first[:5], second[:5], rtol=1e-6)
    assert abs(first[5:] - second[5:]).max() > 1e-3


def test_scores_do_not_depend_on_other_pieces(networks):
    rolls = [piece(frames, frames) for frames in (3, 11, 1, 7, 11)]
    alone = [scores(networks, [roll])[0] for roll in rolls]
    for at_once in (2, 64):
        for ours, theirs in zip(scores(networks, rolls, at_once=at_once), alone, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_sampling_agrees_with_scoring(networks):
    drafts = Drafts(networks, [(0, i) for i in range(4)])
    for _ in range(12):
        drafts.write_frame()
    rolls = [drafts.roll(row) for row in range(4)]
    assert len({roll.tobytes() for roll in rolls}) == 4
    np.testing.assert_allclose(drafts.log_probabilities, [part.sum() for part in scores(networks, rolls)], rtol=1e-5)


def test_sampling_frequencies_match_the_probabilities(networks):
    probable = np.exp([scores(networks, [frame[None]])[0][0] for frame in all_frames()])
    drafts = Drafts(networks, [(5, i) for i in range(4000)])
    drafts.write_frame()
    names = [frame.tobytes() for frame in all_frames()]
    counts = np.bincount([names.index(drafts.roll(row)[0].tobytes()) for row in range(4000)], minlength=len(names))
    error = (counts / 4000 - probable) / np.sqrt(probable * (1 - probable) / 4000)
    assert abs(error).max() < 4


def test_a_row_depends_on_its_seed_alone(networks):
    together = Drafts(networks, [(0,), (1,)])
    alone, other = Drafts(networks, [(1,)]), Drafts(networks, [(2,)])
    for drafts in (together, alone, other):
        for _ in range(8):
            drafts.write_frame()
    np.testing.assert_array_equal(together.roll(1), alone.roll(0))
    assert (alone.roll(0) != other.roll(0)).any()


def test_copies_diverge(networks):
    drafts = Drafts(networks, [(0,), (1,)])
    drafts.write_frame()
    first = drafts.roll(1)
    drafts.select([1, 1], [(3,), (4,)])
    for _ in range(6):
        drafts.write_frame()
    for row in range(2):
        np.testing.assert_array_equal(drafts.roll(row)[:1], first)
    assert (drafts.roll(0) != drafts.roll(1)).any()


def test_a_prescribed_top_note_and_its_probability(networks):
    drafts = Drafts(networks, [(0,), (1,), (2,)])
    of_top = drafts.write_frame(top=35)
    for row in range(3):
        assert np.flatnonzero(drafts.roll(row)[0])[-1] == 35
    share = sum(np.exp(scores(networks, [frame[None]])[0][0]) for frame in all_frames() if frame.any() and np.flatnonzero(frame)[-1] == 35)
    np.testing.assert_allclose(np.exp(of_top), share, rtol=1e-5)
    drafts.write_frame(top=REST)
    assert not any(drafts.roll(row)[1].any() for row in range(3))


def test_refused_frames_are_sampled_again(networks):
    drafts = Drafts(networks, [(i,) for i in range(20)])
    drafts.write_frame(lambda before, frame: frame.sum() == 2)
    assert all(drafts.roll(row)[0].sum() == 2 for row in range(20))
    drafts.write_frame(lambda before, frame: (frame != before[-1]).any())
    assert all((drafts.roll(row)[1] != drafts.roll(row)[0]).any() for row in range(20))


def test_held_keys_sound_and_others_may(networks):
    held = np.zeros((40, KEYS), bool)
    held[:, 31] = held[20:, 40] = True
    drafts = Drafts(networks, [(i,) for i in range(40)])
    drafts.write_frame(held=held)
    frames = np.stack([drafts.roll(row)[0] for row in range(40)]).astype(bool)
    assert frames[held].all() and frames[~held].sum() > 0
    np.testing.assert_allclose(
        drafts.log_probabilities, [part.sum() for part in scores(networks, frames[:, None].astype(np.uint8))], rtol=1e-5
    )


def test_a_first_frame_on_some_keys(networks):
    first = np.zeros(KEYS, bool)
    first[[31, 40]] = True
    drafts = Drafts(networks, [(i,) for i in range(20)])
    drafts.write_frame(keys=first)
    frames = np.stack([drafts.roll(row)[0] for row in range(20)])
    assert frames.any(axis=1).all() and not frames[:, ~first].any()
