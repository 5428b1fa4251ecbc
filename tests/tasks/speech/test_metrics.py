"""Bits per sample."""

import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.datasets.spoken_words import Recording
from mediakit.errors import DataError, InputError
from mediakit.media import mu_law
from mediakit.media.sound import write_wav
from mediakit.tasks.speech import metrics

RNG = np.random.default_rng(0)


def test_linear_prediction_of_noise_comes_near_its_entropy():
    codes = RNG.integers(0, 256, 20_000)
    assert 7.5 < metrics.linear_prediction_bits(mu_law.decode(codes)) / len(codes) < 9.5


def test_linear_prediction_finds_a_tone():
    tone = 0.5 * np.sin(np.arange(8000) / 4)
    assert metrics.linear_prediction_bits(tone) / 8000 < 4.5
    assert np.isfinite(metrics.linear_prediction_bits(np.zeros(100)))
    assert np.isfinite(metrics.linear_prediction_bits(np.ones(5)))


def test_bits_of_all_samples_together():
    words = [Recording("7", "ada", RNG.normal(0, 0.1, count), 8000) for count in (300, 900)]
    speaker = mediakit.load(DATA / "tiny_speech")
    found = metrics.evaluate(speaker, words)
    nats = sum(part.sum() for _, part in speaker.log_likelihoods([(one.label, one.speaker, one.samples) for one in words]))
    assert found.values["bits_per_sample"] == pytest.approx(-nats / np.log(2) / 1200)
    assert found.values["bits_per_sample_without_speaker"] > 0 and found.examples == 2 and len(found.baselines) == 1
    with pytest.raises(InputError, match="none"):
        metrics.evaluate(speaker, words, options={"seed": 1})


def test_splits(tmp_path):
    for number in range(4):
        with open(tmp_path / f"7_ada_{number}.wav", "wb") as file:
            write_wav(np.full(100, 0.1), 8000, file)
    assert [len(metrics.examples(tmp_path, split, {"validation": 1})) for split in ("val", "all")] == [1, 4]
    with pytest.raises(DataError, match="train"):
        metrics.examples(tmp_path, "train", {})
