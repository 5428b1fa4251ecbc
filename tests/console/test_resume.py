"""Batches that go on where they were interrupted, in processes that are really killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import click
import pytest

from mediakit.console.output import results
from mediakit.errors import InputError

STOPS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
COMMAND = [sys.executable, "-m", "mediakit"]


def batch(path, items, stop=None, fail=()):
    """Write a line per item, as commands do; `stop` interrupts after that many items of this call. The items that were processed."""
    processed = []
    with results(path, as_json=True, quiet=True, resume=True) as out:
        stream = ((item, InputError(f"{item}: is bad") if item in fail else item) for item in out.remaining(items))
        for item, _ in out.successes(stream):
            if len(processed) == stop:
                raise KeyboardInterrupt
            processed.append(item)
            out.give("", {"path": item})
    return processed


def paths(file):
    return [json.loads(line)["path"] for line in file.read_text().splitlines()]


def test_what_was_done_is_not_repeated(tmp_path):
    file = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        batch(file, "abcda", stop=2)
    assert not file.exists() and (tmp_path / "out.jsonl.partial").exists()
    assert batch(file, "abcda") == ["c", "d", "a"], "an item that is given twice is done twice"
    assert paths(file) == ["a", "b", "c", "d", "a"] and list(tmp_path.iterdir()) == [file]


def test_half_written_results_are_repeated(tmp_path):
    file, partial, log = (tmp_path / f"out.jsonl{end}" for end in ("", ".partial", ".partial.log"))
    with pytest.raises(KeyboardInterrupt):
        batch(file, "abc", stop=2)
    for path in (partial, log):
        with open(path, "a") as file_:
            file_.write('{"path": "')
    assert batch(file, "abc") == ["c"] and paths(file) == ["a", "b", "c"]


def test_failures_stay_failures(tmp_path):
    file = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        batch(file, "abc", stop=1, fail="a")
    with pytest.raises(click.exceptions.Exit) as end:
        batch(file, "abc", fail="a")
    assert end.value.exit_code == 1
    assert paths(file) == ["a", "b", "c"] and "error" in file.read_text().splitlines()[0]


def test_a_complete_file_is_gone_on_with(tmp_path):
    file = tmp_path / "out.jsonl"
    assert batch(file, "ab") == ["a", "b"] and batch(file, "ab") == [] and batch(file, "abc") == ["c"]
    assert paths(file) == ["a", "b", "c"]
    file.write_text("not JSON\n")
    assert batch(file, "ab") == ["a", "b"] and paths(file) == ["a", "b"]


def test_a_batch_without_results_leaves_an_earlier_file(tmp_path):
    file = tmp_path / "out.txt"
    file.write_text("earlier\n")
    with results(file, quiet=True, resume=True):
        pass
    assert file.read_text() == "earlier\n" and list(tmp_path.iterdir()) == [file]


def test_resuming_needs_a_file():
    with pytest.raises(click.UsageError, match="--resume needs --output"), results(None, resume=True):
        pass


def run(*arguments, **options):
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, timeout=120, check=False, **options)


def stopped(number, arguments, partial, lines):
    """Start a command, send it a signal once its partial results have so many lines, and return its exit code."""
    # A test run in the background ignores Ctrl-C, and so would its children.
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        while process.poll() is None and not (partial.exists() and partial.read_bytes().count(b"\n") >= lines):
            time.sleep(0.005)
        process.send_signal(number)
        _, messages = process.communicate()
    assert b"Traceback" not in messages
    return process.returncode


@pytest.fixture
def photos(tmp_path, samples):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(200):
        (folder / f"{i:03d}.jpg").symlink_to(samples / "cat.jpg")
    return folder


@pytest.mark.parametrize("number", STOPS)
def test_captions_go_on_after_a_signal(tmp_path, photos, repository, number):
    (photos / "002.jpg").unlink()
    (photos / "002.jpg").write_text("no photo")
    command = ["caption", photos, "--model", repository / "tests" / "data" / "tiny_captioning", "--json", "-q", "-o"]
    assert run(*command, tmp_path / "whole").returncode == 1
    code = stopped(number, [*command, tmp_path / "out", "--resume"], tmp_path / "out.partial", 5)
    assert code == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[number]
    done = len((tmp_path / "out.partial.log").read_text().splitlines()) - 1
    assert 5 <= done < 200, "the signal must come before the end"
    assert run(*command, tmp_path / "out", "--resume").returncode == 1
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"out", "whole", "photos"}


@pytest.mark.parametrize("as_json", [False, True])
def test_translations_go_on_after_kill(tmp_path, repository, as_json):
    texts = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for text in texts:
        text.write_text("".join(f"{i} dogs run\n" for i in range(3000)))
    texts.insert(1, tmp_path / "absent.txt")
    command = ["translate", *texts, "--model", repository / "tests" / "data" / "tiny_translation", "-q", *["--json"] * as_json, "-o"]
    assert run(*command, tmp_path / "whole").returncode == 1
    assert stopped(signal.SIGKILL, [*command, tmp_path / "out", "--resume"], tmp_path / "out.partial", 1000) == -9
    assert run(*command, tmp_path / "out", "--resume").returncode == 1
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("form", ["--json", "--iob"])
def test_entities_go_on_after_kill(tmp_path, repository, form):
    texts = [tmp_path / f"{i}.txt" for i in range(300)]
    for i, text in enumerate(texts):
        text.write_text("Ada Lovelace worked in London.\n" if i % 3 else "nothing to see\n")
    command = ["entities", *texts, "--model", repository / "tests" / "data" / "tiny_named_entities", "-q", form, "-o"]
    assert run(*command, tmp_path / "whole").returncode == 0
    assert stopped(signal.SIGKILL, [*command, tmp_path / "out", "--resume"], tmp_path / "out.partial", 5) == -9
    assert run(*command, tmp_path / "out", "--resume").returncode == 0
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


def test_other_options_do_not_go_on(tmp_path, photos, repository):
    command = ["caption", photos, "--model", repository / "tests" / "data" / "tiny_captioning", "-q", "--resume", "-o", tmp_path / "out"]
    stopped(signal.SIGKILL, command, tmp_path / "out.partial", 1)
    before = (tmp_path / "out.partial").read_bytes()
    done = run(*command, "--json")
    assert done.returncode == 1 and b"out.partial was begun with other options" in done.stderr
    assert (tmp_path / "out.partial").read_bytes() == before


def test_termination_leaves_no_temporary_file(tmp_path, photos, repository):
    (tmp_path / "out").write_text("earlier\n")
    command = ["caption", photos, "--model", repository / "tests" / "data" / "tiny_captioning", "-o", tmp_path / "out"]
    with subprocess.Popen([*COMMAND, *map(str, command)], stderr=subprocess.PIPE) as process:
        while process.poll() is None and len(os.listdir(tmp_path)) < 3:
            time.sleep(0.005)
        process.terminate()
        _, messages = process.communicate()
    assert (process.returncode, messages) == (143, b"")
    assert sorted(os.listdir(tmp_path)) == ["out", "photos"] and (tmp_path / "out").read_text() == "earlier\n"


def test_a_plain_run_discards_partial_results(tmp_path, samples, repository):
    shutil.copy(samples / "cat.jpg", tmp_path)
    (tmp_path / "out.partial").write_text("stale\n")
    model = repository / "tests" / "data" / "tiny_captioning"
    assert run("caption", tmp_path / "cat.jpg", "--model", model, "-o", tmp_path / "out").returncode == 0
    assert sorted(os.listdir(tmp_path)) == ["cat.jpg", "out"]
