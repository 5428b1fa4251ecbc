"""`mediakit segment` as a person types it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


def mediakit(*args, stdin=None):
    command = [sys.executable, "-m", "mediakit", "segment", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def red_left():
    photo = np.zeros((64, 96, 3), np.uint8)
    photo[:, :48] = (255, 0, 0)
    return Image.fromarray(photo)


@pytest.fixture
def photos(tmp_path):
    """Two photos of one stem, one of them turned by its EXIF orientation, and a file that is no photo."""
    (tmp_path / "photos").mkdir()
    red_left().save(tmp_path / "photos" / "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    red_left().save(tmp_path / "photos" / "a.jpg", exif=exif, quality=95)
    (tmp_path / "photos" / "broken.png").write_bytes(b"no image")
    return tmp_path / "photos"


def test_one_photo_prints_its_classes(photos, tiny_segmentation):
    done = mediakit(photos / "a.png", "--model", tiny_segmentation)
    assert done.returncode == 0 and done.stderr == b""
    assert sorted(line.partition("\t")[0] for line in done.stdout.decode().splitlines()) == ["background", "red"]


def test_files_for_every_photo_none_overwritten(photos, tiny_segmentation, tmp_path):
    folders = [argument for name in ("masks", "overlay", "cutout") for argument in (f"--{name}", tmp_path / name)]
    done = mediakit(photos, *folders, "--json", "-o", tmp_path / "found.jsonl", "--resume", "--model", tiny_segmentation)
    rows = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
    assert done.returncode == 1 and b"broken.png" in done.stderr and b"1 of 3 photos failed" in done.stderr
    assert [("error" in row, row.get("width"), row.get("height")) for row in rows] == [(False, 64, 96), (False, 96, 64), (True, None, None)]
    for name, suffix, mode in (("masks", "png", "P"), ("overlay", "jpg", "RGB"), ("cutout", "png", "RGBA")):
        for stem, size in (("a", (64, 96)), ("a-2", (96, 64))):
            with Image.open(tmp_path / name / f"{stem}.{suffix}") as image:
                assert (image.mode, image.size) == (mode, size)
        assert len(list((tmp_path / name).iterdir())) == 2
    with Image.open(tmp_path / "masks" / "a.png") as turned:
        assert np.asarray(turned)[5, 30] == 3 and np.asarray(turned)[90, 30] == 0


def test_a_photo_on_standard_input(photos, tiny_segmentation, tmp_path):
    done = mediakit("-", "--masks", tmp_path / "masks", "--model", tiny_segmentation, stdin=(photos / "a.png").read_bytes())
    assert done.returncode == 0 and (tmp_path / "masks" / "standard input.png").exists()


def test_a_film_is_drawn_at_its_own_speed(repository, tiny_segmentation, tmp_path):
    av = pytest.importorskip("av")
    film = repository / "tests" / "data" / "films" / "h264.mp4"
    done = mediakit(film, "--overlay", tmp_path, "--json", "--model", tiny_segmentation)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["frames"] > 10 and sum(each["fraction"] for each in row["segments"]) == pytest.approx(1, abs=0.01)
    with av.open(str(film)) as before, av.open(str(tmp_path / "h264.mp4")) as after:
        [old], [new] = before.streams.video, after.streams.video
        assert new.average_rate == old.average_rate and new.frames == row["frames"]
        assert (new.width, new.height) == (old.width + old.width % 2, old.height + old.height % 2)
    done = mediakit(film, "--masks", tmp_path, "--model", tiny_segmentation)
    assert done.returncode == 1 and done.stderr.decode().count("\n") == 1 and b"--overlay takes films too" in done.stderr


def test_what_is_missing_is_one_line(photos, tiny_segmentation):
    done = mediakit("absent.png", "--model", tiny_segmentation)
    assert done.returncode == 1 and done.stderr.decode().splitlines() == ["mediakit: absent.png: no such file"]
    done = mediakit(photos / "a.png", "--masks", "mask.png", "--model", tiny_segmentation)
    assert done.returncode == 2 and b"a folder is wanted" in done.stderr
