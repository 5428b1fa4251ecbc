"""Photos and films that a command is given."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from mediakit.console.path_input import StandardInput, is_one_file, is_video, item_name, near_file, photo_items, standard_input_file
from mediakit.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cat.jpg", "dog.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_paths_become_items_of_a_stream(folder):
    items, _ = photo_items(["-", "cat.jpg", "*.jpg", "cta.jpg", "*.png"], recursive=False)
    assert [isinstance(item, Path) for item in items] == [False, True, True, True, False, False]
    assert isinstance(items[0], StandardInput) and all(isinstance(item, InputError) for item in items[4:])
    assert [item_name(item) for item in items] == ["-", "cat.jpg", "cat.jpg", "dog.jpg", "cta.jpg", "*.png"]
    assert str(items[4]) == "cta.jpg: no such file; did you mean cat.jpg?"
    with pytest.raises(click.UsageError, match="once"):
        photo_items(["-", "-"], recursive=False)


@pytest.mark.parametrize(
    ("paths", "alone"),
    [(["cat.jpg"], True), (["./cat.jpg"], True), (["-"], True), (["c*.jpg"], False), (["."], False), (["cat.jpg"] * 2, False)],
)
def test_only_a_single_file_needs_no_path(folder, paths, alone):
    assert is_one_file(paths, photo_items(paths, recursive=False).items) is alone


def test_videos_are_known_by_their_names():
    assert is_video(Path("film.MP4"))
    for item in (Path("moving.gif"), Path("photo.jpg"), StandardInput(), InputError("absent.mp4: no such file")):
        assert not is_video(item)


def test_addresses_are_not_fetched(folder):
    items, _ = photo_items(["http://example.org/a.jpg?size=2", "FILE:///cat.jpg"], recursive=False)
    assert [item_name(item) for item in items] == ["http://example.org/a.jpg?size=2", "FILE:///cat.jpg"]
    assert all("URLs are not fetched" in str(item) for item in items)


def test_photos_that_cannot_be_read_are_told(folder):
    (folder / "e.svg").write_bytes(b"")
    items, left_out = photo_items(["."], recursive=False)
    assert [item.name for item in items] == ["cat.jpg", "dog.jpg"] and left_out.startswith("left out: 1 .svg")


def test_near_files(folder):
    assert near_file("dgo.jpg") == "; did you mean dog.jpg?"
    assert near_file(str(folder / "note.txt")) == f"; did you mean {folder / 'notes.txt'}?"
    assert near_file("elephant.jpg") == near_file("no/such/folder.jpg") == near_file("a\0b") == ""


def test_standard_input_is_kept(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"bytes")))
    given = StandardInput()
    assert given.read() == given.read() == b"bytes"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"film")))
    with standard_input_file() as path:
        assert path.read_bytes() == b"film"
    assert not path.exists()
