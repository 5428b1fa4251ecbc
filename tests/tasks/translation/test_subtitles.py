"""SubRip subtitles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.tasks.translation import subtitles
from mediakit.tasks.translation.subtitles import Cue

TIMES = "00:00:01,000 --> 00:00:04,000"


def cue(*lines):
    return Cue("1", TIMES, lines)


def test_round_trip():
    lines = ["", "1", TIMES, "Hello,", "how are you?", "", "", "12", f"{TIMES}  X1:10 X2:20", "Fine.", "", "13", TIMES]
    cues = list(subtitles.read(lines, "film.srt"))
    assert [one.number for one in cues] == ["1", "12", "13"]
    assert cues[1].times.endswith("X2:20") and cues[2].lines == ()
    assert "".join(map(str, cues)) == "\n".join([*lines[1:6], *lines[7:], "", ""])


@pytest.mark.parametrize(
    ("lines", "texts", "again"),
    [
        (("Hello my friend,", "how are you?"), ["Hello my friend, how are you?"], ("HELLO MY FRIEND,", "HOW ARE YOU?")),
        (("- Hello.", "- <b>Hi.</b>"), ["Hello.", "Hi."], ("- HELLO.", "- HI.")),
        (("<i>Hello.</i>",), ["Hello."], ("<i>HELLO.</i>",)),
        ((r"{\an8}<i>Hello", "there.</i>"), ["Hello there."], (r"{\an8}<i>HELLO", "THERE.</i>")),
        (("- Hello", "there.", "- Hi,", "all of you."), ["Hello there.", "Hi, all of you."], ("- HELLO", "THERE.", "- HI, ALL", "OF YOU.")),
        (("<i>- Hello.</i>", "- Hi."), ["Hello.", "Hi."], ("<i>- HELLO.</i>", "- HI.")),
        (("<i>- Hello.", "- Hi.</i>"), ["Hello.", "Hi."], ("<i>- HELLO.", "- HI.</i>")),
        (("Well -", "- no."), ["Well - - no."], ("WELL -", "- NO.")),
        (("A well-known", "man."), ["A well-known man."], ("A WELL-KNOWN", "MAN.")),
        (("One <i>word</i>",), ["One word"], ("ONE WORD",)),
        ((), [], ()),
    ],
)
def test_texts_and_tags(lines, texts, again):
    before = cue(*lines)
    assert before.texts() == texts
    after = before.with_texts([text.upper() for text in texts])
    assert after.lines == again and (after.number, after.times) == ("1", TIMES)


@given(
    st.lists(st.text(st.sampled_from("ab -é"), min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=4),
    st.text("cd ", max_size=80),
)
def test_no_line_is_added_and_no_text_is_lost(lines, text):
    before = cue(*lines)
    texts = before.texts()
    after = before.with_texts([text] * len(texts))
    assert len(after.lines) <= len(lines)
    assert "".join("".join(after.texts()).split()) == "".join(text.split()) * len(texts)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["1", "00:00:01,000 -> 00:00:04,000", "Hello."], "line 2 is not a time line"),
        (["1", TIMES, "Hello.", "", "2", "Hello."], "line 6 is not a time line"),
        (["1"], "line 2 is not a time line"),
        (["Hello."], "line 1 is not a subtitle's number: 'Hello.'"),
    ],
)
def test_a_broken_line_is_named(lines, why):
    with pytest.raises(InputError, match=f"film.srt: {why}"):
        list(subtitles.read(lines, "film.srt"))
