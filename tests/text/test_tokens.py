"""Tokenising running text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.text import tokens
from mediakit.text.tokens import is_abbreviation_of_words, token_lines, tokenize

# Stumbling blocks for tokenisers, mixed at random with other characters.
PIECES = [
    "👩‍🚀", "👨‍👩‍👧", "🇳🇱", "👍🏽", "é", "e\u0301", "ñ", "\u0301", "\t", "\r\n", "\n", "\u00a0", "\u200b", "\ufeff", "\x00", " ",
    "don't", "U.S.", "Mr.", "J.", "...", "--", "http://a.b/c?d=1).", "x@y.org", "@me", "#tag", "O'Brien", "'s", "n't", "10%", "US$7.5",
    "1996-08-30", ":-)", "<3", "&amp;", "&#39;", "Ph.D.", "(", ")", "“", "”", "नमस्ते", "日本", "…", "½", "\U000e0067", "\ud800",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))).map("".join)


def words(text, **options):
    return [token.text for token in tokenize(text, **options)]


@given(TEXTS, st.booleans())
def test_offsets_point_into_the_text(text, contractions):
    end = 0
    for token in tokenize(text, contractions=contractions):
        assert token.text and text[token.start : token.end] == token.text
        assert token.start >= end
        assert not re.search(r"\s", token.text)
        end = token.end


@given(TEXTS)
def test_only_invisible_characters_are_left_out(text):
    kept = list(text)
    for token in tokenize(text):
        kept[token.start : token.end] = [" "] * (token.end - token.start)
    assert all(char.isspace() or not char.isprintable() for char in kept)


@given(st.lists(st.text(alphabet="abcXYZ'-.,!?é\u0301😀", min_size=1, max_size=6), max_size=6))
def test_spaces_do_not_matter(parts):
    assert words(" ".join(parts)) == words(" \t\r\n".join(parts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Lovelace worked in London.", "Ada|Lovelace|worked|in|London|."),
        ("They don't say she's John's, can't they?", "They|do|n't|say|she|'s|John|'s|,|ca|n't|they|?"),
        ("Players' union (NFLPA) of the U.S. said:", "Players|'|union|(|NFLPA|)|of|the|U.S.|said|:"),
        ("Jane Roe, M.Sc., and a Ph.D. He has a B.Eng., a B.Sc.", "Jane|Roe|,|M.Sc.|,|and|a|Ph.D.|He|has|a|B.Eng.|,|a|B.Sc."),
        ("an M.Phil from Oxford, a B.Tech. and J.Smith", "an|M.Phil|from|Oxford|,|a|B.Tech.|and|J.|Smith"),
        ("a Ph.D, in Paris.Then to St.Petersburg", "a|Ph.D|,|in|Paris|.|Then|to|St.|Petersburg"),
        ("John&nbsp;Roe&#160;&amp;Andr&eacute;&#39;s R&D; AT&T;", "John|Roe|&amp;|Andr&eacute;|&#39;|s|R&D|;|AT&T|;"),
        ("John Smith&nbsp and Jane&amp", "John|Smith|and|Jane|&amp"),
        ("Mr. J. Smith of Acme Inc. left.", "Mr.|J.|Smith|of|Acme|Inc.|left|."),
        ("1996-08-30 6-4, 7-6 (7-5) 6,000 3.5 1/2 10:30", "1996-08-30|6-4|,|7-6|(|7-5|)|6,000|3.5|1/2|10:30"),
        ("Smith & Co. of St. Louis hit .467 for Acme Co.", "Smith|&|Co.|of|St.|Louis|hit|.467|for|Acme|Co|."),
        ("US$7.5 or $8 and 10%", "US$|7.5|or|$|8|and|10|%"),
        ("S&P O'Brien all-rounder o'clock", "S&P|O'Brien|all-rounder|o'clock"),
        ("3. Lars Riedel\n2 wins in 3.", "3.|Lars|Riedel|2|wins|in|3|."),
        ("Wait... what -- no!!", "Wait|...|what|--|no|!!"),
        ("see http://a.org/b?c=d, or x@y.org.", "see|http://a.org/b?c=d|,|or|x@y.org|."),
        ("@paul #now 👩‍🚀👍🏽 🇳🇱 :-) <3", "@paul|#now|👩‍🚀|👍🏽|🇳🇱|:-)|<3"),
        ("Ame\u0301lie\u200bcafe\u0301\ufeff", "Ame\u0301lie|cafe\u0301"),
        ("“So,” he said.", "“|So|,|”|he|said|."),
        ("¿Qué dice la Junta?", "¿|Qué|dice|la|Junta|?"),
        ("नमस्ते दुनिया।", "नमस्ते|दुनिया|।"),
    ],
)
def test_examples(text, expected):
    assert words(text) == expected.split("|")


def test_other_languages_keep_their_apostrophes():
    assert words("de foto's van zo'n dag", contractions=False) == ["de", "foto's", "van", "zo'n", "dag"]


def test_empty():
    assert tokenize("") == [] and tokenize(" \r\n\t\u200b") == []


@given(st.lists(st.one_of(st.sampled_from([*PIECES, "\n", "\r", " "]), st.text(max_size=3))), st.integers(1, 5))
def test_pretokenised_lines_keep_their_tokens(pieces, size):
    text = "".join(pieces).replace("\t", " ")
    lines = list(token_lines(text[i : i + size] for i in range(0, len(text), size)))
    assert lines == list(token_lines([text]))
    for token in (token for line in lines for token in line):
        assert text[token.start : token.end] == token.text and not set(token.text) & set(" \r\n")
    expected = [line.split(" ") for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))]
    assert [[token.text for token in line] for line in lines] == [kept for line in expected if (kept := [t for t in line if t])]


def test_an_enormous_line_is_refused_before_its_end_is_read(monkeypatch):
    monkeypatch.setattr(tokens, "MAX_LINE", 10)

    def parts():
        yield "a b\r\n0123456789\n"
        yield from ("word " for _ in range(3))
        pytest.fail("read on")

    lines = token_lines(parts(), "x.txt")
    assert [len(next(lines)) for _ in range(2)] == [2, 1]
    with pytest.raises(InputError, match=r"x\.txt: line 3 has more than 10 characters"):
        next(lines)


def test_abbreviations_of_words_have_small_letters():
    assert all(map(is_abbreviation_of_words, ["Ph.D.", "M.Sc.", "M.Phil.", "B.Eng.", "Ph.D", "M.Sc", "M.Phil", "D.Litt"]))
    assert not any(map(is_abbreviation_of_words, ["U.S.", "J.R.R.", "Inc.", "e.g.", "St.Paul", "J.J.Lehto", "Ada", ""]))


def test_lines_of_tokens_may_end_in_cr_alone():
    parts = ["Ada works .\r", "\nJohn\rMary", " walks", "\r"]
    found = list(token_lines(parts))
    assert [[token.text for token in line] for line in found] == [["Ada", "works", "."], ["John"], ["Mary", "walks"]]
    assert all("".join(parts)[token.start : token.end] == token.text for line in found for token in line)


@pytest.mark.parametrize("line", ["1\tAda\tAda\tPROPN", "Ada B-PER", "EU NNP I-NP I-ORG", "Ada\tO"])
def test_columns_are_not_taken_for_sentences(line):
    with pytest.raises(InputError, match=r"a\.conll: line 2 has columns"):
        list(token_lines(["Ada works on the B-side .\n", line], "a.conll"))
