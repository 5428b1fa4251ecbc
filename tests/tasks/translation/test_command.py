"""`mediakit translate` as a person types it: a process of its own, pipes, files, subtitles, bad input of every kind."""

import json
import os
import subprocess
import sys
import time

import pytest
from fixtures_models import DATA
from PIL import Image

COMMAND = [sys.executable, "-m", "mediakit", "translate"]
TINY = ["--model", str(DATA / "tiny_translation")]


def translate(*args, stdin=None, model=TINY):
    return subprocess.run([*COMMAND, *model, *map(str, args)], input=stdin, capture_output=True, timeout=120, check=False)


def one_clear_line(done, *words, code=1):
    """One line of error; after several texts also how many of them failed."""
    said = done.stderr.decode()
    lines = [line for line in said.splitlines() if not line.endswith("texts failed")]
    return done.returncode == code and "Traceback" not in said and len(lines) == 1 and all(word in lines[0] for word in words)


def usage_error(done, *words):
    return done.returncode == 2 and "Traceback" not in done.stderr.decode() and all(word in done.stderr.decode() for word in words)


def test_arguments_files_and_standard_input(tmp_path):
    (tmp_path / "in.txt").write_text("A cat sleeps.\nA dog runs.", encoding="utf-8")
    done = translate("A dog runs.", tmp_path / "in.txt", "-", stdin=b"\xef\xbb\xbfOne dog\r\n\r\nA cat")
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.decode().split("\n") == [
        "Ein Hund läuft.",
        "Ein Kater schläft.",
        "Ein Hund läuft.",
        "Eins Hund",
        "",
        "Ein Kater",
        "",
    ]


def test_a_line_gives_a_line_in_order():
    lines = [" ".join(["dog"] * (1 + i % 9)) if i % 7 else "" for i in range(3000)]
    done = translate(stdin="".join(line + "\n" for line in lines).encode())
    assert done.stdout.decode() == "".join(line.replace("dog", "Hund") + "\n" for line in lines)


