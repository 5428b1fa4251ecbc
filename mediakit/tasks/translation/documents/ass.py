"""SubStation Alpha subtitles (`.ass`, `.ssa`): only what is said changes; styles, comments and drawings stay as they are."""

import re
from collections.abc import Iterator

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.cues import segment
from mediakit.tasks.translation.documents.document import Document, Segment

_HEADER = re.compile(r"\s*(?:[;!].*\s+)*\[(?:Script Info|V4\+? Styles|Events)\]", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]+")
_COLUMNS = ("Layer", "Start", "End", "Style", "Name", "MarginL", "MarginR", "MarginV", "Effect", "Text")
# Drawings, and syllables that are lit one by one.
_NOT_SPOKEN = re.compile(r"\{[^{}]*\\(?:p[1-9]|[kK][fo]?\d)")


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is subtitles in this format."""
    return bool(_HEADER.match(text))


def read(text: str, name: str) -> Document:
    """A file's subtitles. Raises InputError for a file without events."""
    if not re.search(r"^\[Events\]", text, re.IGNORECASE | re.MULTILINE):
        raise InputError(f"{name}: is not SubStation Alpha: no line is [Events]")
    segments = tuple(_segments(text))
    sung = len(_NOT_SPOKEN.findall(text))
    return Document(text, segments, (f"{sung} drawings or karaoke syllables stay as they are",) if sung else ())


def _segments(text: str) -> Iterator[Segment]:
    columns: tuple[str, ...] = _COLUMNS
    number, in_events = 0, False
    for match in _LINE.finditer(text):
        line = match.group()
        if line.startswith("["):
            in_events = line.strip().lower() == "[events]"
        elif in_events and line.startswith("Format:"):
            columns = tuple(column.strip() for column in line.removeprefix("Format:").split(","))
        elif in_events and line.startswith("Dialogue:"):
            number += 1
            values = line.removeprefix("Dialogue:").split(",", len(columns) - 1)
            named = dict(zip((column.lower() for column in columns), values, strict=False))
            spoken = len(values) == len(columns) and not _NOT_SPOKEN.search(values[-1])
            start = match.end() - (len(values[-1]) if spoken else 0)
            yield segment(text, start, match.end(), str(number), f"{named.get('start', '').strip()} --> {named.get('end', '').strip()}")
