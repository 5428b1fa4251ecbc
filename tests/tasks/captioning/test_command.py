"""`mediakit caption` as a person types it: a process of its own, real files, bad files, pipes."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from mediakit.tasks.captioning import MIN_SCORE

COMMAND = [sys.executable, "-m", "mediakit"]


def mediakit(*args, stdin=None, **options):
    return subprocess.run([*COMMAND, *map(str, args)], input=stdin, capture_output=True, timeout=120, check=False, **options)


@pytest.fixture(scope="module")
def photo(samples):
    return samples / "photographer.jpg"


@pytest.fixture
def folder(tmp_path, samples):
    """A folder with two good photos, one of them with a difficult name, and one bad one."""
    shutil.copy(samples / "photographer.jpg", tmp_path / "good ñ.jpg")
    shutil.copy(samples / "raccoon.jpg", tmp_path / "two.jpg")
    (tmp_path / "bad.jpg").write_text("no photo")
    return tmp_path


def one_clear_line(done, code=1):
    lines = done.stderr.decode().strip().splitlines()
    return done.returncode == code and "Traceback" not in done.stderr.decode() and len(lines) <= 3 and lines


def test_one_photo_prints_its_caption_alone(photo):
    done = mediakit("caption", photo, "--quiet")
    assert done.returncode == 0 and done.stderr == b""
    assert len(done.stdout.decode().splitlines()) == 1 and str(photo) not in done.stdout.decode()


def test_standard_input(photo):
    piped = mediakit("caption", "-", stdin=photo.read_bytes())
    assert piped.returncode == 0 and piped.stdout == mediakit("caption", photo).stdout
    assert one_clear_line(mediakit("caption", "-", stdin=b""))


def test_a_batch_goes_on_past_bad_files(folder):
    done = mediakit("caption", folder, "--json")
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert one_clear_line(done)
    assert [os.path.basename(row["path"]) for row in rows] == ["bad.jpg", "good ñ.jpg", "two.jpg"]
    assert set(rows[0]) == {"path", "error"} and set(rows[1]) == {"path", "caption", "log_probability", "score", "concepts", "alternatives"}


def test_alternatives(photo):
    row = json.loads(mediakit("caption", photo, "--json", "--n-best", "3").stdout)
    assert len(row["alternatives"]) == 2 and set(row["alternatives"][0]) == {"caption", "log_probability", "score"}
    assert len(mediakit("caption", photo, "--n-best", "3").stdout.decode().splitlines()) == 3


def test_a_caption_with_a_low_score_is_withheld_unless_asked_for(samples):
    photo = samples / "rocket.jpg"
    usual, every = mediakit("caption", photo), mediakit("caption", photo, "--min-score", "0")
    assert usual.stdout != every.stdout and b"1 caption has a score below 0.25" in usual.stderr and not every.stderr
    assert mediakit("caption", photo, "--n-best", "2").stdout.startswith(every.stdout)


def test_json_has_every_caption_with_its_score_unless_a_limit_is_given(samples):
    given = ("caption", samples / "rocket.jpg", "--json")
    row, limited = (json.loads(mediakit(*given, *more).stdout) for more in ((), ("--min-score", "0.3")))
    assert row["score"] == limited["score"] < MIN_SCORE and row["caption"] != limited["caption"]


def test_descriptions_withhold_doubtful_captions_beside_json_too(samples, tmp_path):
    photo = tmp_path / "rocket.jpg"
    photo.write_bytes((samples / "rocket.jpg").read_bytes())
    usual = mediakit("caption", photo).stdout.decode().strip()
    mediakit("caption", photo, "--json", "--text-files")
    written = photo.with_suffix(".txt")
    assert (written.read_text().strip() if written.exists() else "") == usual


@pytest.mark.parametrize(
    ("name", "content", "why"), [("empty.jpg", b"", "empty"), ("text.jpg", b"hello", "not an image"), ("cut.jpg", None, "damaged")]
)
def test_bad_files(tmp_path, photo, name, content, why):
    path = tmp_path / name
    path.write_bytes(photo.read_bytes()[:3000] if content is None else content)
    done = mediakit("caption", path)
    assert one_clear_line(done) and why in done.stderr.decode() and name in done.stderr.decode() and not done.stdout


def test_absent_things(tmp_path):
    (tmp_path / "nothing").mkdir()
    for given, why in (
        (tmp_path / "absent.jpg", "no such file"),
        (tmp_path / "nothing", "holds no photos"),
        (tmp_path / "*.png", "no files match"),
    ):
        done = mediakit("caption", given)
        assert one_clear_line(done) and why in done.stderr.decode()


def test_a_bomb_is_refused_and_the_limit_can_be_raised(tmp_path, photo):
    big = tmp_path / "big.png"
    Image.new("1", (12_000, 9_000)).save(big)
    done = mediakit("caption", big)
    assert one_clear_line(done) and "--max-pixels" in done.stderr.decode()
    assert mediakit("caption", big, "--max-pixels", 200_000_000).returncode == 0
    assert one_clear_line(mediakit("caption", photo, "--max-pixels", 10))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_folder(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    assert one_clear_line(mediakit("caption", tmp_path / "closed"))


@pytest.mark.parametrize(
    "options", [["--beam", "none"], ["--beam", "0"], ["--temperature", "0"], ["--existing", "what"], ["--nothing"], []]
)
def test_wrong_usage(photo, options):
    assert mediakit("caption", *([photo] if options else []), *options).returncode == 2


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        (["--temperature", "0.5"], "--sample"),
        (["--top-p", "0.9"], "--sample"),
        (["--seed", "0"], "--sample"),
        (["--existing", "skip"], "--text-files"),
    ],
)
def test_options_that_would_change_nothing(photo, options, needed):
    done = mediakit("caption", photo, *options)
    assert done.returncode == 2 and needed in done.stderr.decode()


def test_an_unknown_command_lists_the_known_ones():
    done = mediakit("captoin", "x.jpg")
    assert done.returncode == 2 and b"caption" in done.stderr


def test_text_files(folder):
    done = mediakit("caption", folder, "--text-files")
    assert done.returncode == 1
    text = folder / "two.txt"
    caption = text.read_text()
    text.write_text("mine\n")
    mediakit("caption", folder / "two.jpg", "--text-files")
    assert text.read_text() == "mine\n"
    mediakit("caption", folder / "two.jpg", "--text-files", "--existing", "append")
    assert text.read_text() == f"mine\n{caption}"
    mediakit("caption", folder / "two.jpg", "--text-files", "--existing", "overwrite")
    assert text.read_text() == caption
    assert not (folder / "bad.txt").exists()


def test_output_is_whole_or_absent(folder):
    done = mediakit("caption", folder, "--json", "--output", folder / "captions.jsonl")
    assert done.returncode == 1 and not done.stdout
    assert len((folder / "captions.jsonl").read_text().splitlines()) == 3
    assert one_clear_line(mediakit("caption", folder / "two.jpg", "--output", folder / "no" / "such" / "file"))
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_explain_draws_each_photo(folder):
    done = mediakit("caption", folder, "--explain", folder / "why")
    assert done.returncode == 1
    assert sorted(path.name for path in (folder / "why").iterdir()) == ["good ñ.png", "two.png"]
    with Image.open(folder / "why" / "two.png") as picture:
        assert picture.width > 300


def test_explain_where_nothing_can_be_written(photo, tmp_path):
    (tmp_path / "file").write_text("")
    assert one_clear_line(mediakit("caption", photo, "--explain", tmp_path / "file" / "why"))


def test_a_damaged_model(photo, tmp_path):
    from mediakit.runtime.model_folder import shipped

    shutil.copytree(shipped()["captioning"], tmp_path / "model")
    with open(tmp_path / "model" / "decoder.tflite", "ab") as file:
        file.write(b"x")
    done = mediakit("caption", photo, "--model", tmp_path / "model")
    assert one_clear_line(done) and "decoder.tflite" in done.stderr.decode()
    assert one_clear_line(mediakit("caption", photo, "--model", "nothing"))


def test_a_reader_that_leaves_early(folder):
    command = f"{sys.executable} -m mediakit caption {' '.join(repr(str(folder / 'two.jpg')) for _ in range(30))} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120, check=False)
    assert done.stderr == b"" and len(done.stdout.splitlines()) == 1


def test_debug_shows_where(photo, tmp_path):
    done = mediakit("caption", photo, "--model", "nothing", env={**os.environ, "MEDIAKIT_DEBUG": "1"})
    assert b"Traceback" in done.stderr
