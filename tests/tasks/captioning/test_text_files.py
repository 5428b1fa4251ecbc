"""Captions in text files beside their photos."""

import io
import json
import os
import subprocess
import sys

import pytest

from mediakit.console.output import Results
from mediakit.errors import InputError
from mediakit.tasks.captioning.text_files import TextFiles


@pytest.fixture
def folder(tmp_path):
    for name in ("a.jpg", "a.jpeg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_photos_of_one_stem_get_files_with_the_full_name(folder, capsys):
    photos = [folder / name for name in ("a.jpg", "a.jpeg", "b.jpg", "b.jpg")]
    out, texts = Results(io.StringIO(), unit="photo"), TextFiles(photos, "skip")
    assert texts.to_write(photos, out) == photos[:3]
    for photo in photos[:3]:
        texts.write(photo, photo.name)
    assert sorted(path.name for path in folder.glob("*.txt")) == ["a.jpeg.txt", "a.jpg.txt", "b.txt"]
    assert texts.to_write(photos, out) == []
    out.finish()
    assert "photos with one stem have text files with the full name, such as a.jpg.txt" in capsys.readouterr().err


def test_a_text_in_another_encoding_stays_as_it_is(folder):
    latin = "un café\n".encode("latin-1")
    (folder / "a.txt").write_bytes(latin)
    texts = TextFiles([folder / "a.jpg"], "append")
    with pytest.raises(InputError, match=r"a\.txt: is not UTF-8 and was left as it is"):
        texts.write(folder / "a.jpg", "a coffee")
    assert (folder / "a.txt").read_bytes() == latin


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
