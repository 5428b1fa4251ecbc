"""Features of tokens by themselves."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import ModelError
from mediakit.text.word_features import SHAPES, UNKNOWN, QuantizedVectors, WordFeatures, normalise_token, shape_of

VECTORS = {word: np.random.default_rng(i).normal(size=6).astype(np.float32) for i, word in enumerate(["the", "london", "1996", "rare"])}
TOKENS = ["The", "the", "London", "LONDON", "1996", "1996", "1997", "1998", "once", "zzz", "zzz"]


@pytest.fixture(params=["with vectors", "without"])
def features(request):
    return WordFeatures.learn(TOKENS, VECTORS if request.param == "with vectors" else None)


def test_which_words_are_known():
    features = WordFeatures.learn(TOKENS, VECTORS)
    # Words seen twice, those without a vector first ("1997" and "1998" are both "0000"); then the other words with vectors.
    assert features.words == ("0000", "zzz", "1996", "london", "the", "rare") and features.tuned == 5
    assert [features.word_id(token) for token in ("LonDon", "2024", "1996", "rare", "once", "other")] == [4, 1, 3, 6, UNKNOWN, UNKNOWN]
    got = features.encode(["London", "rare", "zzz", "other"], 5)
    assert got.words.tolist() == [4, UNKNOWN, 2, UNKNOWN]  # "rare" was not in the training data, so it has only a vector
    assert not got.vectors[2:].any()
    assert got.vectors.dtype == np.float32 and got.vectors.shape == (4, 6)


def test_an_unknown_word_is_looked_up_without_its_accents():
    features = WordFeatures.learn(["Álvaro", "está", "está"], {"alvaro": np.ones(2), "esta": np.zeros(2)})
    # A word with accents that was seen twice has its own id.
    assert features.words == ("está", "alvaro", "esta")
    assert [features.word_id(token) for token in ("ÁLVARO", "está", "Esta", "à")] == [2, 1, 3, UNKNOWN]


def test_letters_that_training_has_not_seen_are_read_as_plain_ones():
    features = WordFeatures.learn(["Thordur", "Thordur", "Łukasz", "Łukasz"], min_count=2)
    for token, plain in (("Þórður", "Thordur"), ("Łukasz", "Łukasz"), ("Tháo", "Thao")):
        np.testing.assert_array_equal(features.encode([token], 8).characters, features.encode([plain], 8).characters)
    assert features.word_id("Þórður") == features.word_id("Thordur") > 0
    assert (features.encode(["日本"], 8).characters[0, :2] == 1).all()


def test_quantized_vectors_are_close_to_the_originals():
    features = WordFeatures.learn(TOKENS, VECTORS, bits=8)
    for word, given_one in VECTORS.items():
        [got] = features.encode([word], 4).vectors
        assert np.dot(got, given_one) / np.linalg.norm(got) / np.linalg.norm(given_one) > 0.98


def test_characters_keep_both_ends():
    features = WordFeatures.learn(["abcdefgh"] * 2)
    assert features.encode(["ab", "abcdefgh", "aXh"], 5).characters.tolist() == [[2, 3, 0, 0, 0], [2, 3, 4, 8, 9], [2, 1, 9, 0, 0]]


def test_running_text_is_normalised_like_the_training_texts():
    features = WordFeatures.learn(["café", "café", "don't", "don't", '"', '"'])
    for written, plain in (("cafe\u0301", "café"), ("don’t", "don't"), ("“", '"')):
        assert features.word_id(written) == features.word_id(plain) != UNKNOWN
        np.testing.assert_array_equal(*features.encode([written, plain], 8).characters)


def test_references_and_abbreviations_are_spelled_like_the_training_texts():
    spelled = [normalise_token(token) for token in ("Andr&eacute;", "&#39;", "Ph.D.", "U.S.", "AT&T")]
    assert spelled == ["André", "'", "ph.d.", "U.S.", "AT&T"]
    features = WordFeatures.learn(["é", "é", "ph.d.", "ph.d."])
    assert features.word_id("&eacute;") == features.word_id("é") and features.word_id("Ph.D.") == features.word_id("ph.d.")
    assert not features.encode(["Ph.D."], 5).shapes[:, SHAPES.index("starts with a capital")].any()


def test_shapes():
    assert shape_of("London") == [True, False, False, False, False, False, False, False]
    assert shape_of("U.S.") == [True, True, False, True, False, False, False, False]
    assert shape_of("all-rounder") == [False, False, True, False, False, False, False, True]
    assert shape_of("1996") == [False, False, False, False, True, True, True, False]


def test_writing_reading_and_pickling(features, tmp_path):
    path = tmp_path / "words.npz"
    features.write(path)
    for again in (WordFeatures.read(path), pickle.loads(pickle.dumps(features))):
        assert again.words == features.words and again.dimensions == features.dimensions
        for name in ("words", "vectors", "characters", "shapes"):
            np.testing.assert_array_equal(*(getattr(f.encode([*TOKENS, "rare", "new"], 7), name) for f in (features, again)))


def test_files_that_are_none(features, tmp_path):
    path = tmp_path / "words.npz"
    features.write(path)
    content = path.read_bytes()
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    for bad in (b"", b"hello", content[: len(content) // 2], (tmp_path / "other.npz").read_bytes()):
        path.write_bytes(bad)
        with pytest.raises(ModelError, match=r"words\.npz: not word features") as caught:
            WordFeatures.read(path)
        assert "\n" not in str(caught.value)


@given(st.lists(st.text(min_size=1, max_size=30), max_size=5))
def test_any_token_has_features(tokens):
    got = WordFeatures.learn(TOKENS, VECTORS).encode(tokens, 6)
    assert got.characters.shape == (len(tokens), 6) and np.all(got.characters[:, :1] > 0)
    assert np.all(np.isfinite(got.vectors)) and np.all(got.words <= 5)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("dimensions", [3, 8, 100])
def test_quantization_error_is_that_of_the_optimal_levels(bits, dimensions):
    vectors = np.random.default_rng(0).normal(size=(2000, dimensions)).astype(np.float32) * 3
    got = QuantizedVectors.of(vectors, bits)
    assert len(got) == 2000 and got.codes.shape[1] == -(-dimensions * bits // 8)
    same_length = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) * np.sqrt(dimensions) / 2
    lost = ((got[np.arange(2000)] - same_length) ** 2).mean() / same_length.var()
    # Max 1960, table 1, for normally distributed numbers; short vectors lose no more.
    assert lost < {1: 0.364, 2: 0.118, 4: 0.0100, 8: 0.0005}[bits] * 1.03


def test_mismatched_parts_are_refused():
    with pytest.raises(ModelError, match="do not match 4 levels and 9 dimensions"):
        QuantizedVectors(np.zeros((5, 2), np.uint8), np.zeros(4, np.float32), np.ones(9, np.float32), np.zeros(9, np.float32))
    with pytest.raises(ModelError, match="3 of them tuned"):
        WordFeatures(["a", "b"], 3, "", None)
