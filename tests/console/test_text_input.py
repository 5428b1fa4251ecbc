"""Text from arguments, files and standard input."""

import io
import re
import sys
from types import SimpleNamespace

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.console import text_input
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import InputError


def put_on_standard_input(monkeypatch, content, terminal=False):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(content)), isatty=lambda: terminal))


def test_what_arguments_mean(tmp_path):
    file = tmp_path / "a note ñ"
    file.write_text("Hello.\n")
    sources = text_sources(["How are you?", str(file), "-", "absent.txt"])
    assert [source.text for source in sources] == ["How are you?", None, None, None]
    assert list(sources[1].lines()) == ["Hello."]
    with pytest.raises(InputError, match=r"absent\.txt: no such file"):
        list(sources[3].lines())


@pytest.mark.parametrize("text", ["Ph.D", "example.com", "Node.js", "3.14", "e.g.", "U.S.A", ".srt is nice", "about.me", ""])
def test_text_with_a_dot_is_text(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    assert text_sources([text])[0].text == text


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("film.sr", "if it is text, give it on standard input; did you mean film.srt?"),
        ("film.stx", "if it is text, give it on standard input"),
        ("fim.srt", "no such file; did you mean film.srt?"),
        ("letter.odf", "if it is text, give it on standard input; did you mean letter.pdf?"),
    ],
)
def test_a_misspelt_file_name_is_not_text(name, hint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in ("film.srt", "letter.pdf"):
        (tmp_path / file).write_text("")
    with pytest.raises(InputError, match=re.escape(hint)):
        list(text_sources([name])[0].lines())


def test_no_arguments_are_standard_input(monkeypatch):
    put_on_standard_input(monkeypatch, b"one\r\n\r\ntwo")
    [source] = text_sources([])
    assert list(source.lines()) == ["one", "", "two"]
    put_on_standard_input(monkeypatch, b"", terminal=True)
    with pytest.raises(click.UsageError):
        text_sources([])
    with pytest.raises(click.UsageError):
        text_sources(["-", "-"])


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=50), st.integers(1, 7))
def test_any_text_comes_through_in_parts(text, size):
    file = io.BytesIO(text.encode())
    parts = list(text_input._decoded("it", SimpleNamespace(read1=lambda _: file.read(size))))
    assert "".join(parts) == text


@pytest.mark.parametrize(("before", "size"), [(b"", 100), ("é".encode(), 100), ("é".encode() * 3, 1), (b"abc\n", 3)])
def test_a_bad_byte_is_named_by_its_offset(before, size):
    file = io.BytesIO(before + b"\xff and more")
    with pytest.raises(InputError, match=rf"it: is not UTF-8: byte {len(before)} is 0xff"):
        list(text_input._decoded("it", SimpleNamespace(read1=lambda _: file.read(size))))


def test_a_character_cut_by_the_end_is_named():
    with pytest.raises(InputError, match="byte 2 is 0xf0"):
        list(text_input._decoded("it", io.BytesIO(b"ab\xf0\x9f")))


def test_binary_folders_and_empty_texts(tmp_path):
    (tmp_path / "binary.txt").write_bytes(b"abc\0def")
    with pytest.raises(InputError, match="not text: byte 3 is zero"):
        list(TextSource(str(tmp_path / "binary.txt")).lines())
    with pytest.raises(InputError, match="is a folder"):
        list(TextSource(str(tmp_path)).lines())
    with pytest.raises(InputError, match="empty"):
        list(TextSource(" ", " ").lines())
    with pytest.raises(InputError, match="byte 1 is 0xe9"):
        list(TextSource("a", "a\udce9").lines())


def test_an_empty_standard_input_is_refused_as_an_empty_argument(monkeypatch):
    for read in (lambda source: list(source.lines()), TextSource.content):
        put_on_standard_input(monkeypatch, b"")
        with pytest.raises(InputError, match="standard input is empty"):
            read(text_sources(["-"])[0])


def test_an_enormous_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(text_input, "MAX_LINE", 10)
    file = tmp_path / "long.txt"
    file.write_text("\ufeffshort\n" + "x" * 20)
    lines = TextSource(str(file)).lines()
    assert next(lines) == "short"
    with pytest.raises(InputError, match="line 2 has more than 10 characters"):
        next(lines)


def test_lines_that_came_together(monkeypatch):
    parts = iter([b"one\ntwo\nthr", b"ee", b"\n", b""])
    pipe = SimpleNamespace(buffer=SimpleNamespace(read1=lambda _: next(parts)), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", pipe)
    batches = text_sources(["-"])[0].batches()
    assert next(batches) == ["one", "two"] and list(batches) == [["three"]]
