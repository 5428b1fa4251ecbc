"""`mediakit detect` as a person types it."""

import json
import subprocess
import sys

import pytest
from fixtures_models import black_photo
from PIL import Image


@pytest.fixture
def detect(tiny_detection):
    def run(*args, stdin=None):
        command = [sys.executable, "-m", "mediakit", "detect", "--model", tiny_detection, *args]
        return subprocess.run(list(map(str, command)), input=stdin, capture_output=True, timeout=60, check=False)

    return run


@pytest.fixture
def photos(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    Image.fromarray(black_photo(128, 64, red=(1, 1))).save(tmp_path / "a/photo.png")
    Image.fromarray(black_photo(64, 64, blue=(0, 3))).save(tmp_path / "b/photo.png")
    return tmp_path


def test_one_image_prints_its_objects(detect, photos):
    done = detect(photos / "a/photo.png")
    assert done.returncode == 0 and done.stderr == b"" and done.stdout == b"red\t0.99\t32 16 64 32\n"
    done = detect("-", stdin=(photos / "b/photo.png").read_bytes())
    assert done.stdout.startswith(b"blue\t")
    done = detect(photos / "a/photo.png", "--label", "blue")
    assert done.returncode == 0 and done.stdout == b"" and b"no object scores 0.5 or more" in done.stderr


def test_several_print_paths_and_bad_files_are_reported(detect, photos):
    (photos / "a/broken.png").write_bytes(b"no image")
    done = detect(photos, "--recursive", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and b"1 of 3 images failed" in done.stderr
    assert "error" in rows[0] and rows[1]["objects"] == [{"label": "red", "score": rows[1]["objects"][0]["score"], "box": [32, 16, 64, 32]}]
    assert (rows[1]["width"], rows[1]["height"]) == (128, 64)
    done = detect(photos / "a/photo.png", photos / "b/photo.png")
    assert done.stdout.decode().splitlines()[1].startswith(f"{photos / 'b/photo.png'}\tblue\t")


def test_images_of_one_name_are_drawn_and_cropped_apart(detect, photos):
    done = detect(photos / "a/photo.png", photos / "b/photo.png", "--draw", photos / "drawn", "--crop", photos / "cropped")
    assert done.returncode == 0
    assert sorted(file.name for file in (photos / "drawn").iterdir()) == ["photo-2.jpg", "photo.jpg"]
    with Image.open(photos / "drawn/photo.jpg") as drawn:
        assert drawn.size == (128, 64) and max(drawn.getpixel((100, 60))) < 40 and max(drawn.getpixel((33, 40))) < 40
        assert max(drawn.getpixel((33, 24))) > 100
    with Image.open(photos / "cropped/photo-1-red.jpg") as crop:
        assert crop.size == (32, 16) and crop.getpixel((16, 8))[0] > 230
    assert (photos / "cropped/photo-2-1-blue.jpg").exists()


def test_what_is_wrong_is_one_line(detect, photos):
    done = detect(photos / "absent.png")
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1
    done = detect(photos / "a/photo.png", "--label", "green")
    assert done.returncode == 1 and b"knows no class 'green'" in done.stderr
    assert detect(photos / "a/photo.png", "--threshold", "0").returncode == 2


def test_annotations_are_read_back(detect, photos, tmp_path):
    from mediakit.datasets import boxed_images

    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    for name in ("a", "b"):
        (photos / name / "photo.png").rename(folder / f"images/{name}.png")
    done = detect(folder / "images", "--yolo", folder / "labels", "--coco", folder / "instances_train.json")
    assert done.returncode == 0
    by_coco = boxed_images.read(folder)
    assert by_coco.classes == ("red", "blue")
    (folder / "instances_train.json").unlink()
    (folder / "labels/classes.txt").rename(folder / "classes.txt")
    by_yolo = boxed_images.read(folder)
    for data in (by_coco, by_yolo):
        found = {each.path.stem: (each.labels.tolist(), each.boxes.round(3).tolist()) for each in (*data.train, *data.validation)}
        assert found == {"a": ([0], [[0.25, 0.25, 0.5, 0.5]]), "b": ([1], [[0.0, 0.75, 0.25, 1.0]])}
    assert detect(folder / "images", "--coco", "-").returncode == 2
