import tracemalloc
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.text import sentences
from mediakit.text.sentences import Sentence, split, stream


def texts(text):
    return [text[sentence.start : sentence.end] for sentence in split(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Mr. Smith went to Washington.", "He met J. K. Rowling.", "It was fun!"],
        ["It costs 3.14 euros.", "Version 2.0 is at www.example.com.", "What?Yes is one."],
        ['He said "Go."', "Then he left…", "And so on...", "Really?!", '"Yes," she said.', '"No!" he cried.'],
        ["The U.S. Army is big.", "I live in the U.S.", "The weather is fine."],
        ["Apple Inc. said so.", "It is by Apple Inc. CEO Tim.", "Plan B.", "Then go."],
        ["Oh no.", "That is bad.", "No. 5 is alive."],
        ["1. First item.", "It goes on, e.g. here."],
        ["(He left.", "She stayed.)", "¿Qué?", "¡Hola!", "Sí."],
        ["Am 3. Mai war z. B. alles gut.", "Das ist gut."],
        ["यह एक वाक्य है।", "क्या यह दूसरा है?", "हाँ।", "डॉ. नहीं"],
        ["Hello 👩‍🚀!", "How are you 😀?", "Fine."],
    ],
)
def test_sentences(expected):
    assert texts(" ".join(expected)) == expected


def test_a_danda_needs_no_space():
    assert texts("यह है।वह है।") == ["यह है।", "वह है।"]


def test_a_line_break_wraps_and_a_blank_line_ends_a_sentence():
    text = "\r\n  A wrapped\r\nline goes on. Next.\r\n \r\nA title\n\nAnother  "
    assert texts(text) == ["A wrapped\r\nline goes on.", "Next.", "A title", "Another"]
    assert split("") == split(" \n\t ") == []


def test_offsets_in_a_stream_refer_to_the_whole_text():
    assert list(stream(["A dog. A c", "at. ", "\n\n Sun"])) == [
        (Sentence(0, 6), "A dog."),
        (Sentence(7, 13), "A cat."),
        (Sentence(17, 20), "Sun"),
    ]


PIECES = st.sampled_from([*"abI1.!?…।\"')“( \n\t", "\r\n", "Mr.", "U.S.", " The ", "\n\n", "ज़", "e\u0301", "👩‍🚀", "\u00a0", "\u2028"])


@given(st.lists(PIECES, max_size=80).map("".join), st.lists(st.integers(1, 30), max_size=40), st.sampled_from([4000, 20, 3]))
def test_sentences_are_ordered_and_complete(text, lengths, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "MAX_CHARACTERS", longest)
        found = split(text)
        ends = [0]
        for sentence in found:
            assert ends[-1] <= sentence.start < sentence.end <= len(text) and sentence.end - sentence.start <= longest
            assert not text[ends[-1] : sentence.start].strip()
            assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
            ends.append(sentence.end)
        assert not text[ends[-1] :].strip()
        rest = iter(text)
        parts = ["".join(islice(rest, length)) for length in lengths]
        assert list(stream([*parts, "".join(rest)])) == [(s, text[s.start : s.end]) for s in found]


@pytest.mark.parametrize("unit", ["a", ".", " ", "\n", "a. ", 'x." ', "word "])
def test_an_enormous_line_is_cut_in_little_memory(unit):
    part = unit * (10_000 // len(unit))
    tracemalloc.start()
    longest = max((len(text) for _, text in stream(part for _ in range(30))), default=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert longest <= sentences.MAX_CHARACTERS and peak < 200_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two, three four", ["one two,", "three four"]),
        ("a, one two three four five six", ["a, one two three", "four five six"]),
        ("aaaa", ["aa", "aa"]),
        ("  one two  ", ["one", "two"]),
    ],
)
def test_splitting_an_overlong_sentence(text, expected):
    assert [text[start:end] for start, end in sentences.split_in_two(text, 0, len(text))] == expected
