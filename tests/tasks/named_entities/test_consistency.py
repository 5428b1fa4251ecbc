"""A name that is certain in one place of a document, in its other places."""

import pytest

from mediakit.tasks.named_entities.consistency import TAKEN_OVER, consistent
from mediakit.tasks.named_entities.tagging import TokenSpan

ORIGIN = ["Arthur", "Mensch", "runs", "Mistral"]
PERSON, COMPANY = TokenSpan(0, 2, "PER", 0.99), TokenSpan(3, 4, "ORG", 0.95)


def added(sentence, entities=(), origin=(PERSON, COMPANY)):
    """What a second sentence has after the first."""
    first, second = consistent([ORIGIN, sentence.split()], [list(origin), list(entities)])
    assert first == list(origin)
    return second


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Yesterday Mistral grew", [TokenSpan(1, 2, "ORG", TAKEN_OVER)]),
        ("and Arthur Mensch left", [TokenSpan(1, 3, "PER", TAKEN_OVER)]),
        ("Mensch left Mistral", [TokenSpan(0, 1, "PER", TAKEN_OVER), TokenSpan(2, 3, "ORG", TAKEN_OVER)]),  # the surname alone
        ("the mistral blew", []),
        ("Arthur left", []),  # a given name may be anybody's
    ],
)
def test_a_missed_name_is_found(sentence, expected):
    assert added(sentence) == expected


@pytest.mark.parametrize(("score", "type_"), [(0.6, "ORG"), (0.95, "LOC")])
def test_a_doubtful_type_is_changed_and_a_certain_one_kept(score, type_):
    [entity] = added("in Mistral", [TokenSpan(1, 2, "LOC", score)])
    assert entity == TokenSpan(1, 2, type_, TAKEN_OVER if type_ == "ORG" else score)


def test_a_name_that_is_never_certain_changes_nothing():
    doubtful = [PERSON, COMPANY._replace(score=0.7)]
    assert added("Mistral grew", origin=doubtful) == []


def test_what_was_found_is_not_overlapped():
    longer = TokenSpan(1, 3, "LOC", 0.5)
    assert added("the Mistral Valley", [longer]) == [longer]


@pytest.mark.parametrize("sentence", ["in May", "that May"])
def test_dates_are_no_names(sentence):
    first = ["Theresa", "May", "spoke"]
    assert consistent([first, sentence.split()], [[TokenSpan(0, 2, "PER", 0.99)], []])[1] == []


def test_ordinary_words_of_the_document_are_no_names():
    sentences = [["Neil", "Young", "sang"], ["Young", "people", "and", "young", "dogs"]]
    assert consistent(sentences, [[TokenSpan(0, 2, "PER", 0.99)], []])[1] == []


def test_texts_are_documents_of_their_own():
    """The pipeline must not let one text's names into another."""
    import mediakit

    tagger = mediakit.load("named_entities/en")
    alone = tagger("Mensch spoke.")
    [_, among] = tagger(["Arthur Mensch founded Mistral AI in Paris.", "Mensch spoke."])
    assert [(entity.text, entity.label) for entity in among] == [(entity.text, entity.label) for entity in alone]
