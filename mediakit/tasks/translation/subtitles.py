"""SubRip subtitles (`.srt`). Each cue is a number, a time line, lines of text, and an empty line."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mediakit.errors import InputError

_TIME = r"\d{1,3}:[0-5]?\d:[0-5]?\d[,.]\d{1,3}"
# Coordinates may follow: X1:… X2:…
_TIMES = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(\s.*)?")
_TAGS = re.compile(r"</?\w+[^<>]*>|\{\\[^{}]*\}")  # <i>, </i>, and positions on the screen such as {\an8}
_AROUND = re.compile(rf"((?:{_TAGS.pattern}|\s)*)(.*?)((?:</\w+>|\s)*)", re.DOTALL)
_TURN = re.compile(r"^[-–—]\s*")  # a dash marks a change of speaker


@dataclass(frozen=True)
class Cue:
    """One subtitle: its number and time line as written, and its lines of text."""

    number: str
    times: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """The cue as in a file, with the empty line after it."""
        return "\n".join((self.number, self.times, *self.lines, "", ""))

    def texts(self) -> list[str]:
        """The text without layout tags: one text, or one per speaker where lines with dashes mark a change of speaker."""
        return [_TURN.sub("", " ".join(filter(None, map(_words, turn))), count=1) for turn in self._turns()]

    def with_texts(self, texts: Sequence[str]) -> "Cue":
        """The same cue with other texts in place of `texts()`, wrapped to the same numbers of lines.

        Tags around the whole cue, or around everything one speaker says, are kept.
        """
        before, after, whole = _around(self.lines)
        spoken = []
        for turn, text in zip(self._turns(), texts, strict=True):
            lines, dash = _in_lines(text, len(turn)), _TURN.match(_words(turn[0]))
            if dash:
                lines = [dash.group() + "".join(lines[:1]), *lines[1:]]
            opening, closing, _ = ("", "", True) if whole else _around(turn)
            if lines:
                spoken.append(opening + "\n".join(lines) + closing)
        if whole and spoken:
            spoken = [before + "\n".join(spoken) + after]
        return Cue(self.number, self.times, tuple("\n".join(spoken).split("\n")) if spoken else ())

    def _turns(self) -> list[tuple[str, ...]]:
        """Each speaker's lines; all lines belong to one speaker unless the first starts with a dash."""
        starts = [i for i, line in enumerate(self.lines) if _TURN.match(_words(line))]
        if starts[:1] != [0]:
            starts = [0] if self.lines else []
        return [self.lines[start:end] for start, end in pairwise([*starts, len(self.lines)])]


def _words(line: str) -> str:
    return _TAGS.sub("", line).strip()


def _around(lines: Sequence[str]) -> tuple[str, str, bool]:
    """The tags before and after some lines, and whether they enclose the whole text.

    Tags around part of the text cannot be kept when the text changes; then only the position on the screen is returned.
    """
    before, _, after = _AROUND.fullmatch("\n".join(lines)).groups()  # type: ignore[union-attr]
    if re.findall(r"<(\w+)", before) == re.findall(r"</(\w+)", after)[::-1]:
        return before, after, True
    return re.sub(r"<[^<>]*>", "", before), "", False


def read(lines: Iterable[str], name: str) -> Iterator[Cue]:
    """Parse the cues of a file.

    Args:
        lines: the file's lines, without line ends.
        name: the file's name, for messages.

    Raises InputError, with the line's number, for a malformed number or time line.
    """
    numbered = enumerate(lines, 1)
    for position, line in numbered:
        if not line.strip():
            continue
        if not line.strip().isdecimal():
            raise InputError(f"{name}: line {position} is not a subtitle's number: {_shown(line)}")
        position, times = next(numbered, (position + 1, ""))
        if not _TIMES.fullmatch(times):
            raise InputError(f"{name}: line {position} is not a time line such as 00:01:02,500 --> 00:01:04,000: {_shown(times)}")
        texts = []
        for _, text in numbered:
            if not text.strip():
                break
            texts.append(text)
        yield Cue(line.strip(), times.strip(), tuple(texts))


def _in_lines(text: str, count: int) -> list[str]:
    """The text wrapped to at most `count` lines of about the same length."""
    if not text:
        return []
    width = max(1, -(-len(text) // max(1, count)))
    while len(lines := textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)) > max(1, count):
        width += 1
    return lines


def _shown(line: str) -> str:
    return repr(line if len(line) <= 40 else f"{line[:40]}…")
