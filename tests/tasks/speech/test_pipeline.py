"""Speech from an untrained model: noise, but of the right length and voice."""

import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError
from mediakit.media import mu_law
from mediakit.media.sound import read_sound
from mediakit.tasks.speech.conditions import level_of, sketch_of
from mediakit.tasks.speech.pipeline import nearest


@pytest.fixture(scope="module")
def speaker():
    return mediakit.load(DATA / "tiny_speech")


def test_words_and_pauses_follow_each_other(speaker):
    one, other = speaker("7", seed=1, pause=0.1), speaker("77", seed=1, pause=0.1)
    assert other.words == ("7", "7") and other.rate == 8000
    np.testing.assert_array_equal(other.samples[: len(one.samples)], one.samples)
    assert not other.samples[len(one.samples) : len(one.samples) + 800].any()
    assert 800 <= len(one.samples) <= 900 and len(other.samples) >= 2 * 800 + 800


def test_the_seed_decides(speaker):
    assert speaker("7", seed=1).wav() == speaker("7", seed=1).wav() != speaker("7", seed=2).wav()
    assert {speaker("7", seed=seed).speaker for seed in range(8)} == {"ada", "ben"}
    assert speaker("7", seed=1, speaker="ben").speaker == "ben"


def test_a_lower_temperature_varies_less(speaker):
    wild, calm = (speaker("7", seed=1, temperature=temperature).samples for temperature in (1.0, 0.05))
    assert np.abs(np.diff(calm)).mean() < np.abs(np.diff(wild)).mean() / 3


def test_a_beginning_is_kept_and_continued(speaker):
    beginning = (0.3 * np.sin(np.arange(1000) / 5)).astype(np.float32)
    file = mediakit.load(DATA / "tiny_speech")("1", seed=0)
    given = type(file)("", (), "", beginning, 8000, 0).wav()
    said = speaker("12", seed=1, start=given)
    kept = mu_law.decode(mu_law.encode(read_sound(given, "", 8000)))
    np.testing.assert_array_equal(said.samples[:1000], kept)
    assert len(said.samples) >= 1000 + 800 + 800 and said.samples[1000:1500].any()


def test_of_several_candidates_the_nearest_to_the_sketch_is_taken(speaker):
    """Of sounds of noise: the mean distance of their sketches from those that were to be said."""
    text, rng = "0123456789", np.random.default_rng(0)
    assert not np.array_equal(speaker(text, seed=1, candidates=1).samples, speaker(text, seed=1, candidates=4).samples)
    tone, noise = 0.2 * np.sin(np.arange(800) / 5), rng.normal(0, 0.1, 800)
    assert nearest(sketch_of(tone, 8000), [noise, tone, noise], 8000) is tone


def test_all_words_are_equally_loud(speaker):
    levels = [level_of(speaker(digit, seed=1).samples) for digit in "0123"]
    np.testing.assert_allclose(levels, speaker.voices.level, atol=1.0)


def test_progress_ends_with_all_done(speaker):
    seen = []
    list(speaker.stream(["7" * 20, "1"], watch=lambda number, fraction: seen.append((number, fraction))))
    for number in (0, 1):
        fractions = [fraction for one, fraction in seen if one == number]
        assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1) and len(fractions) > 5


def test_likelihoods_are_those_of_the_recording_alone(speaker):
    rng = np.random.default_rng(0)
    rows = [("7", "ada", rng.normal(0, 0.1, 900)), ("8", "stranger", rng.normal(0, 0.1, 300))]
    together = dict(speaker.log_likelihoods(rows))
    assert {number: len(found) for number, found in together.items()} == {0: 900, 1: 300}
    [(_, alone)] = speaker.log_likelihoods(rows[1:])
    np.testing.assert_allclose(alone, together[1], atol=1e-3)
    with pytest.raises(InputError, match="'x'"):
        list(speaker.log_likelihoods([("x", None, rows[0][2])]))


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0},
        {"temperature": float("nan")},
        {"pause": -1},
        {"candidates": 0},
        {"speaker": "zed"},
        {"seed": -1},
        {"start": b"no sound"},
    ],
)
def test_options_out_of_range_are_told(speaker, options):
    with pytest.raises(InputError):
        speaker("7", **options)


def test_a_result_draws_itself(speaker, tmp_path):
    said = speaker("7", seed=1)
    assert said.draw().width > 50
    said.write(tmp_path / "7.wav")
    assert (tmp_path / "7.wav").read_bytes() == said.wav()
