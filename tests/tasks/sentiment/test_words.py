"""Words as the network reads them, and clauses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tasks.sentiment.words import clauses, is_word, words_of


def parts(text: str) -> list[str]:
    words = words_of(text)
    return [text[words[first].start : words[last - 1].end] for first, last in clauses(text, words)]


def texts(text: str) -> list[str]:
    return [word.text for word in words_of(text)]


@pytest.mark.parametrize(
    ("plain", "treebank"),
    [
        ("It's great, isn't it?", "It 's great , is n't it ?"),
        ("(You can't.)", "-lrb- you ca n't . -rrb-"),
        ("funny / sad", r"funny \/ sad"),
        ("“We've” won’t", "`` we 've '' wo n't"),
    ],
)
def test_treebank_text_gives_the_same_words(plain, treebank):
    assert texts(plain) == texts(treebank)


@given(st.text(max_size=60))
def test_offsets_are_those_of_the_text_and_clauses_cover_all_words(text):
    words = words_of(text)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(one.end <= other.start for one, other in pairwise(words))
    spans = list(clauses(text, words))
    assert [i for first, last in spans for i in range(first, last)] == list(range(len(words)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I loved the food. But, the service was terrible.", ["I loved the food.", "But, the service was terrible."]),
        ("I loved it, but he hated it.", ["I loved it,", "but he hated it."]),
        ("Although the food was cold, we had fun.", ["Although the food was cold,", "we had fun."]),
        ("We had fun although the food was cold.", ["We had fun", "although the food was cold."]),
        ("It is slow; it is loud.", ["It is slow;", "it is loud."]),
        ("It was nothing but trouble.", ["It was nothing but trouble."]),
        ("Not only good but also cheap.", ["Not only good but also cheap."]),
        ("Good but bad.", ["Good but bad."]),
        ("So, Mr. Bean was great! Yes.", ["So, Mr. Bean was great!", "Yes."]),
        ("", []),
    ],
)
def test_clauses(text, wanted):
    assert parts(text) == wanted


def test_punctuation_is_no_word():
    assert [is_word(word) for word in words_of("well , 5 :) !")] == [True, False, True, False, False]
