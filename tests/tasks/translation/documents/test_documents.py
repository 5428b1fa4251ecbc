"""Documents translated in place: texts change, everything else stays byte for byte."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.tasks.translation.documents import FORMATS, by_content, by_name, read

HTML = """<!DOCTYPE html>
<html><head><title>A page &amp; more</title><style>p { color: red }</style>
<script>var a = "<p>not this</p>";</script></head>
<!-- nor this --><h1>Hello <b>big</b> world</h1>
<p><a href="x?a=1&amp;b=2" title="y > z">The docs</a> say
<code>print("hello")</code> is fine, R & B&nbsp;too.</p>
<p translate="no">Acme <b>Inc</b></p><pre>nor this</pre>
<ul><li>One<li>Two<br>Three</ul> 42
"""
PO = """# a comment
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

#, c-format
msgid "Open %s"
msgstr ""

msgid "done"
msgstr "fertig"

msgid ""
"A \\"text\\".\\n"
"Second line.\\n"
msgstr ""

msgid "%d file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""

#~ msgid "old"
#~ msgstr ""
"""
JSON = """{
  "open_file": "Open \\"file\\"", "icon": "icon-open", "n": [3, "First", "btn.ok"],
  "caf\\u00e9": "Caf\\u00e9 au lait", "url": "https://example.org", "half": "a \\ud800", "two": "One.\\nTwo."
}
"""
PROPERTIES = """# a comment
title = Hello world
greeting: Hi {0}, \\
   how are you?
empty=
key\\ with\\ space=Caf\\u00e9
lines=One\\nTwo
number=42
"""
XLIFF = """<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2"><file original="a"><body>
  <trans-unit id="1">
    <source>Hello <g id="1">big</g> world &amp; all</source>
  </trans-unit>
  <trans-unit id="2"><source>Empty</source><target state="new"/></trans-unit>
  <trans-unit id="3"><source>Done</source><target>Fertig</target></trans-unit>
  <trans-unit id="4" translate="no"><source>Acme</source></trans-unit>
</body></file></xliff>
"""
MARKDOWN = """---
title: not this
---
# Hello *world*

