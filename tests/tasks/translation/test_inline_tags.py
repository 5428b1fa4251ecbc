"""Tags that are taken out of a sentence and put back around the words that attended to theirs."""

import numpy as np
import pytest

from mediakit.tasks.translation.inline_tags import TagSpan, with_tags, without_tags

KEPT = {"1": "<b>", "2": "</b>", "3": "<x1>", "4": "<x2>", "5": "{name}"}
BOLD = TagSpan("1", "2", 1, 1)


@pytest.mark.parametrize(
    ("text", "plain", "spans"),
    [
        ("the 1red2 book", "the red book", [BOLD]),
        ("the 1red book2.", "the red book.", [TagSpan("1", "2", 1, 2)]),
        ("1Read 5 a2 3book4!", "Read 5 a book!", [TagSpan("1", "2", 0, 2), TagSpan("3", "4", 3, 3)]),
        ("(1see2) it", "(see) it", [TagSpan("1", "2", 0, 0)]),
    ],
)
def test_tags_around_words_are_taken_out(text, plain, spans):
    assert without_tags(text, KEPT) == (plain, tuple(spans))


@pytest.mark.parametrize("text", ["no tags", "5 alone", "a 1 book", "1open", "re1a2d", "1read2ing", "the 1red 2 book"])
def test_other_tags_are_not(text):
    assert without_tags(text, KEPT) is None


def attention(*words):
    """Each target word attends to one of four source words, and a little to all."""
    return np.eye(4, dtype=np.float32)[list(words)] * 0.8 + 0.05


@pytest.mark.parametrize(
    ("text", "weights", "spans", "expected"),
    [
        ("das rote Buch", attention(0, 1, 2), [BOLD], "das 1rote2 Buch"),
        ("le livre rouge.", attention(0, 2, 1), [BOLD], "le livre 1rouge2."),
        ("la « grande » maison", attention(0, 1, 1, 1, 2), [BOLD], "la « 1grande2 » maison"),
        ("Buch", attention(2), [BOLD], "1Buch2"),
        ("c b", attention(2, 1), [BOLD, TagSpan("3", "4", 2, 2)], "3c4 1b2"),
    ],
)
def test_tags_go_around_the_words_that_attended_to_theirs(text, weights, spans, expected):
    assert with_tags(text, weights, spans) == expected


def test_tags_that_would_cross_are_not_placed():
    assert with_tags("a b", attention(1, 1), [BOLD, TagSpan("3", "4", 1, 1)]) is None


def test_an_alignment_of_other_words_is_not_used():
    assert with_tags("one two", attention(1), [BOLD]) is None
