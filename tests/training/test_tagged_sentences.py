"""Tagged sentences as arrays."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from mediakit.datasets.conll import TaggedSentence
from mediakit.text.word_features import WordFeatures
from mediakit.training.tagged_sentences import EncodedSentences, EntityValidator

LABELS = ("O", "S-LOC", "S-PER")
SENTENCES = (
    TaggedSentence(("in", "London"), ("O", "S-LOC")),
    TaggedSentence(("In", "the", "house"), ("O", "O", "O")),
    TaggedSentence(("Ada",), ("S-PER",)),
)


@pytest.fixture
def features():
    tokens = [token for sentence in SENTENCES for token in sentence.tokens]
    return WordFeatures.learn(tokens, {"in": np.ones(3, np.float32)}, min_count=1)


def test_batches_hold_the_sentences(features):
    encoded = EncodedSentences(SENTENCES, features, LABELS, characters=6)
    batch = encoded.batch(np.array([2, 1, 0]))
    assert batch["labels"].tolist() == [[2, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert (batch["characters"][:, :, 0] > 0).tolist() == [[True, False, False], [True] * 3, [True, True, False]]
    wanted = features.encode(["in", "London"], 6)
    for name in ("words", "vectors", "characters", "shapes"):
        np.testing.assert_array_equal(batch[name][2, :2], getattr(wanted, name))


def test_words_are_counted_in_any_case(features):
    encoded = EncodedSentences(SENTENCES, features, LABELS, 6)
    counts = encoded.counts[encoded.tokens(np.array([0, 1]))]
    assert counts.tolist() == [[2, 1, np.inf], [2, 1, 1]]


def test_sentences_in_another_case(features):
    encoded = EncodedSentences(SENTENCES, features, LABELS, 6, [str.upper, str.lower])
    rows = np.array([0, 0, 0])
    batch = encoded.batch(rows, encoded.tokens(rows, np.array([0, 1, 2])))
    for row, tokens in enumerate((["in", "London"], ["IN", "LONDON"], ["in", "london"])):
        np.testing.assert_array_equal(batch["characters"][row], features.encode(tokens, 6).characters)


def test_metrics_are_of_whole_entities(features):
    encoded = EncodedSentences(SENTENCES, features, LABELS, 6)
    without_persons = EntityValidator(encoded, lambda batch: batch["labels"] % 2)
    assert without_persons() == pytest.approx({"precision": 100, "recall": 50, "f1": 200 / 3})
