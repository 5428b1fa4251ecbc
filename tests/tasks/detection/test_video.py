"""Objects of videos, followed from frame to frame."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from fixtures_models import DATA, black_photo
from PIL import Image

import mediakit
from mediakit.errors import InputError
from mediakit.media.image_files import write_animation
from mediakit.tasks.detection.video import detect_in_video


@pytest.fixture
def film(tmp_path):
    """Two seconds, 10 frames each: a red square stands still, a blue one is there in the second half."""
    cells = [{"red": (0, 0)}] * 10 + [{"red": (0, 0), "blue": (2, 1)}] * 10
    content = io.BytesIO()
    write_animation((Image.fromarray(black_photo(640, 320, **each)) for each in cells), content, ".mp4", 10)
    (tmp_path / "film.mp4").write_bytes(content.getvalue())
    return tmp_path / "film.mp4"


def test_frames_are_evenly_spaced_and_boxes_are_in_pixels_of_the_video(tiny_detection, film):
    frames = list(detect_in_video(mediakit.load(tiny_detection), film, fps=5))
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(10) / 5, abs=0.01)
    assert frames[0].pixels.shape == (240, 480, 3) and (frames[0].found.width, frames[0].found.height) == (640, 320)
    assert [len(frame.found.objects) for frame in frames] == [1] * 5 + [2] * 5
    [red] = frames[0].found.objects
    assert red.label == "red" and red.box == pytest.approx((0, 0, 160, 80))
    assert {(each["label"], each["track"]) for frame in frames for each in frame.to_dict()["objects"]} == {("red", 1), ("blue", 2)}
    assert len(list(detect_in_video(mediakit.load(tiny_detection), film, fps=60))) == 20


def test_what_is_no_video_is_an_error(tiny_detection, tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match=r"bad\.mp4"):
        list(detect_in_video(mediakit.load(tiny_detection), tmp_path / "bad.mp4", fps=5))


def test_the_command_prints_tracks_or_frames_and_draws(tiny_detection, film):
    def detect(*args):
        command = [sys.executable, "-m", "mediakit", "detect", "--model", tiny_detection, *args]
        return subprocess.run(list(map(str, command)), capture_output=True, timeout=60, check=False)

    done = detect(film, "--draw", film.parent / "drawn")
    assert done.returncode == 0, done.stderr
    assert [line.split("\t")[::2] for line in done.stdout.decode().splitlines()] == [["red", "0.0-1.8 s"], ["blue", "1.0-1.8 s"]]
    assert (film.parent / "drawn/film.mp4").stat().st_size > 1000
    done = detect(film, DATA / "films/sound.m4a", film.parent / "absent.mp4", "--json", "--fps", "2")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and sorted(row["path"] for row in rows if "error" in row) == sorted(
        [str(DATA / "films/sound.m4a"), str(film.parent / "absent.mp4")]
    )
    assert [row["second"] for row in rows if "second" in row] == pytest.approx([0, 0.5, 1, 1.5], abs=0.01)
