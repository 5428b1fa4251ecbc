"""`mediakit sentiment` as users call it."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest
from fixtures_models import DATA

COMMAND = [sys.executable, "-m", "mediakit", "sentiment", "--model", str(DATA / "tiny_sentiment")]


@dataclass(frozen=True)
class Done:
    """A finished process: its exit code and what it printed."""

    exit_code: int
    stdout: str
    stderr: str


def run(*arguments, stdin: bytes = b"") -> Done:
    command = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def objects(result: Done) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_argument_is_one_text_with_a_line_for_each_clause():
    result = run("The food was lovely. But, the service was terrible.", "It was good")
    assert result.exit_code == 0 and result.stdout.splitlines() == [
        "positive 0.50  The food was lovely. But, the service was terrible.",
        "  positive 0.88  The food was lovely.  (lovely)",
        "  negative 0.12  But, the service was terrible.  (terrible)",
        "positive 0.82  It was good  (good)",
    ]


def test_lines_of_files_and_standard_input_keep_their_places(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfgood\r\n\r\nbad day")
    result = run(tmp_path / "a.txt")
    assert result.stdout.splitlines() == ["positive 0.82  good", "neutral 0.50  ", "negative 0.18  bad day"]
    found = objects(run("-", "--json", stdin=b"\ngood\n"))
    assert [one["text"] for one in found] == ["", "good"] and found[0]["parts"] == []
    assert sorted(found[1]) == ["label", "parts", "score", "text"]
    assert [one["path"] for one in objects(run("--json", tmp_path))] == [str(tmp_path / "a.txt")] * 3
    assert [one["path"] for one in objects(run("--json", tmp_path / "a.txt", "good"))] == [str(tmp_path / "a.txt")] * 3 + ["good"]


def test_what_cannot_be_read_is_told_and_the_rest_is_done(tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    result = run("--json", tmp_path / "latin.txt", tmp_path / "no.txt", "good")
    assert result.exit_code == 1 and len(objects(result)) == 3 and objects(result)[2]["label"] == "positive"
    assert "is not UTF-8: byte 3 is 0xe9" in result.stderr and "no.txt: no such file" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_column_of_csv(tmp_path):
    (tmp_path / "x.csv").write_text('id,review\n1,good\n2,"bad, ""really"""\n')
    result = run(tmp_path / "x.csv", "--column", "review", "--threshold", "0.82")
    assert result.stdout == 'id,review,label,score\n1,good,neutral,0.8176\n2,"bad, ""really""",neutral,0.1825\n'
    found = objects(run(tmp_path / "x.csv", "--column", "review", "--json"))
    assert [(one["text"], one["label"]) for one in found] == [("good", "positive"), ('bad, "really"', "negative")]
    result = run(tmp_path / "x.csv", "--column", "reviw")
    assert result.exit_code == 1 and "no column 'reviw'; the columns are id, review; did you mean review?" in result.stderr


def test_the_only_column_of_texts_needs_no_name(tmp_path):
    (tmp_path / "x.csv").write_text('id,review\n1,the food was good\n2,"bad, ""really"" bad"\n')
    result = run(tmp_path / "x.csv")
    assert result.stdout.splitlines()[:2] == ["id,review,label,score", "1,the food was good,positive,0.8175"]
    assert "x.csv: its texts are those of the column review; --column chooses another" in result.stderr
    result = run(tmp_path / "x.csv", "--resume", "-o", tmp_path / "y.csv")
    assert result.exit_code == 1 and "x.csv: is a table, and --resume cannot be used with tables" in result.stderr


def test_a_model_without_stars_is_told_in_one_line():
    result = run("good", "--scale", "5")
    assert result.exit_code == 1 and "tiny_sentiment gives no stars: it did not learn from graded texts" in result.stderr


def test_an_engine_gives_stars_too(tmp_path):
    (tmp_path / "reviews.txt").write_text("good food\n")
    given = [tmp_path / "reviews.txt", "--scale", "5", "--engine", "local", "-o", tmp_path / "out"]
    done = subprocess.run([sys.executable, "-m", "mediakit", "sentiment", *map(str, given)], timeout=120, check=False)
    [part] = (tmp_path / "out").glob("part-*.jsonl")
    assert done.returncode == 0 and json.loads(part.read_text())["stars"] in (4, 5)


def test_a_page_has_every_text_escaped_and_shaded(tmp_path):
    page = tmp_path / "page.html"
    result = run("A <b>good</b> day", "a bad one", "--html", page)
    assert result.exit_code == 0 and result.stdout == ""
    text = page.read_text()
    assert text.count('class="sentiment"') == 2 and "&lt;b&gt;" in text and "<b>" not in text
    assert 'title="+1.50">good</span>' in text and 'title="-1.50">bad</span>' in text


def test_an_interrupted_batch_is_resumed(tmp_path):
    lines, out = tmp_path / "lines.txt", tmp_path / "out.jsonl"
    lines.write_text("good\nbad\n")
    assert run(lines, "--json", "-o", out, "--resume").exit_code == 0
    whole = out.read_text()
    assert len(whole.splitlines()) == 2 and run(lines, "--json", "-o", out, "--resume").exit_code == 0 and out.read_text() == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["good", "--threshold", "0.4"], "0.4 is not in the range"),
        (["good", "--scale", "3"], "'3' is not '5'"),
        (["good", "--html", "x.png"], "the name must end in .html or .htm"),
        (["good", "--html", "x.html", "-o", "y.txt"], "--output needs --json"),
        (["good", "--resume"], "--resume needs --output FILE"),
        (["x.csv", "--column", "a", "--resume", "-o", "y.csv"], "--resume cannot be used with --column"),
        (["good", "-o", "x.jsonl"], "JSON only with --json"),
        (["-", "-"], "can be given once"),
    ],
)
def test_usage_errors(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.stderr
