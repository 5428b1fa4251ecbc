"""SubRip subtitles (`.srt`): each is a number, a time line, lines of text, and an empty line.

Players read far more than that, and so does this: what is not so is repaired, and the file written is correct.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.cues import segment
from mediakit.tasks.translation.documents.document import Document, Segment
from mediakit.tasks.translation.documents.markup import BREAK

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[,.:]\d{1,3})?"
# Coordinates may follow: X1:… X2:…
TIMES = re.compile(rf"\s*(?P<start>{_TIME})\s*-->\s*(?P<end>{_TIME})(\s.*)?")
_NEARLY = re.compile(rf"\s*({_TIME})\s*[-–—]+\s*>\s*({_TIME})(\s.*)?")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass
class Cue:
    """A subtitle: its number and time line, and its lines of text."""

    number: str
    times: str
    lines: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (self.number, self.times, *self.lines, ""))


class _Repairs:
    """What was repaired, how often, and where first."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    def add(self, what: str, line: int) -> None:
        self._counts[what] += 1
        self._first.setdefault(what, line)

    def notes(self) -> tuple[str, ...]:
        return tuple(f"repaired: {what} ({self._where(what, count)})" for what, count in self._counts.items())

    def _where(self, what: str, count: int) -> str:
        return f"line {self._first[what]}" if count == 1 else f"{count:,} times, first in line {self._first[what]}"


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is subtitles in this format."""
    lines = [_INVISIBLE.sub("", line).strip() for line in BREAK.split(text)[:12]]
    lines = [line for line in lines if line]
    return any(TIMES.fullmatch(line) for line in (lines[:2] if lines and lines[0].isdecimal() else lines[:1]))


def read(text: str, name: str) -> Document:
    """A file's subtitles. Raises InputError if it has none."""
    cues, repairs = _cues(BREAK.split(text), name)
    if "\r" in text and "\n" not in text:
        repairs.add("line ends of CR alone", 1)
    notes = repairs.notes()
    if notes:
        text = "".join(map(str, cues))
    return Document(text, tuple(_segments(text, cues)), notes)


def _segments(text: str, cues: Iterable[Cue]) -> Iterator[Segment]:
    """The subtitles in a text in which they are written as they should be."""
    position = 0
    for cue in cues:
        start = BREAK.search(text, text.index(cue.times, position))
        position = end = start.end() if start else len(text)
        for _ in cue.lines:
            stop = BREAK.search(text, position)
            end, position = (stop.start(), stop.end()) if stop else (len(text), len(text))
        yield segment(text, start.end() if start else end, end, cue.number, cue.times.strip())


def _cues(lines: list[str], name: str) -> tuple[list[Cue], _Repairs]:
    """The subtitles of a file and what had to be repaired."""
    repairs = _Repairs()
    clean = [_INVISIBLE.sub("", line).strip() for line in lines]
    starts = [i for i, line in enumerate(clean) if "-->" in line or _NEARLY.fullmatch(line)]
    if not starts and any(clean):
        raise InputError(f"{name}: holds no subtitles: no line has times such as 00:01:02,500 --> 00:01:04,000")
    cues: list[Cue] = []
    numbers = [_number_line(clean, start) for start in starts]
    for place, (start, number) in enumerate(zip(starts, numbers, strict=True)):
        until = len(lines) if place + 1 == len(starts) else starts[place + 1]
        if place + 1 < len(starts) and (following := numbers[place + 1]) is not None:
            until = following
        cue = Cue(_number(lines, clean, number, place, start, repairs), _times(lines, clean, start, repairs))
        cue.lines = _text(lines, clean, start + 1, until, place + 1 == len(starts), repairs)
        cues.append(cue)
    if starts and any(clean[: starts[0] if numbers[0] is None else numbers[0]]):
        repairs.add("text before the first subtitle, left out", 1)
    return cues, repairs


def _number_line(clean: list[str], start: int) -> int | None:
    """The line that holds the number of the subtitle whose time line is `start`; None if there is none."""
    i = start - 1
    while i >= 0 and not clean[i]:
        i -= 1
    if i < 0 or not clean[i].isdecimal():
        return None
    alone = i == 0 or not clean[i - 1]
    # Without a blank line before it, a number may be the last line of a text: then it does not follow a text's times.
    directly = i == start - 1
    return i if alone or (directly and "-->" not in clean[i - 1]) else None


def _number(lines: list[str], clean: list[str], line: int | None, place: int, start: int, repairs: _Repairs) -> str:
    """The number of the subtitle that begins at `start`, which stands in `line` or nowhere."""
    if line is None:
        repairs.add("a subtitle without a number", start + 1)
        return str(place + 1)
    if lines[line].strip() != clean[line]:
        repairs.add("invisible characters beside a number", line + 1)
    if line != start - 1:
        repairs.add("a blank line after a number", line + 2)
    return clean[line]


def _times(lines: list[str], clean: list[str], line: int, repairs: _Repairs) -> str:
    """The time line, without what does not belong there."""
    times = clean[line]
    if lines[line].strip() != times:
        repairs.add("invisible characters beside times", line + 1)
    if not TIMES.fullmatch(times):
        if nearly := _NEARLY.fullmatch(times):
            repairs.add("an arrow that is not -->", line + 1)
            return f"{nearly[1]} --> {nearly[2]}{nearly[3] or ''}"
        repairs.add("times that cannot be read, kept as they are", line + 1)
    return times


def _text(lines: list[str], clean: list[str], start: int, end: int, last: bool, repairs: _Repairs) -> list[str]:
    """The lines of a subtitle's text, which is between two lines of the file."""
    filled = [i for i in range(start, end) if clean[i]]
    if not filled:
        return []
    if filled[0] != start:
        repairs.add("a blank line before a text", start + 1)
    if filled[-1] - filled[0] + 1 != len(filled):
        repairs.add("a blank line within a subtitle", next(i for i in range(filled[0], end) if not clean[i]) + 1)
    if not last and filled[-1] == end - 1:
        repairs.add("no blank line after a subtitle", end + 1)
    return [lines[i] for i in filled]
