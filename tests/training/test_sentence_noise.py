"""What noise does to sentences in training."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from mediakit.datasets.conll import TaggedSentence
from mediakit.text.word_features import WordFeatures
from mediakit.training.sentence_noise import Noise, rare_first
from mediakit.training.tagged_sentences import EncodedSentences

SENTENCES = (
    TaggedSentence(("Ada", "met", "Grace"), ("S-PER", "O", "S-PER")),
    TaggedSentence(("in", "London"), ("O", "S-LOC")),
)
RECASINGS = (str.upper, str.lower, str.capitalize)


@pytest.fixture(scope="module")
def features():
    tokens = [token for sentence in SENTENCES for token in sentence.tokens]
    vectors = {"in": np.ones(3, np.float32), "london": np.array([0, -1, 1], np.float32)}
    return WordFeatures.learn(tokens, vectors, min_count=1)


@pytest.fixture(scope="module")
def encoded(features):
    return EncodedSentences(SENTENCES, features, ("O", "S-LOC", "S-PER"), 6, RECASINGS)


def test_words_are_hidden_and_spelled_as_before(encoded):
    rows = np.array([1, 0])
    plain, hidden = encoded.batch(rows), Noise(word_dropout=1e9).batch(encoded, rows, np.random.default_rng(0))
    assert not hidden["words"].any() and not hidden["vectors"].any()
    np.testing.assert_array_equal(hidden["characters"], plain["characters"])
    assert encoded.batch(rows)["words"].any(), "hiding words changed the sentences themselves"


def test_half_of_the_sentences_change_case(encoded, features):
    noisy = Noise(recased=0.5).batch(encoded, np.full(400, 1), np.random.default_rng(0))
    plain = encoded.batch(np.array([1]))
    forms = {tuple(token.tobytes() for token in sentence) for sentence in noisy["characters"]}
    wanted = [["in", "London"], ["IN", "LONDON"], ["in", "london"], ["In", "London"]]
    assert forms == {tuple(token.tobytes() for token in features.encode(tokens, 6).characters) for tokens in wanted}
    as_it_is = (noisy["characters"] == plain["characters"]).all(axis=(1, 2)).mean()
    assert 0.4 < as_it_is < 0.6 and (noisy["words"] == plain["words"]).all()


def test_rare_words_are_hidden_more_often():
    hidden = rare_first(np.random.default_rng(0), np.array([[1, 100, np.inf]] * 4000), 0.25).mean(axis=0)
    assert abs(hidden[0] - 0.2) < 0.03 and hidden[1] < 0.01 and hidden[2] == 0
    assert not rare_first(np.random.default_rng(0), np.ones((99, 99)), 0.0).any()


def test_a_word_may_lose_its_own_weights_and_keep_its_vector(encoded):
    rows = np.array([1, 0])
    plain, noisy = encoded.batch(rows), Noise(tuning_dropout=1e9).batch(encoded, rows, np.random.default_rng(0))
    np.testing.assert_array_equal(noisy["vectors"], plain["vectors"])
    has_vector = plain["vectors"].any(axis=-1)
    assert has_vector.any() and not noisy["words"][has_vector].any()
    np.testing.assert_array_equal(noisy["words"][~has_vector], plain["words"][~has_vector])


def test_versions_with_other_names_take_the_place_of_sentences(features):
    other = [replace(SENTENCES[0], tokens=("London", "met", "in")), SENTENCES[1]]
    encoded = EncodedSentences([*SENTENCES, *other], features, ("O", "S-LOC", "S-PER"), 6, originals=2)
    always, never = (Noise(swapped=share).batch(encoded, np.array([0, 0]), np.random.default_rng(0)) for share in (1.0, 0.0))
    wanted = features.encode(["London", "met", "in"], 6).characters
    np.testing.assert_array_equal(always["characters"], [wanted, wanted])
    np.testing.assert_array_equal(never["characters"], encoded.batch(np.array([0, 0]))["characters"])
