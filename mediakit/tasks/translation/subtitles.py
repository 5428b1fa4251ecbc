"""SubRip subtitles (`.srt`): a number, a time line, the words, an empty line."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mediakit.errors import InputError

_TIME = r"\d{1,3}:[0-5]?\d:[0-5]?\d[,.]\d{1,3}"
# What may follow are coordinates, X1:… X2:…
_TIMES = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(\s.*)?")
_MARKS = re.compile(r"</?\w+[^<>]*>|\{\\[^{}]*\}")  # <i>, </i>, and {\an8}: where on the screen
_AROUND = re.compile(rf"((?:{_MARKS.pattern}|\s)*)(.*?)((?:</\w+>|\s)*)", re.DOTALL)
_TURN = re.compile(r"^[-–—]\s*")  # begins what another person says


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
        """What is said, without marks of layout: one text, or one of each person where they take turns, each after a dash."""
        return [_TURN.sub("", " ".join(filter(None, map(_words, turn))), count=1) for turn in self._turns()]

    def with_texts(self, texts: Sequence[str]) -> "Cue":
        """The same cue with other words in place of those of `texts()`, in as many lines; marks around all of them stay, and those
        around all that one person says."""
        before, after, whole = _around(self.lines)
        said = []
        for turn, text in zip(self._turns(), texts, strict=True):
            lines, dash = _in_lines(text, len(turn)), _TURN.match(_words(turn[0]))
            if dash:
                lines = [dash.group() + "".join(lines[:1]), *lines[1:]]
            opening, closing, _ = ("", "", True) if whole else _around(turn)
            if lines:
                said.append(opening + "\n".join(lines) + closing)
        if whole and said:
            said = [before + "\n".join(said) + after]
        return Cue(self.number, self.times, tuple("\n".join(said).split("\n")) if said else ())

    def _turns(self) -> list[tuple[str, ...]]:
        """The lines of each person who speaks; all of them unless the first begins with a dash."""
        begins = [i for i, line in enumerate(self.lines) if _TURN.match(_words(line))]
        if begins[:1] != [0]:
            begins = [0] if self.lines else []
        return [self.lines[start:end] for start, end in pairwise([*begins, len(self.lines)])]


def _words(line: str) -> str:
    return _MARKS.sub("", line).strip()


def _around(lines: Sequence[str]) -> tuple[str, str, bool]:
    """The marks before and after lines, and whether they are around all words; if not, which words they are of is not known once the
    words are others, and only the place on the screen is given."""
    before, _, after = _AROUND.fullmatch("\n".join(lines)).groups()  # type: ignore[union-attr]
    if re.findall(r"<(\w+)", before) == re.findall(r"</(\w+)", after)[::-1]:
        return before, after, True
    return re.sub(r"<[^<>]*>", "", before), "", False


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
