"""`mediakit synthesize` as a person types it: files whole or absent, the same seed the same bytes, bad input in one line."""

import io
import json
import os
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image

COMMAND = [sys.executable, "-m", "mediakit", "synthesize"]


@pytest.fixture
def synthesize(tiny_style_gan):
    def run(*args, model=tiny_style_gan, **options):
        given = [*COMMAND, *map(str, args), *(["--model", str(model)] if model else [])]
        return subprocess.run(given, capture_output=True, timeout=120, check=False, **options)

    return run


def one_clear_line(done, why, code=1):
    text = done.stderr.decode()
    told = [line for line in text.splitlines() if line.startswith("mediakit: " if code == 1 else "Error: ")]
    return done.returncode == code and "Traceback" not in text and len(told) == 1 and why in told[0] and not done.stdout


def test_a_sheet_and_its_seeds(synthesize, tmp_path):
    done = synthesize("-o", tmp_path / "sheet.png", "--n", 6, "--seed", 3)
    assert done.returncode == 0 and done.stderr == b"" and done.stdout.decode() == f"{tmp_path / 'sheet.png'}\t6 images\tseeds 3-8\n"
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.mode == "RGBA" and sheet.width > sheet.height > 16 and sheet.getpixel((0, 0))[3] == 0
    assert synthesize("-o", tmp_path / "one.png", "--n", 1).stdout.decode() == f"{tmp_path / 'one.png'}\t1 image\tseed 0\n"
    rows = [json.loads(line) for line in synthesize("-o", tmp_path / "again.png", "--seeds", "3-8", "--json").stdout.decode().splitlines()]
    assert [row["seed"] for row in rows] == [3, 4, 5, 6, 7, 8]
    assert list(rows[0]) == ["path", "seed", "label", "truncation", "fine", "crossover"]
    assert {row["path"] for row in rows} == {str(tmp_path / "again.png")}
    assert (tmp_path / "sheet.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert synthesize("-o", "-", "--n", 6, "--seed", 3).stdout == (tmp_path / "sheet.png").read_bytes()


def test_a_file_for_each_seed_is_the_same_alone(synthesize, tmp_path):
    done = synthesize("--seeds", "1-3,20", "--out-dir", tmp_path / "a" / "b", "-o", tmp_path / "sheet.webp", "--json")
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    names = ["seed0001.png", "seed0002.png", "seed0003.png", "seed0020.png"]
    assert [os.path.basename(row["path"]) for row in rows] == sorted(os.listdir(tmp_path / "a" / "b")) == names
    contents = [(tmp_path / "a" / "b" / name).read_bytes() for name in names]
    assert len(set(contents)) == 4 and (tmp_path / "sheet.webp").exists()
    synthesize("--seed", 3, "--n", 1, "-o", tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes() == contents[2]
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.mode == "RGBA" and picture.size == (8, 8)


def test_how_pictures_look(synthesize, tmp_path):
    look = ["--label", "blue", "--truncation", 1, "--scale", 3, "--background", "white", "--columns", 4]
    done = synthesize("--n", 4, *look, "-o", tmp_path / "a.png")
    assert done.returncode == 0
    with Image.open(tmp_path / "a.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"), int)
    assert sheet.mode == "RGB" and sheet.width > 4 * 24 and 24 <= sheet.height < 36
    assert (pixels[0, 0] == 255).all() and pixels[sheet.height // 2, 14].argmax() == 2


def test_a_mixture_is_a_way_or_a_table(synthesize, tmp_path):
    rows = [json.loads(line) for line in synthesize("--mix", "1,2", "-o", tmp_path / "a.png", "--json").stdout.decode().splitlines()]
    assert [(row["seed"], row["fine"], row["crossover"]) for row in rows] == [(1, 2, crossover) for crossover in (4, 3, 2, 1, 0)]
    done = synthesize("--mix", "1-2,5-7", "-o", tmp_path / "b.png", "--out-dir", tmp_path / "b")
    assert done.stdout.decode().splitlines()[-1] == f"{tmp_path / 'b.png'}\t11 images\tmix 1-2,5-7"
    assert len(os.listdir(tmp_path / "b")) == 5 + 6 and (tmp_path / "b" / "seed0002-seed0007-2.png").exists()
    with Image.open(tmp_path / "b.png") as table:
        assert table.width > table.height and not np.asarray(table)[:8, :8, 3].any()  # no picture in the corner
    synthesize("--seed", 2, "--n", 1, "-o", tmp_path / "two.png")
    assert (tmp_path / "b" / "seed0002.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_walks(synthesize, tmp_path):
    done = synthesize("--seeds", "1-3", "--interpolate", tmp_path / "walk.gif", "--json")
    fields = json.loads(done.stdout)
    assert fields == {"path": str(tmp_path / "walk.gif"), "seeds": [1, 2, 3], "seconds": 3, "frames": 75}
    with Image.open(tmp_path / "walk.gif") as walk:
        assert walk.n_frames == 75 and walk.info["duration"] == 40 and walk.info["loop"] == 0 and walk.size == (8, 8)
    done = synthesize("--seeds", "1-2", "--interpolate", tmp_path / "walk.mp4", "--seconds", 0.5, "--fps", 12, "--scale", 4)
    assert done.stdout.decode() == f"{tmp_path / 'walk.mp4'}\t0.5 s\t2 seeds\n"
    with av.open(tmp_path / "walk.mp4") as film:
        [stream] = film.streams.video
        assert (stream.frames, stream.average_rate, stream.width) == (6, 12, 32)
    synthesize("--seeds", "1-3", "--interpolate", tmp_path / "again.gif", "-o", tmp_path / "sheet.png")
    assert (tmp_path / "again.gif").read_bytes() == (tmp_path / "walk.gif").read_bytes() and (tmp_path / "sheet.png").exists()


def test_images_are_projected_and_their_latents_mixed(synthesize, tmp_path):
    Image.new("RGB", (50, 40), "blue").save(tmp_path / "blue.jpg")
    Image.new("L", (8, 8), 200).save(tmp_path / "grey.png")
    (tmp_path / "text.png").write_text("hello")
    given = [part for name in ("blue.jpg", "text.png", "none.png", "grey.png") for part in ("--project", name)]
    done = synthesize(*given, "--out-dir", "found", "-o", "pairs.png", "--json", cwd=tmp_path)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 1 and [row["path"] for row in rows] == ["blue.jpg", "text.png", "none.png", "grey.png"]
    assert rows[0]["latent"] == "found/blue.npz" and 0 < rows[0]["error"] < 100 and "is not an image" in rows[1]["error"]
    assert sorted(os.listdir(tmp_path / "found")) == ["blue.npz", "blue.png", "grey.npz", "grey.png"]
    with Image.open(tmp_path / "pairs.png") as pairs:
        assert pairs.width == pairs.height
    done = synthesize("--mix", "found/blue.npz,7", "-o", "mix.png", "--json", cwd=tmp_path)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert {row["seed"] for row in rows} == {"found/blue.npz"} and {row["fine"] for row in rows} == {7}
    done = synthesize("--seeds", "found/blue.npz,7", "--out-dir", "drawn", "--interpolate", "walk.gif", cwd=tmp_path)
    assert done.stdout.decode().splitlines()[0] == "drawn/blue.png\tfound/blue.npz"
    assert (tmp_path / "drawn" / "blue.png").read_bytes() == (tmp_path / "found" / "blue.png").read_bytes()
    (tmp_path / "text.npz").write_text("hello")
    assert one_clear_line(synthesize("--seeds", "text.npz", "-o", "a.png", cwd=tmp_path), "text.npz: not a latent")


def test_a_dcgan_draws_and_walks_but_has_no_styles(synthesize, tiny_dcgan, tmp_path):
    done = synthesize("-o", tmp_path / "a.png", "--interpolate", tmp_path / "a.webp", "--n", 2, "--json", model=tiny_dcgan)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert rows[0]["label"] is None and rows[0]["truncation"] is None and rows[2]["frames"] == 50
    for options, why in ((["--mix", "1,2"], "styles to mix"), (["--truncation", "0.5"], "no truncation"), (["--label", "x"], "no classes")):
        assert one_clear_line(synthesize("-o", tmp_path / "b.png", *options, model=tiny_dcgan), why)
    assert not (tmp_path / "b.png").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-o", "no/a.png"], "there is no folder no"),
        (["--interpolate", "no/a.gif"], "there is no folder no"),
        (["--out-dir", "file/a"], "cannot be made"),
        (["-o", "file/a.png"], "there is no folder file"),
        (["--out-dir", "new", "--label", "mauve"], "Red & Warm, Green, Blue"),
        (["-o", "a.png", "--seeds", "1-4294967295"], "a sheet holds 4,096"),
        (["-o", "a.png", "--mix", "1-1000,1-1000"], "a sheet holds"),
        (["--interpolate", "a.gif", "--n", "4000000000"], "too long"),
        (["--interpolate", "a.gif", "--n", "300", "--seconds", "1"], "pass 300 seeds"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(synthesize, tmp_path, options, why):
    (tmp_path / "file").write_text("")
    done = synthesize(*options, cwd=tmp_path)
    assert one_clear_line(done, why), done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "tiny_style_gan"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "nothing to write"),
        (["-o", "a.bmp"], "must end in .png, .webp, .jpg or .jpeg"),
        (["-o", "a"], "must end in .png"),
        (["--interpolate", "a.png"], "must end in .gif, .webp or .mp4"),
        (["--out-dir", "a.png"], "a folder is wanted"),
        (["-o", "a.png", "--truncation", "nan"], "nan is not a finite number"),
        (["-o", "a.png", "--truncation", "3"], "0<=x<=2"),
        (["--interpolate", "a.gif", "--n", "1"], "two seeds"),
        (["-o", "a.png", "--seed", "seven"], "'seven'"),
        (["-o", "a.png", "--seed", "-1"], "--seed"),
        (["-o", "a.png", "--seeds", "1,two"], "'two' is not a seed"),
        (["-o", "a.png", "--seeds", ""], "is not a seed"),
        (["-o", "a.png", "--seeds", "1-"], "is not a seed"),
        (["-o", "a.png", "--seeds", "9-3"], "runs backwards; expected 3-9"),
        (["-o", "a.png", "--seeds", "99999999999"], "too large"),
        (["-o", "a.png", "--seed", "4294967290", "--n", "10"], "runs past the last seed, 4294967295"),
        (["--out-dir", "new", "--seed", "4294967290"], "runs past the last seed, 4294967295"),
        (["-o", "a.png", "--n", "0"], "--n"),
        (["-o", "a.png", "--n", "4", "--seeds", "1-4"], "--seeds and --n cannot be used together"),
        (["-o", "a.png", "--mix", "1"], "not two seeds"),
        (["-o", "a.png", "--mix", "1,2", "--seed", "0"], "--mix and --seed cannot be used together"),
        (["--mix", "1,2", "--interpolate", "a.gif"], "--mix and --interpolate cannot be used together"),
        (["-o", "a.png", "--truncation", "little"], "'little'"),
        (["--project", "a.png"], "nothing to write"),
        (["--project", "a.png", "-o", "b.png", "--n", "3"], "--project and --n cannot be used together"),
        (["--project", "a.png", "-o", "b.png", "--truncation", "0.5"], "--project and --truncation cannot be used together"),
        (["--project", "a.png", "-o", "-"], "without --json, --out-dir, --interpolate and --project"),
        (["-o", "b.png", "--time-limit", "3"], "give --project FILE too"),
        (["-o", "a.png", "--fps", "10"], "time a walk"),
        (["--out-dir", "a", "--columns", "3"], "arranges a sheet"),
        (["-o", "-", "--json"], "without --json"),
    ],
)
def test_wrong_usage(synthesize, tmp_path, options, why):
    assert one_clear_line(synthesize(*options, cwd=tmp_path), why, code=2)


def test_other_models(synthesize, tmp_path):
    assert one_clear_line(synthesize("-o", tmp_path / "a.png", model="nothing"), "no model 'nothing' of the task image_generation")
    done = synthesize("-o", tmp_path / "a.png", model="captioning")
    assert one_clear_line(done, "is a model of the task captioning, not of image_generation")


@pytest.mark.skipif(os.name != "posix", reason="no named pipes")
def test_a_pipe_gets_a_png(synthesize, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "copy", "wb") as file, subprocess.Popen(["cat", tmp_path / "pipe"], stdout=file) as reader:
        assert synthesize("-o", tmp_path / "pipe", "--n", 2).returncode == 0
        reader.wait(timeout=60)
    assert Image.open(io.BytesIO((tmp_path / "copy").read_bytes())).format == "PNG" and (tmp_path / "pipe").is_fifo()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written(synthesize, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    for options in (["-o", "closed/a.png"], ["--out-dir", "closed"], ["--interpolate", "closed/a.gif"]):
        assert one_clear_line(synthesize(*options, "--n", 2, cwd=tmp_path), "written")


def test_the_shipped_model(synthesize, tmp_path):
    done = synthesize("-o", tmp_path / "a.png", model=None)
    assert done.returncode == 0 and done.stderr == b"" and b"16 images" in done.stdout
    with Image.open(tmp_path / "a.png") as sheet:
        tiles = np.asarray(sheet.convert("RGBA"))[2:, 2:].reshape(4, sheet.height // 4, 4, sheet.width // 4, 4)
    assert len({tiles[row, :, column].tobytes() for row in range(4) for column in range(4)}) == 16
