"""Invented sentences of news."""

import numpy as np

from mediakit.datasets import invented_news
from mediakit.datasets.conll import iob2, spans


def test_names_are_labelled_and_the_rest_is_not():
    sentences = invented_news.write(400, np.random.default_rng(0))
    assert {span.type for sentence in sentences for span in spans(sentence.labels)} == {"PER", "LOC", "ORG", "MISC"}
    for sentence in sentences:
        assert len(sentence.tokens) == len(sentence.labels) and iob2(sentence.labels) == sentence.labels
        assert not any(set(token) & set("{}|") for token in sentence.tokens)
    [who] = {sentence.labels for sentence in sentences if sentence.tokens[-2:] == ("comment", ".") and "and" in sentence.tokens} & {
        ("B-ORG", "O", "B-ORG", "O", "O", "O", "O")
    }
    assert who


def test_every_pattern_can_be_filled():
    rng = np.random.default_rng(0)
    for pattern in invented_news._patterns():
        assert invented_news._filled(pattern, rng).tokens
