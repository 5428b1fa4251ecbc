"""`mediakit models`."""

import json

import pytest
from click.testing import CliRunner

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
    assert all(any(character.isdigit() for character in line.split("  ")[-1]) for line in lines[1:]), "each with its metric"
    assert "--card NAME" in done.stderr and "licence" in done.stderr


def test_as_json_everything():
    rows = {row["name"]: row for row in map(json.loads, models("--json").stdout.splitlines())}
    assert list(rows) == list(shipped())
    row = rows["captioning"]
    assert row["task"] == "captioning" and row["megabytes"] <= 22 and row["license"] and row["data"][0]["license"]
    assert row["headline"].startswith("CIDEr ")
    assert row["evaluations"] == open_folder("captioning").manifest["figures"]


def test_a_card():
    assert models("--card", "captioning").stdout == (shipped()["captioning"] / "card.md").read_text()
    assert models("--card", "film_genres").stdout.startswith("# trailer_genre\n")


def test_a_card_of_a_wrong_name_suggests_the_right_one():
    with pytest.raises(ModelError, match="did you mean captioning"):
        models("--card", "captionin")
