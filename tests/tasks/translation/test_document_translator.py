"""Documents through the pipeline: what surrounds the texts stays as it is."""

import pytest

from mediakit.errors import InputError
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.service import NamedFile
from mediakit.tasks.translation.document_translator import DocumentTranslator, load


@pytest.fixture(scope="module")
def pipeline(request) -> DocumentTranslator:
    return load(open_folder(request.config.rootpath / "tests" / "data" / "tiny_translation"))


def translated(pipeline, text: str) -> str:
    """A line by the pipeline for texts."""
    return pipeline._translator(text).text


def test_subtitles_stay_subtitles(pipeline):
    line = translated(pipeline, "A dog runs.")
    done = pipeline(NamedFile("film.srt", b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>A dog runs.</i>\r\n"))
    assert done.text == f"\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>{line}</i>\r\n"
    assert done.name.startswith("film.") and done.name.endswith(".srt") and len(done.lines) == 1


def test_plain_text_keeps_its_line_breaks_and_blank_lines(pipeline):
    line = translated(pipeline, "A dog runs.")
    done = pipeline(NamedFile("a.txt", b"A dog runs.\r\n\r\n  \nA dog runs."))
    assert done.text == f"{line}\r\n\r\n  \n{line}" and done.format == "plain text"
    assert pipeline(NamedFile("", b"")).text == ""


def test_the_content_says_more_than_the_name_and_an_option_more_than_both(pipeline):
    srt = b"1\n00:00:01,000 --> 00:00:02,000\nA dog runs.\n"
    assert pipeline(NamedFile("film.txt", srt)).format == "SubRip subtitles"
    assert pipeline(NamedFile("film.srt", srt), file_format="text").format == "plain text"
    with pytest.raises(InputError, match="file_format is 'docx'"):
        pipeline.stream([], file_format="docx")


def test_a_broken_document_is_an_error_and_the_others_are_done(pipeline):
    files = [NamedFile("a.json", b"{"), NamedFile("b.txt", b"\xff\xfe\xff"), NamedFile("c.json", b'{"a": "A dog runs."}')]
    results = [result for _, result in pipeline.stream(files)]
    assert [isinstance(result, InputError) for result in results] == [True, True, False]


def test_who_watches_can_stop_it(pipeline):
    class Stopped(Exception):
        pass

    def watch(index, part):
        if part:
            raise Stopped

    with pytest.raises(Stopped):
        pipeline(NamedFile("a.txt", b"A dog runs.\n" * 500), watch=watch)
