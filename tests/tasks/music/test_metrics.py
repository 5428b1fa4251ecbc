"""Likelihood as the benchmark defines it, and statistics of pieces."""

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.midi import Note, Score, Track, write_midi
from mediakit.media.piano_roll import frame_of, transposed
from mediakit.tasks.music import metrics


def rolls(*frames):
    return np.stack([frame_of(notes) for notes in frames])


class Pipeline:
    """Gives each frame its number of notes as its cost."""

    def log_likelihoods(self, pieces):
        for index in reversed(range(len(pieces))):
            yield index, -pieces[index].sum(axis=1).astype(float)


def test_all_frames_of_all_pieces_count_alike():
    pieces = [rolls([60, 64], [60]), rolls(*[[60, 64, 67]] * 8)]
    found = metrics.evaluate(Pipeline(), pieces)
    assert found.values == {"nll_per_frame": 27 / 10, "nll_per_note": 1.0} and found.examples == 2
    assert found.intervals == {"nll_per_frame": (1.5, 3.0), "nll_per_note": (1.0, 1.0)}, "one piece alone, or the other"


def test_there_are_no_options():
    with pytest.raises(InputError, match="no option 'beam'"):
        metrics.evaluate(Pipeline(), [], options={"beam": 3})


def test_independent_keys_by_hand():
    pieces = [rolls([60], [60, 64], [], [60])]
    wanted = -(3 / 4 * np.log(3 / 4) + 1 / 4 * np.log(1 / 4)) * 2
    assert abs(metrics.independent_keys(pieces) - wanted) < 1e-12


def test_shares():
    piece = rolls([60, 64], [60], [], [60])
    np.testing.assert_allclose(metrics.length_shares([piece], 3), [2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(metrics.polyphony_shares([piece], 2), [1 / 4, 2 / 4, 1 / 4])
    scale = rolls(*[[62 + step] for step in (0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0)])
    shares = metrics.pitch_class_shares([scale])
    assert shares.argmax() == 0 and shares[[1, 3, 6, 8, 10]].sum() == 0


def test_repeats():
    a, b, c, d = ([60], [62], [64], [65])
    once = rolls(a, b, c, d)
    assert metrics.repeated_share([once], 3) == 0
    assert metrics.repeated_share([np.concatenate([once, once])], 3) == 2 / 8
    assert metrics.repeated_share([rolls(*[a] * 9)], 3) == 0, "a chord that stays is no repeat"


def test_copies_in_any_key():
    rng = np.random.default_rng(0)
    source = rolls(*[sorted(rng.integers(40, 70, 3).tolist()) for _ in range(40)])
    fresh = rolls(*[sorted(rng.integers(40, 70, 3).tolist()) for _ in range(12)])
    copied = np.concatenate([fresh[:6], transposed(source[10:17], 5), fresh[6:]])
    assert metrics.longest_copies([copied, fresh], [source]) == [7, 1]
    held = np.repeat(source[5:9], 2, axis=0)
    assert metrics.longest_copies([held], [source]) == [4]


def test_midi_files_of_ones_own_are_on_the_models_grid(tmp_path):
    with open(tmp_path / "mine.mid", "wb") as file:
        write_midi(Score((Track("melody", (Note(0.0, 1.0, 60), Note(1.0, 2.0, 64))),), 100.0, beats=3.0), file)
    (piece,) = metrics.examples(tmp_path, "all", {"dataset": "nottingham", "frames_per_beat": 4})
    assert piece.shape == (6, 88) and piece.sum() == 6  # two frames to a quarter note
