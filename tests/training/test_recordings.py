"""Recordings as arrays to learn from."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
from mediakit.datasets.origin import own_data
from mediakit.datasets.spoken_words import Recording
from mediakit.media import mu_law
from mediakit.recipes.wavenet_model import Config
from mediakit.tasks.speech.conditions import FRAME, level_of
from mediakit.training.recordings import Data, TrainingRecordings, at_level, batch_of, example


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    words = [Recording("7", speaker, rng.normal(0, 0.05, 90 + 50 * i).astype(np.float32), 8000) for i, speaker in enumerate("aabb")]
    return Data(words, [], ["7"], ["a", "b"], own_data(tmp_path, "recordings"))


def test_an_example_predicts_each_code_from_the_one_before(data):
    word = data.train[1]
    made = example(data, word, None)
    codes = mu_law.encode(word.samples)
    assert made["target"].shape == made["previous"].shape == (2, FRAME)
    target, previous = made["target"].ravel(), made["previous"].ravel()
    np.testing.assert_array_equal(target[: len(codes)], codes)
    assert (target[len(codes) :] == -1).all() and previous[0] == mu_law.SILENCE
    np.testing.assert_array_equal(previous[1 : len(codes)], codes[:-1])
    assert previous.min() >= 0 and made["speaker"] == 0


def test_a_speaker_of_other_data_is_unknown(data):
    stranger = Recording("7", "z", data.train[0].samples, 8000)
    assert example(data, stranger, None)["speaker"] == len(data.speakers)


def test_batches_are_padded_and_follow_from_the_seed(data):
    batch = batch_of([example(data, data.train[0], -20.0), example(data, data.train[3], None)])
    assert batch["target"].shape == (2, 3, FRAME) and (batch["target"][0, 2] == -1).all() and (batch["previous"][0, 2] == 0).all()
    recordings = TrainingRecordings(Config(recordings_per_batch=2), data)
    whole, rest = list(recordings.batches(3, 0)), list(recordings.batches(3, 1))
    assert len(whole) == recordings.steps == 2
    for name, values in whole[1].items():
        np.testing.assert_array_equal(rest[0][name], values)


def test_of_a_long_recording_a_part_is_learned(data):
    recordings = TrainingRecordings(Config(longest=FRAME, recordings_per_batch=4, changed_level=0.0), data)
    [batch] = recordings.batches(0, 0)
    assert batch["target"].shape == (4, 1, FRAME) and batch["frame"].shape[1] == 1


def test_levels_are_changed_as_far_as_the_peak_allows(data):
    word = data.train[0]
    assert level_of(at_level(word, -40.0).samples) == pytest.approx(-40, abs=0.01)
    assert np.abs(at_level(word, 0.0).samples).max() == pytest.approx(0.95, abs=0.01)
    silent = Recording("7", "a", np.zeros(100, np.float32), 8000)
    assert not at_level(silent, -20.0).samples.any()
