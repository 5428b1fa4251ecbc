"""What is said in a subtitle, and what stays around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tasks.translation.documents.cues import segment
from mediakit.tasks.translation.documents.document import Document


def cue(text):
    return Document(text, (segment(text, 0, len(text), "1", "00:01 --> 00:02"),))


@pytest.mark.parametrize(
    ("text", "texts", "shouted"),
    [
        ("Hello my friend,\nhow are you?", ["Hello my friend, how are you?"], "HELLO MY FRIEND,\nHOW ARE YOU?"),
        ("Hello my friend,\r\nhow are you?", ["Hello my friend, how are you?"], "HELLO MY FRIEND,\r\nHOW ARE YOU?"),
        (r"Hello my friend,\Nhow are you?", ["Hello my friend, how are you?"], r"HELLO MY FRIEND,\NHOW ARE YOU?"),
        ("- Hello.\n- <b>Hi.</b>", ["Hello.", "Hi."], "- HELLO.\n- <b>HI.</b>"),
        ("-Hello.\n–Hi.", ["Hello.", "Hi."], "-HELLO.\n–HI."),
        ("Hello.\n- Hi.", ["Hello.", "Hi."], "HELLO.\n- HI."),
        ("- Hello. - Hi.", ["Hello.", "Hi."], "- HELLO. - HI."),
        ("- - Hello.", ["Hello."], "- - HELLO."),
        ("<i>Hello.</i>", ["Hello."], "<i>HELLO.</i>"),
        ("- <i>Hello.</i>", ["Hello."], "- <i>HELLO.</i>"),
        ("<i>Hello.", ["Hello."], "<i>HELLO."),
        ("Hello.</i>", ["Hello."], "HELLO.</i>"),
        ("<i></i>", [], "<i></i>"),
        ("{\\an8}<i>Hello\nthere.</i>", ["Hello there."], "{\\an8}<i>HELLO\nTHERE.</i>"),
        ("<i>Hello</i>\n<i>there.</i>", ["Hello there."], "<i>HELLO</i>\n<i>THERE.</i>"),
        ("- Hello\nthere.\n- Hi,\nall of you.", ["Hello there.", "Hi, all of you."], "- HELLO\nTHERE.\n- HI, ALL\nOF YOU."),
        ("<i>- Hello.</i>\n- Hi.", ["Hello.", "Hi."], "<i>- HELLO.</i>\n- HI."),
        ("<i>- Hello.\n- Hi.</i>", ["Hello.", "Hi."], "<i>- HELLO.\n- HI.</i>"),
        ("♪ Hello ♪\n♪ there ♪", ["Hello", "there"], "♪ HELLO ♪\n♪ THERE ♪"),
        ("<i>♪ Hello\nthere ♪</i>", ["Hello there"], "<i>♪ HELLO\nTHERE ♪</i>"),
        ("# Hello #", ["Hello"], "# HELLO #"),
        ("♪♪", [], "♪♪"),
        ("JOHN: Hello\n<i>MAN 2: There.</i>", ["Hello", "There."], "JOHN: HELLO\n<i>MAN 2: THERE.</i>"),
        ("He said: Hello\nthere", ["He said: Hello there"], "HE SAID:\nHELLO THERE"),
        ("AT 3:30", ["AT 3:30"], "AT 3:30"),
        ("A well-known\nman.", ["A well-known man."], "A WELL-KNOWN\nMAN."),
        ("&nbsp;Hello &amp; goodbye", ["Hello &amp; goodbye"], "&nbsp;HELLO &AMP; GOODBYE"),
        ("&quot;Caf&eacute;&quot; &lt;3", ['"Café" &lt;3'], "&quot;CAFÉ&quot; &LT;3"),
        ("R & B", ["R & B"], "R & B"),
        ("1984", [], "1984"),
        ("", [], ""),
    ],
)
def test_words_change_and_what_is_around_them_stays(text, texts, shouted):
    document = cue(text)
    assert document.texts == texts
    assert "".join(document.written(words.upper() for words in texts)) == shouted


PIECES = ["a", "Hello", "MARY: ", " ", "\n", "- ", "♪", "<i>", "</i>", "{\\i1}", "&amp;", "&lt;", "<", "\\N", ".", "#", "&nbsp;"]


@given(st.lists(st.sampled_from(PIECES)))
def test_unchanged_texts_give_the_same_lines(pieces):
    text = "".join(pieces)
    assert "".join(cue(text).written(cue(text).texts)) == text


@given(
    st.lists(st.text(st.sampled_from("ab -é"), min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=4),
    st.text("cd ", max_size=80),
)
def test_no_line_is_added_and_no_text_is_lost(lines, text):
    before = cue("\n".join(lines))
    after = "".join(before.written([text] * len(before.texts)))
    assert after.count("\n") <= len(lines)
    assert "".join(c for c in after if c in "cd") == "".join(text.split()) * len(before.texts)
