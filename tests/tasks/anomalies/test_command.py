import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from fixtures_models import DATA

from mediakit.cli import mediakit

MODEL = ["--model", str(DATA / "tiny_anomalies")]


def run(*arguments, given=None):
    return CliRunner().invoke(mediakit, ["anomalies", *map(str, arguments), *MODEL], input=given)


@pytest.fixture
def series(tmp_path):
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(600) / 7) + 0.05 * rng.normal(size=600)
    values[500] += 5
    path = tmp_path / "series.csv"
    path.write_text("value\n" + "".join(f"{value:.6f}\n" for value in values))
    return path


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_json_has_an_object_for_every_row(series):
    done = run(series, "--json")
    found = lines(done.stdout)
    assert done.exit_code == 0 and len(found) == 600 and not done.stderr
    assert set(found[0]) == {"path", "time", "value", "score", "anomaly", "expected", "interval", "channel", "why"}
    assert [row["time"] for row in found[:2]] == [1, 2] and found[500]["anomaly"]


def test_without_json_anomalies_alone_are_printed(series):
    done = run(series)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("501\t")]
    _, column, value, expected, score, reason = line.split("\t")
    assert column == "value" and float(value) > 4 and expected.startswith("expected ") and score.startswith("score 0.9") and reason


def test_standard_input_and_files_agree_and_the_state_is_gone_on_with(series, tmp_path):
    whole, text = run(series, "--json").stdout, series.read_text().splitlines()
    piped = run("-", "--json", given=series.read_text()).stdout
    assert [row["score"] for row in lines(piped)] == [row["score"] for row in lines(whole)]
    state = tmp_path / "state"
    first = run("-", "--json", "--state", state, given="\n".join(text[:301]) + "\n")
    rest = run("-", "--json", "--state", state, given="\n".join(["value", *text[301:]]) + "\n")
    assert [row["score"] for row in lines(first.stdout + rest.stdout)] == [row["score"] for row in lines(whole)]
    assert lines(rest.stdout)[0]["time"] == 301


@pytest.mark.parametrize(("rows", "options"), [(20, ()), (200, ("--train-part", "999"))])
def test_a_series_of_which_nothing_was_judged_says_so(tmp_path, rows, options):
    (tmp_path / "short.csv").write_text("x\n" + "1\n2\n" * (rows // 2))
    done = run(tmp_path / "short.csv", *options)
    assert done.exit_code == 0 and not done.stdout and "nothing was judged" in done.stderr and str(rows) in done.stderr


def test_rows_of_a_live_pipe_are_answered_at_once():
    started = [sys.executable, "-m", "mediakit", "anomalies", "-", "--json", *MODEL]
    with subprocess.Popen(started, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        running.stdin.write(b"x\n1\n")
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["value"] == 1
        running.stdin.write(b"2\n")
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["value"] == 2
        running.stdin.close()
        assert running.wait(60) == 0


def test_a_bad_file_is_one_line_and_the_others_are_done(series, tmp_path):
    (tmp_path / "words.csv").write_text("a\nb\n")
    done = run(tmp_path / "absent.csv", tmp_path / "words.csv", tmp_path, series, "--json")
    assert done.exit_code == 1 and len([row for row in lines(done.stdout) if "score" in row]) == 600
    assert len(done.stderr.splitlines()) == 4 and "3 of 4 files failed" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["-", "-"], ["-", "--train-part", "0.2"], ["a", "b", "--state", "s"], ["a", "--sensitivity", "0"], ["a", "--train-part", "1.5"],
     ["a", "--train-part", "-1"], ["a", "--plot", "a.csv"], ["a", "-o", "a.jsonl"]],
)  # fmt: skip
def test_wrong_command_lines_are_usage_errors(arguments):
    assert run(*arguments).exit_code == 2


def test_plots_and_the_training_part(series, tmp_path):
    done = run(series, "--plot", tmp_path / "plot.png", "--train-part", "0.95")
    assert done.exit_code == 0 and (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"
    assert "501\t" not in done.stdout
    assert "501\t" not in run(series, "--train-part", "550").stdout


def test_no_tensorflow(series):
    code = (
        "import mediakit, sys; from mediakit.tasks.anomalies.command import command;"
        "command(sys.argv[1:], standalone_mode=False); sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(series), *MODEL], stdout=subprocess.DEVNULL).returncode == 0
