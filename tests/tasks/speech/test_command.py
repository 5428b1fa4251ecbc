"""`mediakit say` as a person types it."""

import io
import json
import subprocess
import sys
import wave

import numpy as np
import pytest
from fixtures_models import DATA
from PIL import Image

from mediakit.media.sound import read_sound, write_wav

COMMAND = [sys.executable, "-m", "mediakit", "say"]


def say(*args):
    return subprocess.run([*COMMAND, *map(str, args), "--model", DATA / "tiny_speech"], capture_output=True, timeout=120, check=False)


def test_a_file_a_line_and_a_picture(tmp_path):
    done = say("20 26", "-o", tmp_path / "a.wav", "--plot", tmp_path / "a.png", "--speaker", "ada", "--json")
    assert done.returncode == 0 and not done.stderr
    row = json.loads(done.stdout)
    assert set(row) == {"path", "text", "words", "speaker", "seconds", "rate", "seed"} and row["words"] == ["2", "0", "2", "6"]
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getframerate() == 8000 and file.getnframes() == pytest.approx(row["seconds"] * 8000, abs=4)
    assert Image.open(tmp_path / "a.png").width > 100


def test_to_a_pipe_and_from_a_minus_sign(tmp_path):
    done = say("-12.5", "-o", "-", "--seed", 3)
    assert done.returncode == 0 and not done.stderr
    with wave.open(io.BytesIO(done.stdout)) as file:
        assert file.getnframes() > 3 * 800
    say("125", "-o", tmp_path / "a.wav", "--seed", 3)
    assert (tmp_path / "a.wav").read_bytes() == done.stdout


def test_several_candidates_are_those_of_the_next_seeds(tmp_path):
    assert len(say("7", "-o", tmp_path / "a.wav", "--n", 2).stdout.splitlines()) == 2
    say("7", "-o", tmp_path / "b.wav", "--seed", 1)
    assert (tmp_path / "a-2.wav").read_bytes() == (tmp_path / "b.wav").read_bytes() != (tmp_path / "a-1.wav").read_bytes()


def test_a_beginning_is_continued(tmp_path):
    with open(tmp_path / "start.wav", "wb") as file:
        write_wav(0.2 * np.sin(np.arange(2000) / 3), 8000, file)
    assert say("7", "-o", tmp_path / "a.wav", "--continue", tmp_path / "start.wav").returncode == 0
    start, whole = (read_sound((tmp_path / name).read_bytes(), name, 8000) for name in ("start.wav", "a.wav"))
    assert len(whole) > 2500
    np.testing.assert_allclose(whole[:2000], start, atol=0.01)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["hello", "-o", "{}/a.wav"], 1),
        (["7", "-o", "{}/no/a.wav"], 1),
        (["7", "-o", "{}/a.wav", "--speaker", "zed"], 1),
        (["7", "-o", "{}/a.wav", "--continue", "{}/none.wav"], 1),
        (["7", "-o", "{}/a.wav", "--continue", "{}/text.wav"], 1),
        (["7", "-o", "{}/a.mp3"], 2),
        (["7", "-o", "-", "--json"], 2),
        (["7", "-o", "{}/a.wav", "--temperature", "0"], 2),
        (["7", "-o", "{}/a.wav", "--pause", "-1"], 2),
        (["7"], 2),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(args, code, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    done = say(*(one.format(tmp_path) for one in args))
    lines = done.stderr.decode().strip().splitlines()
    assert done.returncode == code and "Traceback" not in done.stderr.decode() and (code == 2 or len(lines) == 1)
    assert not (tmp_path / "a.wav").exists()
