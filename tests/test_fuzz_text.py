"""No bytes make a reader of text fail with anything but a MediakitError.

`MEDIAKIT_FUZZ=10000 pytest tests/test_fuzz_text.py` tries so many inputs for each reader; by default it is a few.
"""

import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.datasets import conll
from mediakit.errors import MediakitError
from mediakit.tasks.translation.documents import FORMATS, by_content, read
from mediakit.text import sentences
from mediakit.text.tokens import token_lines, tokenize

EXAMPLES = int(os.environ.get("MEDIAKIT_FUZZ", "30"))

SRT = "1\n00:00:01,000 --> 00:00:02,000\n<i>- Hello &amp; you\\Nthere.</i>\n♪ La ♪\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
VTT = "WEBVTT\n\nSTYLE\n::cue {}\n\nNOTE no\n\na\n00:01.000 --> 00:02.000 line:0\n<v Ada><00:01.500>Hello\nyou</v>\n"
ASS = "[Script Info]\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,{\\an8\\k5}Hello\\Nyou, there\n"
SAMPLES = {
    "srt": SRT,
    "vtt": VTT,
    "ass": ASS,
    "html": "<!doctype html><html><p class='a'>Hello <b>big</b> &lt; <code>x</code><script>y</script><br>You</p><!-- z --></html>",
    "json": '{"a": ["Hello \\u00e9", 1, null], "b": {"c": "You\\n"}}\n',
    "markdown": "---\na: b\n---\n# Hello\n\n- *you* [x](y) `z`\n\n> q\n\n| a | b |\n|---|---|\n\n```\nc\n```\n",
    "po": 'msgid ""\nmsgstr "x"\n\nmsgid "a\\n"\n"b"\nmsgid_plural "c"\nmsgstr[0] ""\nmsgstr[1] ""\n',
    "properties": "# c\na = b\\u00e9 \\\n  c\nd: e\\n\n",
    "xliff": '<xliff><trans-unit id="1"><source>Hello <g id="1">a</g></source><target/></trans-unit></xliff>',
    "conll": "# id = 1\n1\tAda\tB-PER\tO\n2\tworked\tO\tO\n\n-DOCSTART- O\nEU NNP I-ORG\n",
    "text": "Jane Roe, M.Sc., lives in St.&nbsp;Paul; see https://a.org/b. “Yes!” 1996-08-30 👩‍🚀 :-)\n",
}

ODD = [b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x85", b"\r", b"-->", b"{", b"99", b"\t", b"&#x110000;", b"\xed\xa0\x80", b"\\ud800"]
REPEATED = [*'<&`*\\"\n ->|[', "<a ", "[](", "- ", "1\n", "♪ ", "{\\", 'msgid "', "a.", "A.b", "<!--", "<b>"]


def mutated(sample):
    """The bytes of a sample with pieces of it cut, repeated or replaced, or in another encoding."""
    whole = sample.encode()
    place = st.integers(0, len(whole))
    piece = st.one_of(
        st.sampled_from(ODD),
        st.binary(max_size=4),
        st.text(max_size=4).map(lambda text: text.encode("utf-8", "replace")),
        st.tuples(place, place).map(lambda ends: whole[min(ends) : max(ends)]),
    )
    cuts = st.lists(st.tuples(place, place, piece), max_size=6)

    def apply(edits):
        content = whole
        for start, end, new in edits:
            content = content[: min(start, end)] + new + content[max(start, end) if abs(start - end) < 20 else min(start, end) :]
        return content

    encoded = st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252", "latin-1"])
    recoded = encoded.map(lambda encoding: sample.encode(encoding, "replace"))
    long = st.sampled_from(REPEATED).map(lambda text: f"{sample}{text * 3000}".encode())
    return st.one_of(cuts.map(apply), cuts.map(apply), recoded, long, st.binary(max_size=60))


def read_text(content):
    text = content.decode("utf-8", "replace")
    list(sentences.stream([text]))
    tokenize(text)
    list(token_lines([text[:7], text[7:]]))


def read_document(form):
    def read_it(content):
        by_content(content)
        document = read(content, "file", FORMATS[form])
        assert not document.notes or form == "ass" or list(document.written(document.texts))
        "".join(document.written(f"{text} <x1> & more" for text in document.texts)).encode("utf-8", "surrogatepass")

    return read_it


@pytest.mark.parametrize("reader", SAMPLES)
def test_any_bytes_are_read_or_refused(reader, tmp_path):
    def read_conll(content):
        (tmp_path / "train.txt").write_bytes(content)
        conll.read(tmp_path, "train")

    function = {"conll": read_conll, "text": read_text}.get(reader) or read_document(reader)

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(mutated(SAMPLES[reader]))
    def attempt(content):
        with suppress(MediakitError):
            function(content)

    attempt()
