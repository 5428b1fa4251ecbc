"""`mediakit entities` as a person types it: a process of its own, texts of all kinds, bad bytes, pipes, a terminal.

The model is the tiny one, which takes every run of words with capitals for a NAME.
"""

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "mediakit", "entities"]


@pytest.fixture
def entities(repository):
    def run(*args, stdin=b"", model=repository / "tests" / "data" / "tiny_named_entities", **options):
        command = [*COMMAND, "--model", str(model), *map(str, args)]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False, **options)

    return run


def rows(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def one_clear_line(done):
    lines = done.stderr.decode().strip().splitlines()
    return done.returncode == 1 and "Traceback" not in done.stderr.decode() and len(lines) == 1


def test_an_argument_is_text(entities):
    done = entities("the Ada Lovelace worked in London.")
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.decode() == "the [Ada Lovelace NAME] worked in [London NAME].\n"


def test_json(entities):
    text = "  👩‍🚀 the Ada\tLovelace met  Charles\r\nin London,\u00a0e\u0301t\u00e9 1833. "
    found = rows(entities("--json", "-", stdin=text.encode()))
    assert [set(row) for row in found] == [{"text", "label", "start", "end", "score"}] * 3
    assert [text[row["start"] : row["end"]] for row in found] == [row["text"] for row in found] == ["Ada\tLovelace", "Charles", "London"]
    assert rows(entities("--json", "--threshold", "0.94", text)) == [row for row in found if row["score"] >= 0.94] != found


def test_standard_input_needs_no_name(entities):
    assert entities(stdin=b"in London").stdout == b"in [London NAME]\n"
    assert entities("-", stdin=b"in London\r\n").stdout == b"in [London NAME]\r\n"


def test_iob(entities):
    done = entities("--iob", stdin=b"we don't see Ada Lovelace. in\nNew York")
    assert done.stdout.decode() == ("we O\ndo O\nn't O\nsee O\nAda B-NAME\nLovelace I-NAME\n. O\nin O\nNew B-NAME\nYork I-NAME\n\n")
    done = entities("--tokens", "--iob", "-", stdin=b"we don't see Ada\n\nNew York , x.\n")
    assert done.stdout.decode() == "we O\ndon't O\nsee O\nAda B-NAME\n\nNew B-NAME\nYork I-NAME\n, O\nx. O\n\n"
    done = entities("--tokens", "--json", stdin=b"\xef\xbb\xbfAda\r\nin  New York .\n")
    assert [(row["text"], row["start"]) for row in rows(done)] == [("Ada", 1), ("New York", 10)]


def test_csv(entities, tmp_path):
    done = entities("--format", "csv", 'the Ada, and "Bob"')
    assert done.stdout.decode().splitlines()[0] == "text,label,start,end,score"
    assert [line.rsplit(",", 1)[0] for line in done.stdout.decode().splitlines()[1:]] == ["Ada,NAME,4,7", "Bob,NAME,14,17"]
    done = entities("--format", "csv", "in London", "to Paris")
    assert [line.split(",")[:2] for line in done.stdout.decode().splitlines()[1:]] == [["in London", "London"], ["to Paris", "Paris"]]


def test_brat(entities):
    done = entities("--format", "brat", stdin=b"the Ada\r\nLovelace in London")
    assert done.stdout.decode() == "T1\tNAME 4 7;9 17\tAda Lovelace\nT2\tNAME 21 27\tLondon\n"


def test_spacy(entities, tmp_path):
    spacy = pytest.importorskip("spacy")
    text = "  the Ada  Lovelace met\n\nBob. "
    assert entities("--format", "spacy", "-o", tmp_path / "a.spacy", stdin=text.encode()).returncode == 0
    (doc,) = spacy.tokens.DocBin().from_disk(tmp_path / "a.spacy").get_docs(spacy.blank("en").vocab)
    assert doc.text == text and [(entity.text, entity.label_) for entity in doc.ents] == [("Ada  Lovelace", "NAME"), ("Bob", "NAME")]


def test_spacy_is_named_where_it_is_missing(entities, tmp_path):
    (tmp_path / "spacy.py").write_text("raise ImportError")
    done = entities("in London", "--format", "spacy", "-o", tmp_path / "a.spacy", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert one_clear_line(done) and "pip install spacy" in done.stderr.decode() and not (tmp_path / "a.spacy").exists()


def test_a_folder_stands_for_its_texts(entities, tmp_path):
    (tmp_path / "inside").mkdir()
    for name in ("b.txt", "a.md", "photo.jpg", "._b.txt", "inside/c.txt"):
        (tmp_path / name).write_text("in London")
    assert [row["path"] for row in rows(entities("--json", tmp_path))] == [str(tmp_path / "a.md"), str(tmp_path / "b.txt")]
    assert len(rows(entities("--json", "-r", tmp_path))) == 3
    assert rows(entities("--json", tmp_path / "inside"))[0]["path"] == str(tmp_path / "inside" / "c.txt")


def test_column_files_are_not_taken_for_sentences(entities):
    done = entities("--tokens", "--iob", "-", stdin=b"1\tAda\tAda\tPROPN\n")
    assert one_clear_line(done) and "line 1 has columns" in done.stderr.decode()


def test_several_texts_go_on_past_bad_ones(entities, tmp_path):
    good, bad = tmp_path / "good ñ.txt", tmp_path / "bad.txt"
    good.write_text("in London")
    bad.write_bytes(b"in London, then \xff")
    done = entities("--json", bad, tmp_path / "absent.txt", good, "to Paris")
    assert done.returncode == 1 and len(done.stderr.decode().splitlines()) == 3 and b"2 of 4 texts failed" in done.stderr
    found = rows(done)
    assert [row["path"] for row in found] == [str(bad), str(tmp_path / "absent.txt"), str(good), "to Paris"]
    assert "byte 16 is 0xff" in found[0]["error"] and "no such file" in found[1]["error"]
    assert [row.get("text") for row in found[2:]] == ["London", "Paris"]
    done = entities(bad, good)
    assert done.returncode == 1 and done.stdout.decode() == f"{bad}:\n{good}:\nin [London NAME]\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"London \xe9t\xe9", "byte 7 is 0xe9"), (b"\x7fELF\0\0", "is zero"), (b"PNG\r\n\xff", "byte 5")],
)
def test_bad_content(entities, tmp_path, content, why):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    for done in (entities(path), entities("-", stdin=content)):
        assert one_clear_line(done) and why in done.stderr.decode()


def test_files_in_which_nothing_is(entities):
    content = b" \n\t\n"
    assert [(done.returncode, done.stdout) for done in (entities("-", stdin=content), entities("--iob", stdin=content))] == [
        (0, content), (0, b"")
    ]  # fmt: skip
    for done in (entities("-", stdin=b""), entities("--iob", stdin=b"")):
        assert one_clear_line(done) and b"standard input is empty" in done.stderr


def test_bad_arguments(entities, tmp_path):
    assert one_clear_line(entities("")) and one_clear_line(entities(tmp_path)) and one_clear_line(entities("absent.txt"))
    done = entities("London", model="xx")
    assert one_clear_line(done) and "no model 'xx' of the task named_entities: " in done.stderr.decode()
    assert "is a model of the task captioning, not of named_entities" in entities("London", model="captioning").stderr.decode()
    formats = [["--json", "--iob"], ["--format", "spacy"], ["x", "--format", "brat"]]
    for options in (*formats, ["--threshold", "2"], ["-", "-"], ["--html", "a.mid"], ["-o", "a.png"], ["-o", "a.json"]):
        done = entities("London", *options)
        assert done.returncode == 2 and b"Error: " in done.stderr and b"Traceback" not in done.stderr


def test_an_enormous_line(entities, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("word " * 60_000 + "London")
    done = entities("--tokens", "--iob", path)
    assert one_clear_line(done) and f"{path}: line 1 has more than 100,000 characters" in done.stderr.decode()
    assert rows(entities("--json", path))[0]["start"] == 300_000


PEAK = """
import atexit, re, sys
atexit.register(lambda: print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr))
from mediakit.cli import main
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_a_long_text_takes_no_more_memory(repository, tmp_path):
    model, path, peaks = repository / "tests" / "data" / "tiny_named_entities", tmp_path / "text.txt", []
    for count in (2_000, 20_000):
        path.write_text("".join(f"then word{i} went to Rome, and so on and on.\n" for i in range(count)))
        command = [sys.executable, "-c", PEAK, "entities", "--model", model, "--json", path]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        assert len(rows(done)) == count
        peaks.append(int(done.stderr))
    assert peaks[1] - peaks[0] < 20_000, "kB"


def test_a_page(entities, tmp_path):
    page = tmp_path / "page.html"
    done = entities("by <Ada> & co.", "--html", page)
    assert done.returncode == 0 and not done.stdout
    text = page.read_text()
    assert text.endswith("</html>\n") and "by &lt;<mark" in text and "> &amp;" not in text and "&gt; &amp; co." in text
    done = entities("by Ada", tmp_path / "absent.txt", "--html", page, "--json")
    assert done.returncode == 1 and [row["path"] for row in rows(done)] == ["by Ada", str(tmp_path / "absent.txt")]
    assert "no such file" in page.read_text()
    assert one_clear_line(entities("Ada", "--html", tmp_path / "no" / "page.html"))
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_output(entities, tmp_path):
    done = entities("in London", "-o", tmp_path / "out.txt")
    assert not done.stdout and (tmp_path / "out.txt").read_text() == "in [London NAME]\n"


def test_files_stay_when_there_is_nothing_to_write(entities, tmp_path):
    kept = tmp_path / "kept.html"
    kept.write_text("precious")
    for option in ("--html", "-o"):
        assert one_clear_line(entities(tmp_path / "absent.txt", option, kept))
        assert kept.read_text() == "precious" and list(tmp_path.iterdir()) == [kept]


def test_a_page_and_an_output_are_two_files(entities, tmp_path):
    for options in (["-o", "b"], ["-o", "a", "--json"]):
        done = entities("in London", "--html", "a", *options, cwd=tmp_path)
        assert done.returncode == 2 and not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal of its own")
@pytest.mark.parametrize(
    ("environment", "wanted"), [({}, "\x1b[30;48;5;253m London \x1b[1mNAME \x1b[0m"), ({"NO_COLOR": "1"}, "[London NAME]")]
)
def test_a_terminal_has_colours(repository, environment, wanted):
    import pty

    leader, follower = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | environment
    model = repository / "tests" / "data" / "tiny_named_entities"
    done = subprocess.run([*COMMAND, "--model", model, "in London"], stdout=follower, env=env, timeout=60, check=False)
    os.close(follower)
    assert done.returncode == 0 and os.read(leader, 1000).decode() == f"in {wanted}\r\n"
    os.close(leader)


def test_nothing_given_at_a_terminal_is_a_usage_error():
    import pty

    leader, follower = pty.openpty()
    done = subprocess.run(COMMAND, stdin=follower, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2 and b"Missing text" in done.stderr
    os.close(leader)
    os.close(follower)


def test_a_reader_that_leaves(entities):
    command = f"yes 'in London' | {' '.join(COMMAND)} --model tests/data/tiny_named_entities --json | head -n 3"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert len(done.stdout.splitlines()) == 3 and b"Traceback" not in done.stderr


def test_help_has_examples():
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0 and b'mediakit entities "Ada Lovelace worked in London."' in done.stdout
