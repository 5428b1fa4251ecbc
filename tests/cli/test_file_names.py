"""File names that are not UTF-8, in every command: results hold their bytes, or an escape that gives them back."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

ODD = os.fsdecode(b"caf\xe9")


@pytest.fixture
def folder(tmp_path, samples):
    shutil.copy(samples / "cat.jpg", tmp_path / f"{ODD}.jpg")
    frames = [Image.effect_noise((64, 64), 90) for _ in range(3)]
    frames[0].save(tmp_path / f"{ODD}.gif", save_all=True, append_images=frames[1:], duration=500)
    (tmp_path / f"{ODD}.txt").write_text("Ada Lovelace worked in London.\n")
    return tmp_path


def run(folder, *arguments):
    command = [sys.executable, "-m", "mediakit", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("command", "suffix", "model"),
    [
        ("caption", ".jpg", "tiny_captioning"),
        ("classify", ".jpg", "tiny_classification"),
        ("segment", ".jpg", "tiny_segmentation"),
        ("genre", ".gif", None),
        ("translate", ".txt", "tiny_translation"),
        ("entities", ".txt", "tiny_named_entities"),
    ],
)
def test_a_batch(folder, repository, command, suffix, model):
    model = ["--model", repository / "tests" / "data" / model] if model else []
    arguments = [command, f"{ODD}{suffix}", f"absent-{ODD}{suffix}", *model]
    for more in ([], ["-o", f"{ODD}.out"], ["--json"]):
        done = run(folder, *arguments, *more)
        assert done.returncode == 1 and b"Traceback" not in done.stderr
        assert f"absent-caf\\udce9{suffix}: no such file".encode() in done.stderr
    errors = [line for line in map(json.loads, done.stdout.splitlines()) if "error" in line]
    assert [os.fsencode(line["path"]) for line in errors] == [os.fsencode(f"absent-{ODD}{suffix}")]


@pytest.mark.parametrize("command", [["compose", "-o", f"{ODD}.mid"], ["synthesize", "-o", f"{ODD}.png"]])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_what_is_made(folder, command, more):
    done = run(folder, *command, *more)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert (folder / command[-1]).exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["caption", f"{ODD}.jpg", "--model", ODD],
        ["compose", "--harmonise", f"{ODD}.mid", "-o", "out.mid"],
        ["evaluate", "captioning", "--data", ODD, "--split", "dev"],
        ["train", "lenet", "--data", ODD, "--out", "run"],
        ["export", ODD, "--out", "model"],
        [ODD],
    ],
)
def test_what_is_missing(folder, arguments):
    done = run(folder, *arguments)
    assert done.returncode in (1, 2) and b"Traceback" not in done.stderr and b"caf\\udce9" in done.stderr


def test_training(tmp_path):
    pytest.importorskip("tensorflow", reason="training needs the extra train")
    for name in (f"{ODD} 1", f"{ODD} 2"):
        (tmp_path / ODD / name).mkdir(parents=True)
        for i in range(6):
            Image.effect_noise((16, 16), 90).save(tmp_path / ODD / name / f"{ODD}{i}.png")
    done = run(tmp_path, "train", "lenet", "--data", ODD, "--out", f"{ODD}-run", "--set", "epochs=1")
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, "classify", tmp_path / ODD / f"{ODD} 1", "--model", f"{ODD}-run/model", "--top", "1")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 6


@pytest.mark.parametrize(
    ("command", "suffix", "model", "options"),
    [
        ("caption", ".jpg", "tiny_captioning", ()),
        ("classify", ".jpg", "tiny_classification", ()),
        ("detect", ".jpg", "tiny_detection", ("--threshold", "0.001")),
        ("segment", ".jpg", "tiny_segmentation", ()),
        ("colorize", ".jpg", "tiny_colorize", ()),
        ("entities", ".txt", "tiny_named_entities", ()),
    ],
)
def test_a_name_with_line_breaks_stays_on_one_line(folder, repository, command, suffix, model, options):
    names = {f"a\nb{suffix}": f"a\\nb{suffix}", f"c\x1b[31m{suffix}": f"c\\x1b[31m{suffix}"}
    for name in names:
        shutil.copy(folder / f"{ODD}{suffix}", folder / name)
    done = run(folder, command, *names, "--model", repository / "tests" / "data" / model, *options)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0 and b"\x1b" not in done.stdout
    assert all(any(line.startswith(shown) for line in lines) for shown in names.values())
    if command == "caption":
        assert run(folder, command, "no\n.jpg").stderr.startswith(b"mediakit: no\\n.jpg: no such file")
