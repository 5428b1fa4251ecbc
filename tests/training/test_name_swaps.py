"""Sentences with other names."""

import numpy as np

from mediakit.datasets.conll import TaggedSentence, spans
from mediakit.training.name_swaps import swap_names

SENTENCE = TaggedSentence(
    ("PARIS", ":", "Ada", "Lovelace", "praised", "French", "wine", "and", "BBC", "."),
    ("B-LOC", "O", "B-PER", "I-PER", "O", "B-MISC", "O", "O", "B-ORG", "O"),
)


def test_types_and_the_rest_of_the_sentence_stay():
    for sentence in swap_names([SENTENCE] * 50, 1.0, np.random.default_rng(0)):
        found = spans(sentence.labels)
        assert [span.type for span in found] == ["LOC", "PER", "MISC", "ORG"] and len(sentence.tokens) == len(sentence.labels)
        place, person, kind, _ = (" ".join(sentence.tokens[span.start : span.end]) for span in found)
        assert place.isupper() and place != "PARIS" and person != "Ada Lovelace" and kind == "French"
        assert sentence.tokens[found[2].start - 1] == "praised" and sentence.tokens[-1] == "."


def test_a_share_is_swapped_and_follows_from_the_seed():
    swapped = swap_names([SENTENCE] * 400, 0.25, np.random.default_rng(1))
    kept = np.mean([sentence.tokens[0] == "PARIS" for sentence in swapped])
    assert 0.68 < kept < 0.82
    assert swapped == swap_names([SENTENCE] * 400, 0.25, np.random.default_rng(1))


def test_some_persons_have_a_degree_that_is_no_name():
    degrees = [sentence for sentence in swap_names([SENTENCE] * 300, 1.0, np.random.default_rng(0)) if "," in sentence.tokens]
    assert 3 < len(degrees) < 60
    for sentence in degrees:
        assert sentence.labels[sentence.tokens.index(",") : sentence.tokens.index("praised")].count("O") >= 2


def test_a_single_name_stays_single():
    sentence = TaggedSentence(("Lovelace", "won"), ("B-PER", "O"))
    assert all(spans(each.labels)[0].start == 0 for each in swap_names([sentence] * 50, 1.0, np.random.default_rng(0)))
    unknown = TaggedSentence(("Sonata",), ("B-WORK",))
    assert swap_names([unknown], 1.0, np.random.default_rng(0)) == [unknown]
