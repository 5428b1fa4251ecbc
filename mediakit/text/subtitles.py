"""SubRip subtitles (`.srt`): a number, a time line, the words, an empty line."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mediakit.errors import InputError

_TIME = r"\d{1,3}:[0-5]?\d:[0-5]?\d[,.]\d{1,3}"
# What may follow are coordinates, X1:… X2:…
_TIMES = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(\s.*)?")
_MARKS = re.compile(r"</?\w+[^<>]*>|\{\\[^{}]*\}")  # <i>, </i>, and {\an8}: where on the screen
_AROUND = re.compile(rf"((?:{_MARKS.pattern}|\s)*)(.*?)((?:</\w+>|\s)*)", re.DOTALL)
_TURN = re.compile(r"[-–—]\s*")  # begins what another person says


@dataclass(frozen=True)
class Cue:
    """One subtitle: its number and time line as they are written, and its lines of words."""

    number: str
    times: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """As it stands in a file, with the empty line after it."""
        return "\n".join((self.number, self.times, *self.lines, "", ""))

    def texts(self) -> list[str]:
        """What is said, without marks of layout: one text, or one for each line where persons take turns."""
        words = [_MARKS.sub("", line).strip() for line in self.lines]
        if all(map(_TURN.match, words)):
            return [_TURN.sub("", line, count=1) for line in words]
        return [" ".join(filter(None, words))]

    def with_texts(self, texts: Sequence[str]) -> "Cue":
        """The same cue with other words in place of those of `texts()`, in as many lines; marks around all of them stay."""
        before, _, after = _AROUND.fullmatch("\n".join(self.lines)).groups()  # type: ignore[union-attr]
        opened, closed = re.findall(r"<(\w+)", before), re.findall(r"</(\w+)", after)
        if opened != closed[::-1]:  # marks of some of the words: which they are now is not known
            before, after = re.sub(r"<[^<>]*>", "", before), ""
        turns = [_TURN.match(_MARKS.sub("", line).strip()) for line in self.lines]
        if all(turns):
            lines = [turn.group() + text for turn, text in zip(turns, texts, strict=True) if turn]
        else:
            lines = _in_lines(texts[0], len(self.lines))
        return Cue(self.number, self.times, tuple(f"{before}{chr(10).join(lines)}{after}".split("\n")) if lines else ())


def read(lines: Iterable[str], name: str) -> Iterator[Cue]:
    """The cues of a file's lines. Raises InputError with the line's number where a number or a time line is broken.

    Args:
        lines: without their ends.
        name: of the file, for messages.
    """
    numbered = enumerate(lines, 1)
    for place, line in numbered:
        if not line.strip():
            continue
        if not line.strip().isdecimal():
            raise InputError(f"{name}: line {place} is no subtitle's number: {_shown(line)}")
        place, times = next(numbered, (place + 1, ""))
        if not _TIMES.fullmatch(times):
            raise InputError(f"{name}: line {place} is no time line such as 00:01:02,500 --> 00:01:04,000: {_shown(times)}")
        words = []
        for _, said in numbered:
            if not said.strip():
                break
            words.append(said)
        yield Cue(line.strip(), times.strip(), tuple(words))


def _in_lines(text: str, count: int) -> list[str]:
    """A text in at most `count` lines of about the same length."""
    if not text:
        return []
    width = max(1, -(-len(text) // max(1, count)))
    while len(lines := textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)) > max(1, count):
        width += 1
    return lines


def _shown(line: str) -> str:
    return repr(line if len(line) <= 40 else f"{line[:40]}…")
