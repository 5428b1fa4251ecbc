import json

import numpy as np
import pytest
from click.testing import CliRunner
from fixtures_models import DATA

from mediakit.cli import mediakit

MODEL = ["--model", str(DATA / "tiny_traffic")]
SPEEDS = np.random.default_rng(0).uniform(30, 60, (30, 4)).round(2)
TEXT = "a,b,c,d\n" + "".join(",".join(map(str, row)) + "\n" for row in SPEEDS)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "speeds.csv").write_text(TEXT)
    (tmp_path / "adjacency.csv").write_text("1,1,0,0\n1,1,1,0\n0,1,1,1\n0,0,1,1\n")
    return tmp_path


def run(files, *arguments, text=None):
    done = CliRunner().invoke(mediakit, ["traffic", *(str(argument).format(files=files) for argument in arguments), *MODEL], input=text)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_csv_and_json_say_the_same(files):
    rows = run(files, "{files}/speeds.csv", "--roads", "{files}/adjacency.csv").stdout.splitlines()
    lines = [json.loads(line) for line in run(files, "{files}/speeds.csv", "--json").stdout.splitlines()]
    assert rows[0] == "road,minutes,time,speed,usual,free_flow" and len(rows) == 1 + 4 * 12
    assert [line["road"] for line in lines] == ["a", "b", "c", "d"] and len(lines[0]["forecast"]) == 12
    assert rows[3].split(",") == ["a", "15", "", str(lines[0]["forecast"][2]), str(lines[0]["usual"][2]), "60.0"]


def test_rolling_and_following_say_the_same(files):
    rolled = run(files, "{files}/speeds.csv", "--rolling", "--json").stdout.splitlines()
    assert [json.loads(line)["origin"] for line in rolled] == list(range(11, 30))
    assert np.shape(json.loads(rolled[0])["forecast"]) == (12, 4)
    assert run(files, "-", "--follow", "--json", text=TEXT).stdout.splitlines() == rolled
    assert run(files, "-", "--rolling", "--json", text=TEXT).stdout.splitlines() == rolled
    table = run(files, "{files}/speeds.csv", "--rolling").stdout.splitlines()
    assert table[0] == "origin,road,minutes,speed" and len(table) == 1 + 19 * 4 * 12


def test_influence_is_said_by_both_measures(files):
    done = run(files, "{files}/speeds.csv", "--influence", "2", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["road"] for line in lines} == {"b", "c"} and "rank correlation" in done.stderr


def test_unusual_roads(files):
    broken = SPEEDS.copy()
    broken[-12:, 1] = 44
    (files / "speeds.csv").write_text("a,b,c,d\n" + "".join(",".join(map(str, row)) + "\n" for row in broken))
    lines = [json.loads(line) for line in run(files, "{files}/speeds.csv", "--anomalous", "--json").stdout.splitlines()]
    assert {"road": "b", "what": "stuck"}.items() <= lines[0].items() and lines[0]["score"] is None


@pytest.mark.parametrize("name", ["map.png", "map.html"])
def test_maps(files, name):
    (files / "positions.csv").write_text("name,x,y\na,0,0\nb,1,0\nc,2,1\nd,3,1\n")
    done = run(files, "{files}/speeds.csv", "--map", "{files}/" + name, "--positions", "{files}/positions.csv")
    assert done.exit_code == 0 and (files / name).stat().st_size > 1000


@pytest.mark.parametrize(
    "arguments",
    [
        ["{files}/speeds.csv", "--rolling", "--anomalous"],
        ["{files}/speeds.csv", "--follow"],
        ["{files}/speeds.csv", "--positions", "{files}/speeds.csv"],
        ["{files}/speeds.csv", "--rolling", "--map", "map.png"],
        ["{files}/speeds.csv", "--map", "map.jpg"],
        ["{files}/speeds.csv", "--influence", "0"],
    ],
)
def test_options_that_do_not_fit_are_usage_errors(files, arguments):
    assert run(files, *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("a,b,c,d\n1,2,3,4\n", "1 rows of readings are too few"), ("a,b\n" + "50,60\n" * 14, "give the adjacency")],
)
def test_what_cannot_be_forecast_fails_with_one_line(files, text, message):
    (files / "speeds.csv").write_text(text)
    done = run(files, "{files}/speeds.csv")
    assert done.exit_code == 1 and message in done.stderr and done.stderr.count("\n") == 1 and not done.stdout