def test_a_slow_pipe_is_answered_at_once():
    with subprocess.Popen([*COMMAND, *TINY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for line in (b"A dog runs.\n", b"A cat\n"):
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline().startswith(b"Ein ")
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_reader_that_leaves():
    with subprocess.Popen([*COMMAND, *TINY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b"A dog runs.\n" * 1000)
        process.stdin.close()
        assert process.wait(20) == 1 and b"Traceback" not in process.stderr.read()


def test_uncertain_texts_are_left_as_they_are(tmp_path, tiny_translation):
    manifest = json.loads((tiny_translation / "manifest.json").read_text())
    manifest["config"]["confidence"] = {"intercept": 4.0, "log_probability": 80.0}
    (tiny_translation / "manifest.json").write_text(json.dumps(manifest))
    model = ["--model", str(tiny_translation)]
    done = translate("--min-score", "0.5", stdin=b"A cat sleeps.\nA dog runs.\nA dog runs.\n", model=model)
    assert done.stdout.decode() == "Ein Kater schl\xe4ft.\nA dog runs.\nA dog runs.\n"
    assert done.stderr.decode().splitlines() == ["mediakit: 2 texts left untranslated, with a score below 0.5"]
    rows = [json.loads(line) for line in translate("--min-score", "0.5", "--json", "A dog runs.", "A cat", model=model).stdout.splitlines()]
    assert [row["translation"] for row in rows] == [None, "Ein Kater"] and rows[0]["score"] < 0.5 < rows[1]["score"]
    assert one_clear_line(translate("A dog", "--min-score", "0.5"), "gives no scores")


def test_one_warning_of_unfamiliar_text(tiny_translation):
    manifest = json.loads((tiny_translation / "manifest.json").read_text())
    manifest["config"]["confidence"] = {"intercept": -4.0}
    (tiny_translation / "manifest.json").write_text(json.dumps(manifest))
    done = translate("A dog runs.", "A cat", model=["--model", str(tiny_translation)])
    assert done.returncode == 0 and done.stdout.decode() == "Ein Hund l\xe4uft.\nEin Kater\n"
    assert done.stderr.decode().count("\n") == 1 and 'mediakit: "A dog runs.": unlike the text that' in done.stderr.decode()


def test_json():
    done = translate("A dog runs.", "--json", "--n-best", "2")
    row = json.loads(done.stdout)
    fields = ["translation", "score", "log_probability", "normalized_log_probability"]
    assert list(row) == ["source", *fields, "alternatives"]
    assert (row["source"], row["translation"]) == ("A dog runs.", "Ein Hund läuft.")
    assert [list(other) for other in row["alternatives"]] == [fields]
    assert row["normalized_log_probability"] > row["alternatives"][0]["normalized_log_probability"]
    assert translate("A dog runs.", "--n-best", "2").stdout.decode() == "Ein Hund läuft.\nEin Köter läuft.\n"


SUBTITLES = """1
00:00:01,000 --> 00:00:04,000
<i>A dog runs,
and then a cat sleeps.</i>

2
00:01:05,500 --> 00:01:06,000
- A dog!
- A cat!

"""
GERMAN = """1
00:00:01,000 --> 00:00:04,000
<i>Ein Hund läuft, und
dann ein Kater schläft.</i>

2
00:01:05,500 --> 00:01:06,000
- Ein Hund!
- Ein Kater!

"""


def test_subtitles_keep_numbers_and_times(tmp_path):
    file = tmp_path / "film.srt"
    file.write_bytes(SUBTITLES.replace("\n", "\r\n").encode())
    german = GERMAN.replace("\n", "\r\n").encode()
    assert translate(file).stdout == german
    assert translate("--format", "srt", stdin=SUBTITLES.encode()).stdout.decode() == GERMAN
    assert translate("--srt", stdin=SUBTITLES.encode()).stdout.decode() == GERMAN
    assert translate(file, "--output", tmp_path / "german.srt").returncode == 0
    assert (tmp_path / "german.srt").read_bytes() == german
    rows = [json.loads(line) for line in translate(file, "--json").stdout.splitlines()]
    assert [row["times"] for row in rows] == ["00:00:01,000 --> 00:00:04,000", "00:01:05,500 --> 00:01:06,000"]
    assert rows[1]["translation"] == "Ein Hund!\nEin Kater!"


def test_repairs_are_reported(tmp_path):
    file = tmp_path / "broken.srt"
    file.write_text(SUBTITLES.replace("00:01:05,500 -->", "00:01:05,500 ->"))
    done = translate(file)
    assert one_clear_line(done, "broken.srt: repaired: an arrow that is not --> (line 7)", code=0) and done.stdout.decode() == GERMAN
    assert not translate(file, "--quiet").stderr


def test_content_decides_where_it_and_the_ending_disagree(tmp_path):
    for name in ("film.srt", "film.txt"):
        (tmp_path / name).write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nA dog!\n")
        done = translate(tmp_path / name)
        assert done.stdout.decode() == "WEBVTT\n\n00:01.000 --> 00:02.000\nEin Hund!\n"
        assert one_clear_line(done, f"{name}: holds WebVTT subtitles; --format text", code=0)
    assert translate(tmp_path / "film.txt", "--format", "text").stdout.startswith(b"WEBVTT\n\n00:01.000 --> ")
    piped = translate(stdin=SUBTITLES.encode())
    assert one_clear_line(piped, "standard input looks like SubRip subtitles; --format srt", code=0)


def test_documents_are_translated_in_place(tmp_path):
    for name, text, german in (
        ("a.html", "<p class='x'>A dog runs.</p>\r\n", "<p class='x'>Ein Hund läuft.</p>\r\n"),
        ("a.json", '{"dog": ["A dog", 3]}\n', '{"dog": ["Ein Hund", 3]}\n'),
        ("a.md", "# A dog\n\n* A cat\n", "# Ein Hund\n\n* Ein Kater\n"),
        ("a.po", 'msgid "A dog"\nmsgstr ""\n', 'msgid "A dog"\nmsgstr "Ein Hund"\n'),
        ("a.properties", "dog = A dog\n", "dog = Ein Hund\n"),
    ):
        (tmp_path / name).write_bytes(text.encode())
        done = translate(tmp_path / name)
        assert done.stdout.decode() == german and not done.stderr
    (row,) = [json.loads(line) for line in translate(tmp_path / "a.properties", "--json").stdout.splitlines()]
    assert (row["key"], row["source"], row["translation"]) == ("dog", "A dog", "Ein Hund")
    assert translate(tmp_path / "a.json", "-o", tmp_path / "de.json").returncode == 0
    assert json.loads((tmp_path / "de.json").read_text()) == {"dog": ["Ein Hund", 3]}
    assert usage_error(translate("A dog", "-o", tmp_path / "de.json"), "JSON only with --json")
    assert one_clear_line(translate("--format", "json", stdin=b"{dog}"), "standard input: line 1 is not JSON")


def test_explain_draws_the_alignment(tmp_path):
    picture = tmp_path / "why.png"
    assert translate("A cat sleeps.", "--explain", picture).stdout.decode() == "Ein Kater schläft.\n"
    with Image.open(picture) as opened:
        assert opened.width > 3 * 20 and opened.height > 3 * 20
    assert usage_error(translate("A cat", "A dog", "--explain", picture), "one text")
    assert one_clear_line(translate("A cat", "--explain", tmp_path / "no" / "why.png"), "cannot be written")
    assert one_clear_line(translate("...", "--explain", tmp_path / "none.png"), "nothing to draw") and not (tmp_path / "none.png").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"A dog\n\xff\xfe runs\n", "byte 6 is 0xff"),
        (b"A dog\0", "not text: byte 5 is zero"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not"),
        (b"dog " * 400_000, "line 1 has more than 1,000,000 characters"),
    ],
)
def test_bad_input_is_named_and_the_rest_is_done(tmp_path, content, why):
    (tmp_path / "bad.txt").write_bytes(content)
    done = translate(tmp_path / "bad.txt", "A dog")
    assert one_clear_line(done, "bad.txt", why) and done.stdout.decode() == "Ein Hund\n"
    piped = translate("-", stdin=content)
    assert one_clear_line(piped, "standard input", why)


def test_absent_and_empty_things(tmp_path):
    assert one_clear_line(translate("absent.txt"), "absent.txt: no such file")
    assert one_clear_line(translate(tmp_path), "is a folder")
    assert one_clear_line(translate(""), "empty")
    assert one_clear_line(translate(stdin=b""), "standard input is empty")
    assert one_clear_line(translate("--format", "srt", stdin=b""), "standard input is empty")
    (tmp_path / "empty.txt").write_text("")
    done = translate(tmp_path / "empty.txt")
    assert done.returncode == 0 and not done.stdout and not done.stderr


def test_a_misspelt_file_name_is_not_translated(tmp_path):
    (tmp_path / "film.srt").write_text(SUBTITLES)
    wanted = f"film.sr: no such file; did you mean {tmp_path / 'film.srt'}?"
    assert one_clear_line(translate(tmp_path / "film.sr"), wanted)


def test_errors_in_json():
    done = translate("absent.txt", "A dog", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0] == {"path": "absent.txt", "error": "no such file"} and rows[1]["translation"] == "Ein Hund"


def test_one_long_line_in_bounded_time():
    began = time.monotonic()
    done = translate(stdin=b"dog runs, " * 20_000)
    assert done.returncode == 0 and len(done.stdout.decode().splitlines()) == 1
    assert done.stdout.decode().split()[:3] == ["Hund", "läuft,", "Hund"] and time.monotonic() - began < 100


def test_languages():
    assert one_clear_line(translate("A dog", "--to", "xx", model=[]), "xx", "en-de, en-es, en-fr, en-hi")
    assert one_clear_line(translate("A dog", "--from", "fi", "--to", "de", model=[]), "from fi to de", "en-de")
    assert usage_error(translate("A dog", model=[]), "--to", "en-de")
    assert one_clear_line(translate("A dog", "--to", "fr"), "does not translate to fr")
    assert translate("A dog", "--from", "en", "--to", "de").returncode == 0
    assert one_clear_line(translate("A dog", model=["--model", "captioning"]), "captioning")
    assert one_clear_line(translate("A dog", model=["--model", "nothing"]), "no model 'nothing'")


@pytest.mark.parametrize(
    "options",
    [
        ["--beam", "0"],
        ["--beam", "wide"],
        ["--n-best", "0"],
        ["--nothing"],
        ["-", "-"],
        ["x.srt", "--srt", "--n-best", "2"],
        ["--explain", "a.jpg"],
    ],
)
def test_wrong_usage(options):
    assert usage_error(translate("A dog", *options))


def test_an_output_stays_when_there_is_nothing_to_write(tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text("precious")
    assert one_clear_line(translate(tmp_path / "absent.txt", "-o", kept), "absent.txt: no such file")
    assert kept.read_text() == "precious" and list(tmp_path.iterdir()) == [kept]


def test_standard_output_by_its_name(tmp_path):
    done = subprocess.run([*COMMAND, *TINY, "A dog", "-o", "-"], capture_output=True, timeout=60, check=False, cwd=tmp_path)
    assert done.stdout.decode() == "Ein Hund\n" and not list(tmp_path.iterdir())
    assert usage_error(translate("A dog", "--explain", "-"), "--explain - would be mixed")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_output_is_utf_8_whatever_the_locale(encoding):
    done = subprocess.run(
        [*COMMAND, *TINY, "A cat sleeps."], capture_output=True, timeout=60, check=False, env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    assert done.stdout.decode() == "Ein Kater schläft.\n" and not done.stderr


def test_a_closed_standard_input():
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, *TINY], capture_output=True, timeout=60, check=False)
    assert usage_error(done, "Missing text")


def test_subtitles_that_cannot_be_written(tmp_path):
    film = tmp_path / "film.sub"
    film.write_text("{1}{2}A dog")
    assert one_clear_line(translate(film), "film.sub", "MicroDVD")
    film = tmp_path / "film.srt"
    film.write_text("1\n00:00:01,000 --> 00:00:04,000\nA dog\n")
    assert usage_error(translate(film, "--n-best", "2"), "--n-best cannot write SubRip subtitles")


def test_subtitles_are_not_converted(tmp_path):
    film = tmp_path / "film.srt"
    film.write_text(SUBTITLES)
    assert usage_error(translate(film, "--format", "vtt"), "film.srt: holds SubRip subtitles; --format vtt does not convert")
    assert usage_error(translate(film, "-o", tmp_path / "film.de.vtt"), "would hold SubRip subtitles; name it film.de.srt")
    web = b"WEBVTT\n\n00:01.000 --> 00:02.000\nA dog\n"
    assert usage_error(translate("--format", "srt", stdin=web), "standard input: holds WebVTT subtitles")
    assert usage_error(translate("--format", "vtt", "-o", tmp_path / "film.srt", stdin=web), "name it film.vtt")
    assert list(tmp_path.iterdir()) == [film]


def test_an_output_of_a_format_that_the_text_does_not_have(tmp_path):
    for ending in (".srt", ".vtt", ".ass", ".html", ".po", ".xlf", ".properties"):
        assert usage_error(translate("A dog", "-o", tmp_path / f"a.de{ending}"), "would hold plain text; name it a.de.txt")
    assert usage_error(translate("A dog", "--json", "-o", tmp_path / "a.vtt"), "name the file .jsonl")
    assert not list(tmp_path.iterdir())
    for name in ("a.txt", "a.md", "a"):
        assert translate("A dog", "-o", tmp_path / name).returncode == 0


def test_output_is_whole_or_absent(tmp_path):
    done = translate("A dog", "absent.txt", "--output", tmp_path / "out.txt")
    assert done.returncode == 1 and (tmp_path / "out.txt").read_text() == "Ein Hund\n"
    assert one_clear_line(translate("A dog", "--output", tmp_path / "no" / "out.txt"), "cannot be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.txt"]


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("de", "A dog runs on the beach.", ["Hund", "Strand"]),
        ("fr", "A dog runs on the beach.", ["chien", "plage"]),
        ("cs", "A dog runs on the beach.", ["Pes", "pláž"]),
        ("es", "I don't believe you.", ["No te creo"]),
        ("hi", "How are you?", ["कैसे"]),
    ],
)
def test_shipped_models(language, sentence, words):
    said = translate(sentence, "--to", language, model=[]).stdout.decode()
    assert all(word in said for word in words)
