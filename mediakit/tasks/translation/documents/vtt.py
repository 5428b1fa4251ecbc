"""WebVTT subtitles (`.vtt`): blocks between empty lines; those with a time line are subtitles, all others stay as they are."""

import re
from collections.abc import Iterator

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.cues import segment
from mediakit.tasks.translation.documents.document import Document, Segment
from mediakit.tasks.translation.documents.markup import BREAK

_HEADER = re.compile(r"WEBVTT(?=\s|\Z)")


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is subtitles in this format."""
    return bool(_HEADER.match(text))


def read(text: str, name: str) -> Document:
    """A file's subtitles. Raises InputError for a file with neither the first line WEBVTT nor a time line."""
    notes: tuple[str, ...] = ()
    if not _HEADER.match(text):
        if "-->" not in text:
            raise InputError(f"{name}: is not WebVTT: the first line is not WEBVTT, and no line has times")
        text, notes = f"WEBVTT\n\n{text}", ("repaired: missing WEBVTT header",)
    return Document(text, tuple(_segments(text)), notes)


def _segments(text: str) -> Iterator[Segment]:
    lines = list(_lines(text))
    content = [text[start:end].strip() for start, end in lines]
    number = 0
    for i, (_, end) in enumerate(lines):
        if "-->" not in content[i] or _is_note(content, i):
            continue
        number += 1
        last = i
        while last + 1 < len(lines) and content[last + 1] and "-->" not in content[last + 1]:
            last += 1
        # Where the empty line is absent, the next subtitle's number is no text.
        if last > i and last + 1 < len(lines) and "-->" in content[last + 1] and content[last].isdecimal():
            last -= 1
        begin = lines[i + 1][0] if last > i else end
        yield segment(text, begin, lines[last][1], content[i - 1] if i and content[i - 1] else str(number), content[i])


def _is_note(content: list[str], line: int) -> bool:
    """Whether a line belongs to a comment."""
    while line and content[line - 1]:
        line -= 1
    return bool(re.match(r"NOTE(\s|\Z)", content[line]))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in BREAK.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)
