"""`mediakit search`: photos by what they show, from an index that is kept up to date."""

import json
import shutil

import pytest
from click.testing import CliRunner

from mediakit.cli import mediakit
from mediakit.errors import InputError


@pytest.fixture
def photos(samples, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("cat.jpg", "coffee.jpg", "photographer.jpg"):
        shutil.copy(samples / name, folder)
    return folder


@pytest.fixture
def search(photos, tmp_path):
    def run(*args):
        arguments = ["search", str(photos), *map(str, args), "--index", str(tmp_path / "index.sqlite")]
        return CliRunner().invoke(mediakit, arguments, catch_exceptions=False)

    return run


def test_photos_are_found_by_their_captions(search, photos):
    captions = {
        row["path"]: row["caption"]
        for row in map(json.loads, CliRunner().invoke(mediakit, ["caption", str(photos), "--json"]).stdout.splitlines())
    }
    word = max(captions[str(photos / "cat.jpg")].split(), key=len)
    rows = [json.loads(line) for line in search(word, "--json").stdout.splitlines()]
    assert str(photos / "cat.jpg") in [row["path"] for row in rows]
    assert all(row["caption"] == captions[row["path"]] for row in rows)


def test_the_index_is_brought_up_to_date(search, photos):
    assert "index: added 3, removed 0, unchanged 0" in search().stderr
    assert search().stderr == ""
    (photos / "coffee.jpg").unlink()
    shutil.copy(photos / "cat.jpg", photos / "cat again.jpg")
    assert "index: added 1, removed 1, unchanged 2" in search().stderr
    (photos / "cat again.jpg").unlink()
    assert search("zebra", "--no-update").stderr == "mediakit: no photo matches\n"


def test_renamed_photos_are_not_captioned_again(search, photos):
    search()
    (photos / "coffee.jpg").rename(photos / "cup.jpg")
    assert "index: added 0, removed 0, renamed 1, unchanged 2" in search().stderr


def test_a_folder_without_photos_keeps_its_index(search, photos, tmp_path):
    search()
    photos.rename(tmp_path / "elsewhere")
    photos.mkdir()
    with pytest.raises(InputError, match="holds no photos"):
        search("cat")
    photos.rmdir()
    (tmp_path / "elsewhere").rename(photos)
    assert search().stderr == ""


def test_similar_photos(search, photos):
    first, *others = search("--similar", photos / "cat.jpg").stdout.splitlines()
    assert first.startswith(str(photos / "cat.jpg")) and len(others) == 2
    assert len(search("--similar", photos / "cat.jpg", "--limit", 1).stdout.splitlines()) == 1


def test_a_photo_that_cannot_be_read_is_left_out_and_counted(search, photos):
    (photos / "broken.jpg").write_bytes(b"broken")
    first = search()
    assert first.exit_code == 0
    assert f"{photos / 'broken.jpg'}: " in first.stderr and "1 photo left out: not readable" in first.stderr
    assert search().stderr == "mediakit: 1 photo left out: not readable\n"


def test_wrong_usage(search, photos, tmp_path):
    assert search("a cat", "--similar", photos / "cat.jpg").exit_code == 2
    assert CliRunner().invoke(mediakit, ["search", str(tmp_path / "absent"), "cat"]).exit_code == 1
    with pytest.raises(InputError, match="there is no index yet; search once without --no-update"):
        search("cat", "--no-update")
    (tmp_path / "index.sqlite").write_bytes(b"something else")
    with pytest.raises(InputError, match="index"):
        CliRunner().invoke(mediakit, ["search", str(photos), "cat", "--index", str(tmp_path / "index.sqlite")], catch_exceptions=False)
