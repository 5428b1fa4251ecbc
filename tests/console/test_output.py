"""The results of a batch: what is printed where, what is counted, and the exit code."""

import io
import json
import os
from pathlib import Path

import click
import pytest

from mediakit.console.output import Results, results
from mediakit.errors import InputError

STREAM = [(Path("a"), 1), (Path("b"), InputError("b: is bad")), (InputError("c: is missing"), InputError("c: is missing")), (Path("d"), 4)]


def finished(out, capsys):
    """The exit code and standard error."""
    code = 0
    try:
        out.finish()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    return code, capsys.readouterr().err.splitlines()


def test_a_batch_goes_on_past_failures_and_counts_them(capsys):
    file = io.StringIO()
    out = Results(file, as_json=True, unit="photo")
    for item, number in out.successes(STREAM):
        out.give("", {"path": str(item), "number": number})
    rows = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [row["path"] for row in rows] == ["a", "b", "c", "d"] and rows[2]["error"] == "is missing"
    assert finished(out, capsys) == (1, ["mediakit: b: is bad", "mediakit: c: is missing", "mediakit: 2 of 4 photos failed"])


def test_a_single_failure_is_not_counted(capsys):
    out = Results(io.StringIO())
    assert list(out.successes(STREAM[1:2])) == []
    assert finished(out, capsys) == (1, ["mediakit: b: is bad"])


def test_what_goes_wrong_with_a_result_is_that_items_failure(capsys):
    out = Results(io.StringIO(), unit="film")
    for item in out.counted(["a", "b"]):
        with out.catching(item):
            if item == "a":
                raise OSError(28, "No space left on device", "a.png")
            out.give(item, {})
    assert finished(out, capsys) == (1, ["mediakit: a.png: No space left on device", "mediakit: 1 of 2 films failed"])
    with pytest.raises(BrokenPipeError), out.catching("c"):
        raise BrokenPipeError


def test_results_that_cannot_be_written_are_no_failure_of_an_item(capsys):
    with (
        pytest.raises(InputError, match="/dev/full: cannot be written: No space left on device"),
        results(Path("/dev/full")) as out,
        out.catching("a.png"),
    ):
        out.give("a result", {})
    assert capsys.readouterr().err == ""


def test_what_was_left_out_is_said_at_the_end(capsys):
    out = Results(io.StringIO(), unit="photo")
    out.leave_out(1, "a reason")
    out.leave_out(0, "another")
    assert capsys.readouterr().err == "" and finished(out, capsys) == (0, ["mediakit: 1 photo left out: a reason"])


def test_quiet_keeps_errors_only(capsys):
    out = Results(io.StringIO(), quiet=True)
    list(out.successes(STREAM))
    out.leave_out(3, "a reason")
    assert finished(out, capsys) == (1, ["mediakit: b: is bad", "mediakit: c: is missing"])


def test_a_file_stays_when_nothing_was_written(tmp_path):
    path = tmp_path / "out"
    path.write_text("before")

    def write(text):
        with results(path) as out:
            if text:
                out.give(text, {})
            out.fail("a", InputError("a: is bad"))

    for text, wanted in (("", "before"), ("one", "one\n")):
        with pytest.raises(click.exceptions.Exit):
            write(text)
        assert path.read_text() == wanted


def test_a_file_name_that_is_not_utf_8_comes_through(tmp_path):
    name = os.fsdecode(b"caf\xe9.jpg")
    file = io.StringIO()
    Results(file, as_json=True).give("", {"path": name, "text": "é"})
    assert os.fsencode(json.loads(file.getvalue().encode())["path"]) == b"caf\xe9.jpg"
    with results(tmp_path / "out") as out:
        out.give(name, {})
    assert (tmp_path / "out").read_bytes() == b"caf\xe9.jpg\n"
