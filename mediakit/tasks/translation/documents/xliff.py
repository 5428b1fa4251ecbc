"""XLIFF 1.2 and 2 (`.xlf`, `.xliff`): sources that have no target get one; all else stays as it is."""

import re
from collections.abc import Iterator

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.document import Document, Segment, Span
from mediakit.tasks.translation.documents.markup import span

_UNIT = re.compile(r"<(?P<name>trans-unit|segment)\b(?P<attributes>[^>]*)>(?P<content>.*?)</(?P=name)\s*>", re.DOTALL)
_SOURCE = re.compile(r"(?P<indent>\s*)<source\b[^>]*>(?P<text>.*?)</source\s*>", re.DOTALL)
_TARGET = re.compile(r"<target\b(?P<attributes>(?:[^>/]|/(?!>))*)(?:/>|>(?P<text>.*?)</target\s*>)", re.DOTALL)
_UNTRANSLATED = re.compile(r"\btranslate\s*=\s*[\"']no[\"']")


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is in this format."""
    return bool(re.match(r"\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*<xliff\b", text, re.DOTALL))


def read(text: str, name: str) -> Document:
    """A file's units. Raises InputError for what is not XML."""
    from xml.etree import ElementTree

    try:
        ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"{name}: is not XML: {error}") from error
    segments = (_segment(text, match) for match in _UNIT.finditer(text) if not _UNTRANSLATED.search(match["attributes"]))
    return Document(text, tuple(found for each in segments for found in each))


def _segment(text: str, unit: re.Match[str]) -> Iterator[Segment]:
    """The target of a unit, if its source has text and its target none."""
    start, end = unit.span("content")
    source = _SOURCE.search(text, start, end)
    said = span(text, *source.span("text")) if source else None
    target = _TARGET.search(text, source.end(), end) if source else None
    if not source or not said or (target and (target["text"] or "").strip()):
        return
    before, after = text[source.start("text") : said.start], text[said.end : source.end("text")]
    place = target.span() if target else (source.end(), source.end())
    opening = f"<target{target['attributes'].rstrip()}>" if target else f"{source['indent']}<target>"
    identifier = re.search(r"\bid\s*=\s*[\"']([^\"']*)", unit["attributes"])

    def spell(translation: str) -> str:
        return f"{opening}{before}{said.spell(translation)}{after}</target>"

    yield Segment((Span(*place, said.text, spell),), {"key": identifier[1] if identifier else ""})
