"""gettext catalogues (`.po`, `.pot`): entries that have no translation get one; all others stay as they are.

An entry whose translation is the text itself stays empty: gettext then shows the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.document import Document, Segment, Span

_ENTRY = re.compile(
    r'^(?P<keyword>msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)[ \t]+(?P<strings>"(?:[^"\\\r\n]|\\.)*"[ \t]*'
    r'(?:\r?\n[ \t]*"(?:[^"\\\r\n]|\\.)*"[ \t]*)*)',
    re.MULTILINE,
)
_OTHER = re.compile(r"^[ \t]*[^\s#].*", re.MULTILINE)  # after a # anything may stand
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class _Field:
    """A keyword's strings: where they are, and what they say."""

    keyword: str
    start: int
    end: int
    text: str


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is in this format."""
    return bool(re.search(r'^msgid[ \t]+"', text, re.MULTILINE) and re.search(r'^msgstr(\[0\])?[ \t]+"', text, re.MULTILINE))


def read(text: str, name: str) -> Document:
    """A file's entries. Raises InputError for a text without any."""
    if text.strip() and not _ENTRY.search(text):
        raise InputError(f'{name}: is not a gettext catalogue: no line is msgid "…"')
    _check(text, name)
    return Document(text, tuple(_segments(text)))


def _check(text: str, name: str) -> None:
    """Raise InputError for a line that is neither blank, a comment, nor part of an entry, such as one whose quotation is not closed."""
    end = 0
    for match in [*_ENTRY.finditer(text), None]:
        between = text[end : match.start() if match else len(text)]
        wrong = _OTHER.search(between)
        if wrong:
            line = text.count("\n", 0, end + wrong.start()) + 1
            raise InputError(f"{name}: line {line} is not gettext: {shorten(wrong.group(), 60, placeholder='…')}")
        end = match.end() if match else len(text)


def _segments(text: str) -> Iterator[Segment]:
    end = "\r\n" if "\r\n" in text else "\n"
    singular = plural = ""
    for field in _fields(text):
        if field.keyword == "msgid":
            singular, plural = field.text, ""
        elif field.keyword == "msgid_plural":
            plural = field.text
        elif field.keyword.startswith("msgstr") and not field.text:
            source = singular if field.keyword in ("msgstr", "msgstr[0]") else plural
            if any(map(str.isalpha, source)):
                yield Segment((Span(field.start, field.end, source, lambda translation: _quoted(translation, end)),))


def _fields(text: str) -> Iterator[_Field]:
    for match in _ENTRY.finditer(text):
        said = "".join(_STRING.findall(match["strings"]))
        start = match.start("strings")
        yield _Field(
            match["keyword"],
            start,
            start + len(match["strings"].rstrip()),
            _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), said),
        )


def _quoted(text: str, end: str) -> str:
    """A text in quotation marks, one string for each of its lines."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\r", "\\r")
    lines = [f'"{line}"' for line in escaped.replace("\n", "\\n\n").split("\n") if line]
    return lines[0] if len(lines) == 1 else end.join(['""', *lines])
