"""SubRip, WebVTT and SubStation Alpha: what is said changes, all else stays; files that only players can read are repaired."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.tasks.translation.documents import FORMATS, by_content, by_name, read

TIMES = "00:00:01,000 --> 00:00:02,000"
LATER = "00:00:03,000 --> 00:00:04,000"
SRT = f"1\n{TIMES}\nHello.\n\n2\n{LATER}\nGoodbye.\n\n"
VTT = """WEBVTT - with a title
Kind: captions

STYLE
::cue { color: yellow }

NOTE a comment
1 --> 2

intro
00:01.000 --> 00:02.000 align:start position:0%
<v Ada>Hello &amp; welcome.</v>

00:03.000 --> 00:04.000
Goodbye.
"""
ASS = """[Script Info]
; a comment
Title: Film

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,Not said
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\an8\\i1}Hello, you,\\Nmy friend.{\\i0}
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Goodbye.
"""


def srt(text):
    return read(text.encode(), "film.srt", FORMATS["srt"])


def written(document, change=str):
    return "".join(document.written(map(change, document.texts)))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("form", "text"), [("srt", SRT), ("vtt", VTT), ("ass", ASS)])
def test_a_file_that_does_not_change_is_the_same(form, text, end):
    text = text.replace("\n", end)
    for whole in (text, f"\ufeff{text}", text.rstrip()):
        document = read(whole.encode(), "film", FORMATS[form])
        assert written(document) == whole and by_content(whole.encode()) == FORMATS[form]
        assert not document.notes or form == "ass"


def test_webvtt():
    document = read(VTT.encode(), "film.vtt", FORMATS["vtt"])
    assert document.texts == ["Hello &amp; welcome.", "Goodbye."]
    assert [segment.fields["number"] for segment in document.segments] == ["intro", "2"]
    assert written(document, str.upper) == VTT.replace("Hello &amp; welcome", "HELLO &AMP; WELCOME").replace("Goodbye", "GOODBYE")
    crowded = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nHello.\n2\n00:03.000 --> 00:04.000\nGoodbye."
    assert read(crowded.encode(), "film.vtt", FORMATS["vtt"]).texts == ["Hello.", "Goodbye."]


def test_substation_alpha():
    document = read(ASS.encode(), "film.ass", FORMATS["ass"])
    assert document.texts == ["Hello, you, my friend.", "Goodbye."]
    assert document.segments[0].fields["times"] == "0:00:01.00 --> 0:00:02.00"
    assert "{\\an8\\i1}HELLO, YOU,\\NMY FRIEND.{\\i0}\n" in written(document, str.upper)
    assert "stay as they are" in document.notes[0]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"1\n{TIMES}\nHello.\n2\n{LATER}\nGoodbye.\n", "no blank line after a subtitle (line 4)"),
        (f"{TIMES}\nHello.\n\n{LATER}\nGoodbye.\n", "a subtitle without a number (2 times, first in line 1)"),
        (f"1\n\n{TIMES}\nHello.\n\n2\n{LATER}\nGoodbye.\n", "a blank line after a number (line 2)"),
        (f"1\n{TIMES}\n\nHello.\n\n2\n{LATER}\nGoodbye.\n", "a blank line before a text (line 3)"),
        (f"\u200e1\n{TIMES}\nHello.\n\n2\n{LATER}\nGoodbye.\n", "invisible characters beside a number (line 1)"),
        (f"1\n\u202a{TIMES}\nHello.\n\n2\n{LATER}\nGoodbye.\n", "invisible characters beside times (line 2)"),
        (f"1\n{TIMES}\nHello.\n\n2\n{LATER.replace('-->', '->')}\nGoodbye.\n", "an arrow that is not --> (line 6)"),
        (f"By a friend\n\n{SRT}", "text before the first subtitle, left out (line 1)"),
        (SRT.replace("\n", "\r"), "line ends of CR alone (line 1)"),
    ],
)
def test_what_players_read_is_repaired(text, note):
    document = srt(text)
    assert document.notes == (f"repaired: {note}",)
    assert written(document) == SRT and not srt(written(document)).notes


def test_a_blank_line_and_a_credit_belong_to_the_subtitle_before():
    document = srt(f"1\n{TIMES}\nHello,\n\nyou.\n\n2\n{LATER}\nGoodbye.\n\nBy a friend\n")
    assert document.notes == ("repaired: a blank line within a subtitle (2 times, first in line 4)",)
    assert document.texts == ["Hello, you.", "Goodbye. By a friend"]


def test_times_that_cannot_be_read_are_kept():
    document = srt(SRT.replace("00:00:03", "00:00:0x"))
    assert document.notes == ("repaired: times that cannot be read, kept as they are (line 6)",)
    assert "\n00:00:0x,000 --> 00:00:04,000\nGoodbye." in written(document)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("srt", "1\n00:00:05,000 --> 00:00:04,000\nA dog\n\n2\n00:00:06,000 --> 00:00:07,000\nA cat\n"),
        ("vtt", "WEBVTT\n\n00:05.000 --> 00:04.900\nA dog\n\n00:59.000 --> 01:00.000\nA cat\n"),
        ("ass", "[Events]\nDialogue: 0,0:00:05.00,0:00:04.00,,,0,0,0,,A dog\nDialogue: 0,9:59:59.00,10:00:00.00,,,0,0,0,,A cat\n"),
    ],
)
def test_subtitles_that_end_before_they_start_are_told_of(form, text):
    document = read(text.encode(), "film", FORMATS[form])
    (note,) = document.notes
    assert re.fullmatch(r"times that end before they start are kept as they are \(\S+ --> \S+\)", note)
    assert written(document) == text


def test_ordinary_files_that_differ_a_little_are_not_repaired():
    text = f"\n 7 \n{TIMES} X1:10 X2:20\n<i>Hello.</i>\n\n\n\n12\n{LATER}\n\n13\n{LATER}"
    assert not srt(text).notes and written(srt(text)) == text
    assert [segment.fields["number"] for segment in srt(text).segments] == ["7", "12", "13"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_other_encodings(encoding):
    text = SRT.replace("Hello", "Café")
    document = read(text.encode(encoding), "film.srt", FORMATS["srt"])
    assert written(document) == text and document.notes[0].endswith("written as UTF-8")


@pytest.mark.parametrize(
    ("content", "form", "why"),
    [
        (b"Hello.", "srt", "film: holds no subtitles"),
        (b"Hello.", "vtt", "film: is not WebVTT"),
        (b"Hello.", "ass", "film: is not SubStation Alpha"),
        (b"\xff\xfe\x00\xd8", "srt", "film: is not UTF-16"),
        (b"12345\0", "srt", "film: is not text: character 5 is zero"),
    ],
)
def test_what_is_no_subtitles_is_an_error(content, form, why):
    with pytest.raises(InputError, match=why):
        read(content, "film", FORMATS[form])


def test_an_empty_file_holds_nothing():
    assert written(srt("")) == "" and written(srt(" \n")) == " \n"


def test_the_format_is_that_of_the_content_or_the_ending():
    assert by_name("a.SSA") == FORMATS["ass"] and by_name("a.txt") is None
    assert by_content(b"Hello.\n00:01") is None and by_content(b"1. Hello --> there") is None
    assert by_content(f"\ufeff{SRT}".encode("utf-16-le")) == FORMATS["srt"]
    with pytest.raises(InputError, match="MicroDVD"):
        by_name("a.sub")


PIECES = ["1", "2", "Hello", "\n", "\n\n", TIMES, LATER, "00:01 -->", "->", "\u200e", " ", "\r", "<i>", "- "]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_a_repaired_file_needs_no_repair(text):
    try:
        document = srt(text)
    except InputError:
        return
    again = srt(written(document))
    assert (written(again) == written(document) and not again.notes) or "kept as they are" in "".join(document.notes)
    assert document.notes or written(document) == text
