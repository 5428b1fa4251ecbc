"""`mediakit models`."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner
from fixtures_models import DATA

from mediakit.cli import mediakit
from mediakit.errors import ModelError
from mediakit.runtime.model_folder import open_folder, shipped


def models(*args):
    return CliRunner().invoke(mediakit, ["models", *args], catch_exceptions=False)


def test_the_table_fits_a_terminal():
    done = models()
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["model", *shipped()]
    assert max(map(len, lines)) <= 80
    cells = [[cell.strip() for cell in re.split("  +", line)] for line in lines]
    assert all(len(row) == 5 and any(map(str.isdigit, row[3])) and row[4] for row in cells[1:]), "each with its metric and licence"
    [captioning] = [row for row in cells if row[0] == "captioning"]
    assert [captioning[1], captioning[4]] == ["caption", "research"]
    assert "--card NAME" in done.stderr and "licence" in done.stderr


def test_as_json_everything():
    rows = {row["name"]: row for row in map(json.loads, models("--json").stdout.splitlines())}
    assert list(rows) == list(shipped())
    row = rows["captioning"]
    assert row["task"] == "captioning" and row["megabytes"] <= 22 and row["license"] and row["data"][0]["license"]
    assert row["headline"].startswith("CIDEr ")
    assert row["evaluations"] == open_folder("captioning").manifest["figures"] and row["command"] == "caption"


def test_a_card():
    assert models("--card", "captioning").stdout == (shipped()["captioning"] / "card.md").read_text()
    assert models("--card", "film_genres").stdout.startswith("# trailer_genre\n")


def test_a_card_of_a_wrong_name_suggests_the_right_one():
    with pytest.raises(ModelError, match="did you mean captioning"):
        models("--card", "captionin")


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """A folder of models that MEDIAKIT_MODELS names."""
    shutil.copytree(DATA / "tiny_captioning", tmp_path / "birds" / "small")
    monkeypatch.setenv("MEDIAKIT_MODELS", str(tmp_path))
    return tmp_path


def test_models_of_ones_own_are_found_by_name(own_models, samples):
    assert models().stdout.splitlines()[1].split()[:2] == ["birds/small", "caption"]
    assert next(row["name"] for row in map(json.loads, models("--json").stdout.splitlines())) == "birds/small"
    for name in ("birds/small", "small"):
        done = CliRunner().invoke(mediakit, ["caption", str(samples / "cat.jpg"), "--model", name], catch_exceptions=False)
        assert done.exit_code == 0 and done.stdout.startswith("a ")
    with pytest.raises(ModelError, match="did you mean small"):
        CliRunner().invoke(mediakit, ["caption", "a.jpg", "--model", "smal"], catch_exceptions=False)


def test_a_shipped_model_keeps_its_name(own_models):
    (own_models / "birds" / "small").rename(own_models / "captioning")
    assert open_folder("captioning").path == shipped()["captioning"]


def test_a_damaged_model_is_told_and_the_others_are_listed(own_models):
    (own_models / "broken").mkdir()
    (own_models / "broken" / "manifest.json").write_text("{")
    done = models()
    assert done.exit_code == 1 and "broken/manifest.json: not a manifest" in done.stderr and "birds/small" in done.stdout
    with pytest.raises(ModelError, match="no model 'bird'"):
        CliRunner().invoke(mediakit, ["caption", "a.jpg", "--model", "bird"], catch_exceptions=False)


def test_a_folder_of_models_that_is_not_there(monkeypatch):
    monkeypatch.setenv("MEDIAKIT_MODELS", "absent")
    with pytest.raises(ModelError, match="absent: no such folder; the environment variable MEDIAKIT_MODELS names it"):
        models()
