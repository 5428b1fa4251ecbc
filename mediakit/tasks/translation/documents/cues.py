"""What is said in a subtitle: the text of each speaker without the tags, dashes and music notes around it."""

import re
from collections.abc import Iterator

from mediakit.tasks.translation.documents.document import Segment
from mediakit.tasks.translation.documents.markup import span

_LINE = re.compile(r"\r\n|\r|\n|\\[Nn]")
_TAG = r"</?\w[^<>]*>|\{\\[^{}]*\}|<>"  # <i>, </i>, and what follows on the screen, such as {\an8}
_OVERRIDE = re.compile(r"\{\\[^{}]*\}|<\d[^<>]*>")  # styles of SubStation Alpha, times of WebVTT
_NOTE = "[♩-♬]|¶"
_SPACE = r"\s|&nbsp;|\\h|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
# A dash marks a change of speaker; # before and after a line, that it is sung.
_BEFORE = re.compile(rf"(?:{_TAG}|{_NOTE}|{_SPACE}|\#(?=\s)|[-–—]+(?![\d–—-]))*")
_AFTER = re.compile(rf"(?:{_TAG}|{_NOTE}|{_SPACE}|(?<=\s)\#)*\Z")
_STARTS = re.compile(rf"(?:{_TAG}|{_SPACE})*(?:[-–—]|{_NOTE})")
_ENDS = re.compile(rf"(?:{_NOTE})(?:{_TAG}|{_SPACE})*\Z")
_SECOND_DASH = re.compile(r"(?<=[.!?…])[ \t]+(?=[-–—][ \t]+\w)")
# Between two lines: italics may end with one line and go on in the next.
_JOINT = re.compile(rf"[ \t]*(?:</(?P<tag>\w+)>)?[ \t]*(?:{_LINE.pattern})[ \t]*(?(tag)<(?P=tag)>|)[ \t]*")


def segment(text: str, start: int, end: int, number: str, times: str) -> Segment:
    """The subtitle whose lines are characters `start` to `end` of a file."""
    spans = []
    for begin, stop in _turns(text, start, end):
        first = _BEFORE.match(text, begin, stop)
        begin = first.end() if first else begin
        last = _AFTER.search(text, begin, stop)
        said = span(text, begin, last.start() if last else stop, strict=False, joint=_JOINT, hidden=_OVERRIDE)
        spans += [said] if said else []
    return Segment(tuple(spans), {"number": number, "times": times})


def _turns(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What each speaker says: a dash begins a turn, and a note begins or ends one."""
    begin, before = start, start
    dashed = bool(_STARTS.match(text, start, end))
    cuts = [match.end() for match in _LINE.finditer(text, start, end)]
    if dashed:
        cuts += [match.end() for match in _SECOND_DASH.finditer(text, start, end)]
    for cut in sorted(cuts):
        if _STARTS.match(text, cut, end) or _ENDS.search(_LINE.sub("", text[before:cut])):
            yield begin, cut
            begin = cut
        before = cut
    yield begin, end
