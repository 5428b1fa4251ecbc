"""`mediakit colorize` and `mediakit translate-image` as a person types them."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


def mediakit(*args, stdin=None):
    command = [sys.executable, "-m", "mediakit", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


@pytest.fixture
def photos(tmp_path):
    """Photos as JPEG and as PNG, two of one stem, and a file that is no photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    image = Image.fromarray(np.arange(0, 240, 5, dtype=np.uint8).repeat(32).reshape(48, 32))
    for name in ("a.jpg", "a.png", "b.tif"):
        image.save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


def test_one_photo(photos, tiny_colorize, tmp_path):
    done = mediakit("colorize", photos / "a.jpg", "--out-dir", tmp_path / "out", "--model", tiny_colorize)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.decode() == f"{tmp_path / 'out' / 'a.jpg'}\n"
    with Image.open(tmp_path / "out" / "a.jpg") as made:
        assert made.format == "JPEG" and made.size == (32, 48) and made.mode == "RGB"


def test_a_folder_with_a_broken_file(photos, tiny_colorize, tmp_path):
    out, log = tmp_path / "out", tmp_path / "done.jsonl"
    arguments = ["colorize", photos, "--out-dir", out, "--json", "-o", log, "--resume", "--model", tiny_colorize]
    done = mediakit(*arguments)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert done.returncode == 1 and b"broken.jpg: is not an image" in done.stderr and b"1 of 4 images failed" in done.stderr
    assert [row.get("file") for row in rows] == [str(out / "a.jpg"), str(out / "a-2.png"), str(out / "b.png"), None]
    assert sorted(path.name for path in out.iterdir()) == ["a-2.png", "a.jpg", "b.png"]
    (out / "b.png").unlink()
    done = mediakit(*arguments)
    assert b"4 images done before" in done.stderr and not (out / "b.png").exists()


def test_a_photo_on_standard_input(photos, tiny_colorize, tmp_path):
    done = mediakit("colorize", "-", "--out-dir", tmp_path, "--model", tiny_colorize, stdin=(photos / "a.png").read_bytes())
    assert done.returncode == 0 and (tmp_path / "standard input.png").exists()


def test_a_photo_is_never_overwritten(photos, tiny_colorize):
    before = (photos / "a.jpg").read_bytes()
    done = mediakit("colorize", photos / "a.jpg", "--out-dir", photos, "--model", tiny_colorize)
    assert done.returncode == 1 and b"would be overwritten; give another folder with --out-dir" in done.stderr
    assert (photos / "a.jpg").read_bytes() == before


def test_what_cannot_be_done_is_one_line(photos, tiny_colorize, tiny_inverter, tmp_path):
    for arguments, code, message in (
        (["colorize", "absent.jpg", "--model", tiny_colorize], 1, "mediakit: absent.jpg: no such file"),
        (["colorize", photos / "a.jpg", "--model", tiny_inverter], 1, "that is mediakit translate-image"),
        (["translate-image", photos / "a.jpg", "--model", tiny_colorize], 1, "that is mediakit colorize"),
        (["colorize", photos / "a.jpg", "--saturation", "nan", "--model", tiny_colorize], 2, "not a finite number"),
        (["colorize", photos / "a.jpg", "--out-dir", photos / "a.jpg", "--model", tiny_colorize], 1, "is a file, not a folder"),
    ):
        done = mediakit(*arguments, *(["--out-dir", tmp_path / "out"] if "--out-dir" not in arguments else []))
        assert done.returncode == code and message in done.stderr.decode(), done.stderr
        assert code == 2 or done.stderr.count(b"\n") == 1


def test_translate_image(photos, tiny_inverter, tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (20, 30), (255, 0, 90)).save(file, "PNG")
    done = mediakit("translate-image", "-", "--out-dir", tmp_path, "--json", "--model", tiny_inverter, stdin=file.getvalue())
    row = json.loads(done.stdout)
    assert done.returncode == 0 and (row["path"], row["width"], row["height"]) == ("-", 20, 30)
    with Image.open(row["file"]) as made:
        assert made.getpixel((10, 10)) == (0, 255, 165)
