"""`mediakit gesture`: classes of films over time, with the model that names the strongest colour."""

import json
import subprocess
import sys

import pytest
from fixtures_models import colour_photo
from PIL import Image


def mediakit(*args):
    return subprocess.run([sys.executable, "-m", "mediakit", "gesture", *map(str, args)], capture_output=True, timeout=60, check=False)


@pytest.fixture
def film(tmp_path):
    """Ten seconds of frames: five red, five blue."""
    (tmp_path / "film").mkdir()
    frames = [Image.fromarray(colour_photo(colour, 64)) for colour in ["red"] * 5 + ["blue"] * 5]
    for i, frame in enumerate(frames):
        frame.putpixel((i, 0), (255, 255, 255))  # GIF merges frames that are equal
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:], duration=1000)
    frames[0].save(tmp_path / "red.png")
    return tmp_path / "film.gif"


def test_events_of_a_film_and_its_timeline(film, tiny_classification):
    options = ("--model", tiny_classification, "--threshold", "0.4", "--smoothing", "0")
    done = mediakit(film, "--json", "--timeline", film.parent / "line.png", *options)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 0 and [row["label"] for row in rows] == ["red", "blue"]
    assert rows[0].keys() == {"path", "label", "start", "end", "probability"} and rows[0]["end"] == pytest.approx(5, abs=1)
    assert Image.open(film.parent / "line.png").width > 1000


def test_photos_and_bad_files(film, tiny_classification):
    (film.parent / "broken.mp4").write_bytes(b"no film")
    done = mediakit(film.parent / "red.png", film.parent / "broken.mp4", "absent.mp4", "--model", tiny_classification, "--threshold", "0.4")
    assert done.returncode == 1 and done.stdout.decode().split("\t")[1] == "red"
    lines = done.stderr.decode().splitlines()
    assert "is not a video" in lines[0] and "no such file" in lines[1] and "2 of 3 files failed" in lines[2]


def test_usage(film, tiny_classification):
    assert b"give films or photos, or --camera" in mediakit().stderr
    assert mediakit(film, "--camera", "0").returncode == mediakit("-").returncode == 2
    done = mediakit("--camera", "/dev/no-camera", "--model", tiny_classification)
    assert done.returncode == 1 and b"cannot be opened" in done.stderr and len(done.stderr.splitlines()) == 1
