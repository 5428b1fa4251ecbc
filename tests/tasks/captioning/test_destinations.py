"""Captions in text files beside their photos, and in the photos themselves."""

import io
import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from mediakit.console.output import Results
from mediakit.errors import InputError
from mediakit.media.metadata import description
from mediakit.tasks.captioning.destinations import PhotoMetadata, TextFiles, to_describe


@pytest.fixture
def folder(tmp_path):
    for name in ("a.jpg", "a.jpeg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_photos_of_one_stem_get_files_with_the_full_name(folder, capsys):
    photos = [folder / name for name in ("a.jpg", "a.jpeg", "b.jpg", "b.jpg")]
    out, texts = Results(io.StringIO(), unit="photo"), TextFiles(photos, "skip")
    assert to_describe(photos, [texts], out) == photos[:3]
    for photo in photos[:3]:
        texts.write(photo, photo.name)
    assert sorted(path.name for path in folder.glob("*.txt")) == ["a.jpeg.txt", "a.jpg.txt", "b.txt"]
    assert to_describe(photos, [texts], out) == []
    out.finish()
    assert "given twice" in capsys.readouterr().err
    assert texts.remark == "photos that differ only in extension get text files with the full name, such as a.jpg.txt"
    assert TextFiles(photos[2:], "skip").remark == ""


def test_a_text_in_another_encoding_stays_as_it_is(folder):
    latin = "un café\n".encode("latin-1")
    (folder / "a.txt").write_bytes(latin)
    texts = TextFiles([folder / "a.jpg"], "append")
    with pytest.raises(InputError, match=r"a\.txt: is not UTF-8 and was left as it is"):
        texts.write(folder / "a.jpg", "a coffee")
    assert (folder / "a.txt").read_bytes() == latin


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (8, 8), "red").save(path)
    path.chmod(0o640)
    return path


def test_a_description_is_skipped_overwritten_or_added_to(image):
    for existing, expected in (("skip", "one"), ("skip", "one"), ("overwrite", "two"), ("append", "two\nthree")):
        metadata = PhotoMetadata(existing)
        assert metadata.wants(image) is (existing != "skip" or description(image.read_bytes()) is None)
        metadata.write(image, expected.rpartition("\n")[2])
        assert description(image.read_bytes()) == expected
    assert image.stat().st_mode & 0o777 == 0o640 and list(image.parent.iterdir()) == [image]


def test_a_photo_behind_a_link_is_described(image):
    link = image.with_name("link.jpg")
    link.symlink_to(image)
    PhotoMetadata("skip").write(link, "red")
    assert link.is_symlink() and description(image.read_bytes()) == "red"


def test_a_format_without_descriptions_stays_as_it_is(tmp_path):
    path = tmp_path / "photo.gif"
    Image.new("RGB", (8, 8)).save(path)
    before = path.read_bytes()
    assert PhotoMetadata("skip").wants(path)
    with pytest.raises(InputError, match=r"photo\.gif: a description can be written into JPEG, PNG, WebP and TIFF only"):
        PhotoMetadata("skip").write(path, "black")
    assert path.read_bytes() == before


def test_the_command_writes_what_is_wanted(tmp_path, samples, repository):
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(samples / "cat.jpg", tmp_path / name)
    (tmp_path / "a.txt").write_text("mine\n")
    tiny = repository / "tests" / "data" / "tiny_captioning"
    command = [sys.executable, "-m", "mediakit", "caption", tmp_path, "--model", tiny, "--write-metadata"]
    done = subprocess.run([*command, "--text-files"], capture_output=True, text=True, timeout=120, check=True)
    captions = dict(line.split("\t") for line in done.stdout.splitlines())
    for name in ("a.jpg", "b.jpg"):
        assert description((tmp_path / name).read_bytes()) == captions[str(tmp_path / name)]
    assert (tmp_path / "a.txt").read_text() == "mine\n" and (tmp_path / "b.txt").exists()
    again = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert not again.stdout and "2 photos left out: described already" in again.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_names_in_another_encoding(tmp_path, samples, repository, as_json):
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    for path in (name, os.fsencode(tmp_path / "plain.jpg")):
        with open(path, "wb") as file:
            file.write((samples / "cat.jpg").read_bytes())
    tiny = repository / "tests" / "data" / "tiny_captioning"
    command = [sys.executable, "-m", "mediakit", "caption", tmp_path, name, b"absent\xe9.jpg", "--model", tiny, "--text-files"]
    command += ["--existing", "overwrite", "-o", tmp_path / "out", *["--json"] * as_json]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 1 and b"Traceback" not in done.stderr and b"absent\\udce9.jpg: no such file" in done.stderr
    lines = (tmp_path / "out").read_bytes().splitlines()
    if as_json:
        assert [os.fsencode(json.loads(line)["path"]) for line in lines] == [name, os.fsencode(tmp_path / "plain.jpg"), b"absent\xe9.jpg"]
    else:
        assert [line.split(b"\t")[0] for line in lines] == [name, os.fsencode(tmp_path / "plain.jpg")]
    assert os.path.exists(name.replace(b".jpg", b".txt"))