A paragraph that goes
over [two lines](https://example.org/a_b "title") with `code`.
> A quote
> goes on.

- [ ] an item
  with more text
1. first

    still in the list

| Name | What |
|------|:----:|
| Ada  | a person \\| more |

```python
nor(this)
```

    nor this

Setext
======

Hard  \r
break ![nor this](a.png)

[ref]: https://example.org
"""
TEXTS = {
    "html": [
        "A page &amp; more",
        "Hello <b>big</b> world",
        "The docs</a> say <x1> is fine, R & B&nbsp;too.",
        *("One", "Two", "Three"),
    ],
    "po": ["Open %s", 'A "text".', "Second line.", "", "%d file", "%d files"],
    "json": ['Open "file"', "First", "Café au lait", "One.", "Two."],
    "properties": ["Hello world", "Hi {0}, how are you?", "Café", "One", "Two"],
    "xliff": ['Hello <g id="1">big</g> world &amp; all', "Empty"],
    "markdown": [
        "Hello <x1>world<x2>",
        "A paragraph that goes over <x1>two lines<x2> with <x3>.",
        "A quote goes on.",
        "an item with more text",
        *("first", "still in the list", "Name", "What", "Ada", "a person <x1> more", "Setext", "Hard", "break <x1>"),
    ],
}
FILES = {"html": HTML, "po": PO, "json": JSON, "properties": PROPERTIES, "xliff": XLIFF, "markdown": MARKDOWN}


def parsed(form, text):
    return read(text.encode(), "file", FORMATS[form])


def written(document, change=str):
    return "".join(document.written(map(change, document.texts)))


def longer(text):
    return text and f"{text} indeed"


@pytest.mark.parametrize("form", FILES)
def test_texts_are_found_and_all_else_stays(form):
    document = parsed(form, FILES[form])
    assert document.texts == TEXTS[form]
    for whole in (FILES[form], FILES[form].replace("\n", "\r\n").replace("\r\r", "\r"), f"\ufeff{FILES[form]}"):
        assert written(parsed(form, whole)) == whole


@pytest.mark.parametrize("form", FILES)
def test_a_translation_can_be_read_again(form):
    document = parsed(form, FILES[form])
    again = parsed(form, written(document, longer))
    if form not in ("po", "xliff"):  # these have a place of their own for a translation, and it is taken now
        escaped = "&amp;" if form == "html" else "&"
        assert again.texts == [longer(text).replace(" & ", f" {escaped} ") for text in document.texts]
    else:
        assert again.texts == []


def test_html_is_escaped():
    page = written(parsed("html", HTML), lambda text: text.replace("big", "<&").replace("fine", '"<"'))
    assert "Hello <b>&lt;&amp;</b> world" in page
    assert '<code>print("hello")</code> is "&lt;", R &amp; B&nbsp;too.' in page.replace("\n", " ")


def test_gettext_gets_plurals_and_lines():
    catalogue = written(parsed("po", PO), lambda text: f"{text}!" if text else text)
    assert 'msgstr "Open %s!"' in catalogue and 'msgstr[0] "%d file!"\nmsgstr[1] "%d files!"' in catalogue
    assert 'msgstr ""\n"A \\"text\\".!\\n"\n"Second line.!\\n"\n' in catalogue and 'msgstr "fertig"' in catalogue


def test_json_keeps_its_keys_and_escapes():
    text = written(parsed("json", JSON), lambda text: text + "é")
    assert text.isascii() and json.loads(text)["open_file"] == 'Open "file"é' and json.loads(text)["two"] == "One.é\nTwo.é"
    assert list(json.loads(text)) == list(json.loads(JSON))
    assert [segment.fields["key"] for segment in parsed("json", JSON).segments] == ["open_file", "n", "café", "two"]
    assert parsed("json", '{"a": "One"}\n{"a": "Two"}\n').texts == ["One", "Two"]


def test_properties_are_escaped_for_every_reader():
    assert "title = Hëllo 🙂\\\\".encode("ascii", "ignore") not in written(parsed("properties", PROPERTIES)).encode()
    text = written(parsed("properties", "a = b c\n"), lambda text: " Ö🙂\\")
    assert text == "a = \\ \\u00d6\\ud83d\\ude42\\\\\n" and parsed("properties", text).texts == [" Ö🙂\\"]
    assert written(parsed("properties", "a = ä\n"), str.upper) == "a = Ä\n"


def test_xliff_gets_targets():
    units = ElementTree.fromstring(written(parsed("xliff", XLIFF), longer)).iter("trans-unit")
    targets = [unit.find("target") for unit in units]
    assert ["".join(target.itertext()) for target in targets[:3]] == ["Hello big world & all indeed", "Empty indeed", "Fertig"]
    assert targets[1].get("state") == "new" and targets[3] is None


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        ("json", '{"a": "b"\n "c"}', "file: line 2 is not JSON"),
        ("po", "Hello.", "file: is not a gettext catalogue"),
        ("po", '\nmsgid "open\nmsgstr ""\n', 'file: line 2 is not gettext: msgid "open'),
        ("xliff", "<xliff><file></xliff>", "file: is not XML"),
    ],
)
def test_what_is_not_in_the_format_is_an_error(form, text, why):
    with pytest.raises(InputError, match=why):
        parsed(form, text)


def test_which_format():
    assert [by_name(f"a{ending}").key for ending in (".htm", ".JSON", ".md", ".pot", ".xlf", ".properties")] == [
        "html", "json", "markdown", "po", "xliff", "properties",
    ]  # fmt: skip
    assert {form: by_content(text.encode()) for form, text in FILES.items()} == {
        form: FORMATS[form] if form not in ("markdown", "properties") else None for form in FILES
    }
    assert by_content(b"{hello} there: 'a'") is None and by_content(b"<b>Hello</b>") is None and by_content(b'"Hello": she said') is None


PIECES = [
    *("a", "Hello you", " ", "\n", "\n\n", "\r\n", '"', "\\", "\\n", "<b>", "</b>", "<p>", "<code>", "<script>", "</script>", "<!--"),
    *("-->", "&amp;", "&", "<", ">", "|", "- ", "> ", "# ", "`", "```", "[", "](x)", "*", "_", "---", "    ", "=", ":", "{", "}", ","),
    *('msgid "a"\n', 'msgstr ""\n', '{"a": "b c"}', "\\u00e9", "<source>", "</source>", "<trans-unit>", "</trans-unit>", "<target/>"),
]


@pytest.mark.parametrize("form", FILES)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_unchanged_texts_give_the_file_back(form, pieces):
    text = "".join(pieces)
    try:
        document = parsed(form, text)
    except InputError:
        return
    assert written(document) == text
    edges = [edge for segment in document.segments for span in segment.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert "".join(document.written("" for _ in document.texts)) is not None
