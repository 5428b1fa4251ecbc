"""What is said in a subtitle: the text of each speaker without the tags, names, dashes and music notes around it."""

import re
from collections.abc import Iterable, Iterator

from mediakit.tasks.translation.documents.document import Segment
from mediakit.tasks.translation.documents.markup import span

_LINE = re.compile(r"\r\n|\r|\n|\\[Nn]")
_TAG = r"</?\w[^<>]*>|\{\\[^{}]*\}|<>"  # <i>, </i>, and what follows on the screen, such as {\an8}
_OVERRIDE = re.compile(r"\{\\[^{}]*\}|<\d[^<>]*>")  # styles of SubStation Alpha, times of WebVTT
_NOTE = "[♩-♬]|¶"
_SPACE = r"\s|&nbsp;|\\h|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
_SPEAKER = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ\d .'’#-]{,30}:(?=\s)"  # JOHN:, MAN 2:
# A dash marks a change of speaker; # before and after a line, that it is sung.
_BEFORE = re.compile(rf"(?:{_TAG}|{_NOTE}|{_SPACE}|\#(?=\s)|[-–—]+(?![\d–—-]))*(?:{_SPEAKER}\s*)?")
_AFTER = re.compile(rf"(?:{_TAG}|{_NOTE}|{_SPACE}|(?<=\s)\#)*\Z")
_STARTS = re.compile(rf"(?:{_TAG}|{_SPACE})*(?:[-–—]|{_NOTE}|{_SPEAKER})")
_ENDS = re.compile(rf"(?:{_NOTE})(?:{_TAG}|{_SPACE})*\Z")
_SECOND_DASH = re.compile(r"(?<=[.!?…])[ \t]+(?=[-–—][ \t]+\w)")
# Between two lines: italics may end with one line and go on in the next.
_JOINT = re.compile(rf"[ \t]*(?:</(?P<tag>\w+)>)?[ \t]*(?:{_LINE.pattern})[ \t]*(?(tag)<(?P=tag)>|)[ \t]*")

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+)(?:[,.:](\d+))?")


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


def backward_times(segments: Iterable[Segment]) -> tuple[str, ...]:
    """What to say of subtitles that end before they start, which players do not show."""
    backward = [times for times in (segment.fields["times"] for segment in segments) if _ends_before_it_starts(times)]
    if not backward:
        return ()
    where = backward[0] if len(backward) == 1 else f"{len(backward):,} times, first {backward[0]}"
    return (f"times that end before they start are kept as they are ({where})",)


def _ends_before_it_starts(times: str) -> bool:
    start, _, end = times.partition("-->")
    first, last = _CLOCK.match(start.strip()), _CLOCK.match(end.strip())
    return first is not None and last is not None and _seconds(last) < _seconds(first)


def _seconds(clock: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = clock.groups(default="0")
    return 3600 * int(hours) + 60 * int(minutes) + int(seconds) + float(f"0.{fraction}")


def _turns(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What each speaker says: a dash or a name in capitals begins a turn, and a note begins or ends one."""
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
