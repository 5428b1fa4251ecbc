"""`mediakit classify` as a person types it."""

import json
import subprocess
import sys

import pytest
from fixtures_models import colour_photo
from PIL import Image


def mediakit(*args, stdin=None):
    command = [sys.executable, "-m", "mediakit", "classify", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "photos").mkdir()
    for colour in ("blue", "red"):
        Image.fromarray(colour_photo(colour)).save(tmp_path / "photos" / f"{colour}.png")
    return tmp_path / "photos"


def test_one_image_prints_its_classes(photos, tiny_classification):
    done = mediakit(photos / "red.png", "--model", tiny_classification, "--top", 2)
    assert done.returncode == 0 and done.stderr == b""
    assert [line.split("\t")[0] for line in done.stdout.decode().splitlines()] == ["red", "green"]


def test_several_print_paths_and_bad_files_are_reported(photos, tiny_classification):
    (photos / "broken.png").write_bytes(b"no image")
    done = mediakit(photos, "--model", tiny_classification, "--json")
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 1 and b"1 of 3 images failed" in done.stderr
    assert [row["path"].rpartition("/")[2] for row in rows] == ["blue.png", "broken.png", "red.png"]
    assert rows[2]["labels"][0]["label"] == "red" and "error" in rows[1]
    done = mediakit(photos / "red.png", photos / "blue.png", "--model", tiny_classification, "--top", 1)
    assert done.stdout.decode().splitlines()[1].startswith(f"{photos / 'blue.png'}\tblue\t")


def test_an_explanation_for_each_image(photos, tiny_classification, tmp_path):
    done = mediakit(photos, "--model", tiny_classification, "--explain", tmp_path / "why")
    assert done.returncode == 0 and sorted(path.name for path in (tmp_path / "why").iterdir()) == ["blue.png", "red.png"]


def test_a_model_of_another_task_is_refused(photos):
    done = mediakit(photos / "red.png", "--model", "captioning")
    assert done.returncode == 1 and b"is a model of the task captioning, not of classification" in done.stderr
