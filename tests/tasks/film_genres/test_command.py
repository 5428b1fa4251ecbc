"""`mediakit genre` as a person types it: a process of its own, real films, bad films, pipes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

FILMS = Path(__file__).parents[2] / "data" / "films"
FILM = FILMS / "h264.mp4"


def mediakit(*args, stdin=None, **options):
    command = [sys.executable, "-m", "mediakit", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False, **options)


def one_clear_line(done, code=1):
    """One line of error; after several films also how many of them failed."""
    lines = [line for line in done.stderr.decode().splitlines() if not line.endswith("films failed")]
    return done.returncode == code and "Traceback" not in done.stderr.decode() and len(lines) == 1


def rows(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_one_film_prints_its_genres_with_bars():
    done = mediakit("genre", FILM, "--quiet")
    assert done.returncode == 0 and done.stderr == b""
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 5 and all("█" in line or float(line.split()[1]) < 0.02 for line in lines)
    again = mediakit("genre", FILM, "--quiet", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert again.returncode == 0 and again.stdout == done.stdout  # UTF-8 whatever the locale


def test_json_has_all_genres_highest_first():
    [row] = rows(mediakit("genre", FILM, "--json"))
    assert set(row) == {"path", "genres", "frames", "seconds", "shortfall"} and row["path"] == str(FILM)
    probabilities = [genre["probability"] for genre in row["genres"]]
    assert len(probabilities) == 13 and probabilities == sorted(probabilities, reverse=True)
    assert row["frames"] == 32 and row["seconds"] == 4.0


def test_fewer_genres_and_frames():
    [row] = rows(mediakit("genre", FILM, "--json", "--top", 2, "--frames", 3, "--start", "0:01", "--end", "3.5"))
    assert len(row["genres"]) == 2 and row["frames"] == 3
    assert rows(mediakit("genre", FILM, "--json", "--threshold", 1))[0]["genres"] == []
    done = mediakit("genre", FILM, "--threshold", 1)
    assert one_clear_line(done, code=0) and b"no genre reaches the threshold 1" in done.stderr and not done.stdout
    assert rows(mediakit("genre", FILM, "--json", "--per-shot"))[0]["frames"] == 4


def test_standard_input():
    [row] = rows(mediakit("genre", "-", "--json", stdin=FILM.read_bytes()))
    assert row == {**rows(mediakit("genre", FILM, "--json"))[0], "path": "-"}
    empty = mediakit("genre", "-", stdin=b"")
    assert one_clear_line(empty) and b"standard input: is empty" in empty.stderr


@pytest.fixture
def folder(tmp_path):
    """Videos, one with a difficult name, one that is none, and a folder of frames beside them."""
    shutil.copy(FILM, tmp_path / "good ñ.mp4")
    shutil.copy(FILMS / "vp9.webm", tmp_path / "two.webm")
    (tmp_path / "bad.mp4").write_text("no film")
    (tmp_path / "frames").mkdir()
    for photo in sorted((Path(__file__).parents[3] / "samples").glob("*.jpg"))[:6]:
        shutil.copy(photo, tmp_path / "frames")
    return tmp_path


def test_a_folder_goes_on_past_bad_films(folder):
    done = mediakit("genre", folder, "--json", "--recursive")
    assert one_clear_line(done) and b"bad.mp4" in done.stderr and b"1 of 4 films failed" in done.stderr
    found = rows(done)
    assert [os.path.basename(row["path"]) for row in found] == ["bad.mp4", "good ñ.mp4", "two.webm", "frames"]
    assert set(found[0]) == {"path", "error"} and found[3]["frames"] == 6
    text = mediakit("genre", folder / "frames", folder / "two.webm", "--top", 1).stdout.decode().splitlines()
    assert len(text) == 4 and text[0].endswith("frames") and text[1].startswith("  ")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"hello", "is not a video"),
        ("cut.mov", (FILMS / "h264.mov").read_bytes()[:3000], "cut short"),
    ],
)
def test_bad_files(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    done = mediakit("genre", tmp_path / name)
    assert one_clear_line(done) and why in done.stderr.decode() and name in done.stderr.decode() and not done.stdout


def test_other_bad_input(tmp_path):
    (tmp_path / "nothing").mkdir()
    for given, why in (
        ([tmp_path / "absent.mp4"], "no such file"),
        ([tmp_path / "nothing"], "holds no films"),
        ([FILMS / "sound.m4a"], "sound only"),
        ([FILM, "--start", "1:00"], "past its end at 4.0 s"),
        ([FILM, "--model", "captioning"], "is a model of the task captioning"),
    ):
        done = mediakit("genre", *given)
        assert one_clear_line(done) and why in done.stderr.decode()


def test_a_truncated_film_is_answered_and_said_to_be(tmp_path):
    whole = (FILMS / "h264.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    done = mediakit("genre", tmp_path / "cut.mkv", "--json")
    assert done.returncode == 0 and "seconds could be read" in done.stderr.decode()
    assert "seconds could be read" in rows(done)[0]["shortfall"]
    assert mediakit("genre", tmp_path / "cut.mkv", "--quiet").stderr == b""


@pytest.mark.parametrize(
    "options",
    [
        ["--timeline", "a.jpg"],
        ["--start", "3", "--end", "2"],
        ["--frames", "0"],
        ["--frames", "x"],
        ["--threshold", "2"],
        ["--start", "x"],
        ["--end", "1:2:3:4"],
        ["--nothing"],
        ["-", "-"],
        [],
    ],
)
def test_wrong_usage(options):
    assert mediakit("genre", *([FILM] if options else []), *options).returncode == 2


def test_timeline_and_evidence(folder):
    done = mediakit("genre", folder / "frames", "--timeline", folder / "line.png", "--evidence", folder / "moments", "--top", 2)
    assert done.returncode == 0
    with Image.open(folder / "line.png") as sheet:
        assert sheet.width > 1200
    names = sorted(path.name for path in (folder / "moments" / "frames").iterdir())
    assert len(names) == 6 and all("-at-" in name and name.endswith("s.jpg") for name in names)


def test_a_time_line_for_each_of_several_films(folder):
    assert mediakit("genre", folder, "--timeline", folder / "line.png").returncode == 1
    assert {path.name for path in folder.glob("*.png")} == {"line-good ñ.png", "line-two.png"}
    assert one_clear_line(mediakit("genre", FILM, "--timeline", folder / "no" / "such" / "line.png"))
    assert one_clear_line(mediakit("genre", FILM, "--evidence", folder / "bad.mp4" / "moments"))


def test_output_is_whole_or_absent(folder):
    done = mediakit("genre", folder, "--json", "--output", folder / "genres.jsonl")
    assert done.returncode == 1 and not done.stdout and len((folder / "genres.jsonl").read_text().splitlines()) == 3
