"""`--engine local`: the same answers as without it, as parts in a folder, from every kind of input."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from fixtures_models import COLOURS, DATA, colour_photo
from PIL import Image

from mediakit.cli import mediakit
from mediakit.errors import InputError

CAPTION = ["caption", "--model", str(DATA / "tiny_captioning")]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder of photos, one of them broken, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for colour in COLOURS:
        Image.fromarray(colour_photo(colour)).save(tmp_path / "photos" / f"{colour}.png")
    (tmp_path / "photos" / "broken.png").write_bytes(b"no image")
    return "photos"


def run(*arguments, code=0):
    done = CliRunner().invoke(mediakit, [str(argument) for argument in arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def spread(*arguments, code=0):
    """The rows of a command on the local engine."""
    run(*arguments, "--engine", "local", "--workers", "1", "-o", "out", code=code)
    return [json.loads(line) for part in sorted(Path("out").glob("part-*.jsonl")) for line in part.read_text().splitlines()]


def test_rows_are_those_of_json(photos):
    alone = run(*CAPTION, photos, "--json", "--min-score", "0", code=1).stdout
    assert spread(*CAPTION, photos, code=1) == [json.loads(line) for line in alone.splitlines()]
    done = CliRunner().invoke(mediakit, [*CAPTION, photos, "--engine", "local", "-o", "out"])
    assert isinstance(done.exception, InputError) and "--resume" in str(done.exception)
    done = run(*CAPTION, photos, "--engine", "local", "-o", "out", "--resume", code=1)
    assert done.stderr == "mediakit: 1 of 4 rows failed; their field `error` says why\n" and not done.stdout


@pytest.mark.parametrize(
    ("command", "model", "inputs"),
    [
        ("classify", DATA / "tiny_classification", ["photos"]),
        ("detect", DATA / "tiny_detection", ["photos", "--threshold", "0.3"]),
        ("segment", DATA / "tiny_segmentation", ["photos"]),
        ("genre", "trailer_genre", [DATA / "films" / "h264.mp4", "photos/broken.png", "--frames", 2]),
    ],
)
def test_every_command_on_files_gives_the_same_rows(photos, command, model, inputs):
    alone = run(command, *inputs, "--model", model, "--json", code=1).stdout
    assert spread(command, *inputs, "--model", model, code=1) == [json.loads(line) for line in alone.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["photos/r*.png"], ["photos/red.png"]),
        (["list.txt"], ["photos/blue.png", "absent.png"]),
        (["file://{here}/photos/g*.png"], ["file://{here}/photos/green.png"]),
        (["file://{here}/photos"], [f"file://{{here}}/photos/{name}.png" for name in ("blue", "broken", "green", "red")]),
    ],
)
def test_inputs(photos, arguments, wanted, tmp_path):
    if "file:" in arguments[0]:
        pytest.importorskip("fsspec", reason="addresses need fsspec")
    Path("list.txt").write_text("photos/blue.png\n\nabsent.png\n")
    wanted = [path.format(here=tmp_path) for path in wanted]
    failures = any("absent" in path or "broken" in path for path in wanted)
    rows = spread(*CAPTION, *(path.format(here=tmp_path) for path in arguments), code=int(failures))
    assert [row["path"] for row in rows] == wanted
    for row in rows:
        name = Path(row["path"]).stem
        assert row.get("caption", row.get("error", "")[:9]) == {"absent": "no such f", "broken": "is not an"}.get(name, f"a {name} picture")


def test_tables_in_and_out(photos):
    pa = pytest.importorskip("pyarrow", reason="Parquet needs the extra parquet")
    import pyarrow.parquet as parquet

    content = [Path("photos", f"{name}.png").read_bytes() for name in COLOURS]
    parquet.write_table(pa.table({"id": [7, 8, 9], "photo": content}), "in.parquet", row_group_size=2)
    done = CliRunner().invoke(mediakit, [*CAPTION, "in.parquet", "--engine", "local", "-o", "out"])
    assert "in.parquet: has no column 'path'; name one with --column: id, photo" in str(done.exception)
    run(*CAPTION, "in.parquet", "--column", "photo", "--engine", "local", "--workers", 1, "--parquet", "-o", "out")
    table = parquet.read_table("out").to_pydict()
    assert table["id"] == [7, 8, 9] and table["caption"] == [f"a {colour} picture" for colour in COLOURS]
    assert "photo" not in table and len(list(Path("out").glob("part-*"))) == 2, "a part spans no two row groups; bytes are not repeated"


def test_texts_are_rows_by_line(photos):
    Path("a.txt").write_text("Ada met Grace\n\nnobody\n")
    rows = spread("entities", "a.txt", "in London", "--model", DATA / "tiny_named_entities")
    assert [(row.get("path"), row.get("line"), row["text"]) for row in rows] == [
        ("a.txt", 1, "Ada met Grace"),
        ("a.txt", 3, "nobody"),
        (None, None, "in London"),
    ]
    assert [[entity["text"] for entity in row["entities"]] for row in rows] == [["Ada", "Grace"], [], ["London"]]


def test_translation_is_a_column_beside_the_text(photos):
    [row] = spread("translate", "A dog runs.", "--model", DATA / "tiny_translation")
    alone = json.loads(run("translate", "A dog runs.", "--model", DATA / "tiny_translation", "--json").stdout)
    assert row["text"] == alone["source"] and row["translation"] == alone["translation"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--explain", "why"], "--explain and --engine cannot be combined"),
        (["--min-score", "0.5"], "--min-score and --engine cannot be combined"),
        (["--address", "auto"], "--address is for --engine ray"),
        (["--engine", "spurk"], "'spurk' is not one of"),
    ],
)
def test_options_that_do_not_go_together(photos, arguments, message):
    done = run(*CAPTION, photos, "--engine", "local", "-o", "out", *arguments, code=2)
    assert message in done.stderr and not os.path.exists("out")


def test_options_of_engines_without_one(photos):
    Path("file").write_text("earlier")
    run(*CAPTION, "photos/red.png", "-o", "file")
    assert Path("file").read_text() == "a red picture\n"
    assert "--parquet is for --engine" in run(*CAPTION, photos, "--parquet", code=2).stderr
    assert "name it with --output" in run(*CAPTION, photos, "--engine", "local", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent"], "absent: no such file"),
        (["empty.txt"], "empty.txt: nothing to work on"),
        (["p*.parquet"], "p*.parquet: nothing to work on"),
        (["-"], "standard input cannot be read"),
        (["photos", "in.parquet"], "give either tables or other inputs"),
        (["photos", "--column", "x"], "--column x names a column of Parquet tables"),
        (["absent.parquet"], "absent.parquet: no such file"),
        (["broken.parquet"], "broken.parquet: is no Parquet table"),
        (["nowhere://x/a.png"], "nowhere://x/a.png: cannot be read"),
        (["file:///nowhere/a.png"], "file:///nowhere/a.png: no such file"),
    ],
)
def test_inputs_that_are_not_there_end_the_job_before_it_begins(photos, arguments, message):
    if ".parquet" in arguments[-1]:
        pytest.importorskip("pyarrow", reason="Parquet needs the extra parquet")
    if "://" in arguments[-1]:
        pytest.importorskip("fsspec", reason="addresses need fsspec")
    Path("broken.parquet").write_bytes(b"PAR1 no table")
    Path("empty.txt").touch()
    done = CliRunner().invoke(mediakit, [*CAPTION, *arguments, "--engine", "local", "-o", "out"])
    assert message in str(done.exception) and not os.path.exists("out")
