"""Which files are photos."""

import pytest

from mediakit.errors import InputError
from mediakit.media import photo_files
from mediakit.media.photo_files import describe_unreadable, find_photos, is_photo


def test_finding(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "none").mkdir()
    for name in ("b.JPG", "a.png", "notes.txt", "inner/c.webp"):
        (tmp_path / name).write_bytes(b"x")

    def names(*paths, recursive=False):
        return [item if isinstance(item, InputError) else item.name for item in find_photos([str(p) for p in paths], recursive)]

    assert names(tmp_path) == ["a.png", "b.JPG"]
    assert names(tmp_path, recursive=True) == ["a.png", "b.JPG", "c.webp"]
    assert names(tmp_path / "*.png") == ["a.png"]
    assert names(tmp_path / "absent.jpg") == ["absent.jpg"]
    [empty] = names(tmp_path / "none")
    assert "holds no photos" in str(empty)
    [nothing] = names(tmp_path / "*.bmp")
    assert "no files match" in str(nothing)


def test_a_pattern_may_match_a_folder(tmp_path):
    (tmp_path / "trip").mkdir()
    (tmp_path / "trip" / "a.png").write_bytes(b"x")
    assert [item.name for item in find_photos([str(tmp_path / "tr*")])] == ["a.png"]


def test_an_existing_name_is_not_a_pattern(tmp_path):
    (tmp_path / "a[1].png").write_bytes(b"x")
    assert [item.name for item in find_photos([str(tmp_path / "a[1].png")])] == ["a[1].png"]


def test_cyclic_links_end(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [item.name for item in find_photos([str(tmp_path)], recursive=True)] == ["a.png"]


HIDDEN = ("._a.jpg", "@eaDir/a.jpg/THUMB.jpg", ".thumbnails/a.jpg", "__MACOSX/._a.jpg", "#recycle/b.jpg", "inner/@eaDir/c.jpg")


@pytest.fixture
def drive(tmp_path):
    for name in ("a.jpg", "b.jpe", "c.jfif", "d.avif", "inner/e.jp2", "inner/f.cr2", "g.SVG", "notes.txt", *HIDDEN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_what_is_hidden_or_generated_is_no_photo(drive):
    found = [path.relative_to(drive).as_posix() for path in find_photos([str(drive)], recursive=True)]
    assert found == ["a.jpg", "b.jpe", "c.jfif", "d.avif", "inner/e.jp2"]
    assert [path.name for path in find_photos([str(drive / "**" / "*.jpg")])] == ["a.jpg"]
    assert [path.name for path in find_photos([str(drive / "@eaDir" / "a.jpg" / "*.jpg")])] == ["THUMB.jpg"]
    assert [path.name for path in find_photos([str(drive / ".thumbnails")])] == ["a.jpg"]


def test_photos_that_cannot_be_read_are_counted(drive):
    unreadable = []
    list(find_photos([str(drive)], True, unreadable))
    assert describe_unreadable(unreadable) == "left out: 1 .cr2, 1 .svg (in a format that cannot be read)"
    assert describe_unreadable([]) == ""
    (drive / "raw").mkdir()
    (drive / "raw" / "a.dng").write_bytes(b"x")
    [empty] = find_photos([str(drive / "raw")])
    assert str(empty).endswith("; left out: 1 .dng (in a format that cannot be read)")


def test_heic_needs_a_package(drive, monkeypatch):
    (drive / "i.HEIC").write_bytes(b"x")
    monkeypatch.setattr(photo_files, "SUFFIXES", photo_files._PILLOW)
    unreadable = []
    list(find_photos([str(drive)], False, unreadable))
    told = describe_unreadable(unreadable)
    assert told.startswith("left out: 1 .heic, 1 .svg (") and "pip install" in told and "[heic]" in told
    monkeypatch.setattr(photo_files, "SUFFIXES", (*photo_files._PILLOW, *photo_files._HEIF))
    assert is_photo("i.HEIC")
