"""Files are whole or absent, and hold what their names promise."""

import os
import re

import click
import pytest

from mediakit.console.files import OutputFile, OutputFolder, UniqueNames, check_json_ending, check_place, make_folder, whole_file
from mediakit.errors import InputError


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (OutputFile(".mid", ".midi"), ["a.mid", "a.MIDI", "a", "-"], ["a.mp3", "a.mid.txt"]),
        (OutputFile(".png", ".jpg", choose=True), ["a.png", "b.c.jpg", "-", os.devnull], ["a", "a.gif", "a.xyz"]),
        (OutputFile(), ["a.txt", "a.de", "a", "a.jsonl", "-"], ["a.png", "a.mp3", "a.PDF"]),
        (OutputFolder(), ["a", "v1.2"], ["a.png"]),
    ],
)
def test_a_name_that_promises_another_format_is_refused(kind, good, bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in good:
        assert str(kind.convert(name, None, None)) == name
    for name in bad:
        with pytest.raises(click.BadParameter, match=re.escape(name)):
            kind.convert(name, None, None)


def test_json_is_written_to_files_that_promise_it(tmp_path):
    for name, as_json in (("a.jsonl", True), ("a.json", True), ("a.txt", True), ("a.txt", False), ("a.tsv", False)):
        check_json_ending(tmp_path / name, as_json)
    for name, as_json in (("a.jsonl", False), ("a.json", False), ("a.csv", True)):
        with pytest.raises(click.UsageError, match=name):
            check_json_ending(tmp_path / name, as_json)


def test_a_file_is_whole_or_absent(tmp_path):
    path = tmp_path / "file"

    def fails_half_way():
        with whole_file(path) as file:
            file.write("half")
            raise InputError("bad")

    with pytest.raises(InputError):
        fails_half_way()
    assert not list(tmp_path.iterdir())
    with whole_file(path, "wb") as file:
        file.write(b"all")
        assert not path.exists()
    assert path.read_bytes() == b"all" and list(tmp_path.iterdir()) == [path]


def test_places_are_checked_before_the_work(tmp_path):
    check_place(tmp_path / "file")
    check_place(None)
    with pytest.raises(InputError, match="there is no folder"):
        check_place(tmp_path / "no" / "file")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        make_folder(tmp_path / "file" / "folder")


def test_unique_names():
    names = UniqueNames()
    assert [names.of(path) for path in ("a/x.jpg", "b/x.jpg", "x.png", "y.jpg", "-")] == ["x", "x-2", "x-3", "y", "standard input"]
