"""Where sentences begin and end in running text.

Rules, not a model: a sentence ends at a full stop, question or exclamation mark, ellipsis or danda, together with the quotes and
brackets that close after it, where what follows can begin a sentence; and at a blank line. A single line break is a wrapped line.
Not every full stop ends one: abbreviations, initials and numbered items go on.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mediakit.errors import InputError

MAX_CHARACTERS = 4000  # of a sentence; what is longer is cut at a space
_AHEAD = 80  # characters after an end that are looked at
_BEHIND = 40  # and before it

_CLOSING = "\"'”’»›)\\]}」』"
_OPENING = "\"'“‘«‹„‚([{¿¡「『—–-"
# A run of marks is one end; the looks behind keep a run from being tried again from each of its characters.
_END = re.compile(
    rf"(?<![.!?…])[.!?…]++[{_CLOSING}]*+(?=\s)"  # Latin and such: a space has to follow
    rf"|(?<![।॥。！？])[।॥。！？]++[{_CLOSING}]*+"
    r"|(?<!\n)\n[^\S\n]*+\n"
)
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘«„/—–]+\Z")
_NEXT_WORD = re.compile(rf"\s*[{re.escape(_OPENING)}]*(\w+(?:['’]\w+)?)?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+")  # J. and U.S. and z.B.
_SPACE = re.compile(r"\s+")
_CLAUSE_END = re.compile(r"[,;:，；：–—]\s+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ITEM = re.compile(r"\s*(?:\d{1,3}|[ivxlc]{1,5}|[a-zA-Z])[.)]+", re.IGNORECASE)


def check_text(text: Any) -> str:
    """The text itself. Raises InputError for what is no string, and for half of a surrogate pair, which is no character."""
    if not isinstance(text, str):
        raise InputError(f"a text is a string, not {type(text).__name__}")
    if half := _SURROGATE.search(text):
        raise InputError(f"character {half.start()} of the text is half of a surrogate pair")
    return text


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Always followed by more of the same sentence: titles before names, and words that point ahead.
_GOES_ON = _set(
    "mr mrs ms messrs mme mlle dr prof st sra sr fr rev hon gen col maj capt cpt lt sgt gov sen rep pres ing dipl hr dhr mevr dña "
    "vs viz cf eg ie approx ca bzw bspw evtl ggf inkl vgl tzv resp např tj डॉ प्रो"
)
# Words before a number, and months, whose number may come before or after ("Jan. 5", "5. Mai").
_BEFORE_NUMBER = _set("no nos nr fig figs vol art ch sec p pp abb kap str pág págs blz č")
_MONTHS = _set(
    "jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz april mai juni juli august september oktober november dezember"
)
# May end a sentence: they do where a frequent first word follows.
_MAY_END = _set("inc ltd co corp bros dept univ etc al jr ave blvd rd usw atd apod tel aprox")
_FIRST_WORDS = _set(
    "the a an he she it we they you this that these those there here in on at for from by with when while after before although then "
    "however but and so if as his her its our their my your who what where why how today yesterday now also all some many one no "
    "der die das ein eine er sie es wir ihr ich du dies im am und aber doch wenn als le la les un une il elle ils nous vous je "
    "ce cette dans en et mais el los las una ellos yo pero y de het een hij zij wij ik maar ten to on ona je ale na"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence's place: characters `start` to `end` of the text, without space around."""

    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """The sentences of a text, in order. Together they hold all of its characters that are no space."""
    return [sentence for sentence, _ in stream([text])]


def stream(parts: Iterable[str]) -> Iterator[tuple[Sentence, str]]:
    """The sentences of a long text that comes in parts, each with its text, at flat memory; offsets are those in the whole."""
    waiting, before = "", 0  # text that is not yet sentences, and how much came before it
    for part in parts:
        waiting += part
        used = 0
        for start, end in _spans(waiting, last=False):
            yield from _trimmed(waiting, start, end, before)
            used = end
        waiting, before = waiting[used:], before + used
    for start, end in _spans(waiting, last=True):
        yield from _trimmed(waiting, start, end, before)


def split_in_two(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence that is too long, in two: after a comma or other mark of a clause in its middle half, else at a space there, else
    in the middle. Nothing but space is lost.

    Args:
        text: with the sentence from `start` to `end`.
    """
    middle, reach = (start + end) // 2, max(1, (end - start) // 4)
    for pattern in (_CLAUSE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, middle - reach, middle + reach)]
        if ends:
            middle = min(ends, key=lambda place: abs(place - middle))
            break
    parts = [(start, middle), (middle, end)]
    return [(a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in parts if text[a:b].strip()]


def _trimmed(text: str, start: int, end: int, before: int) -> Iterator[tuple[Sentence, str]]:
    found = text[start:end].strip()
    if found:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        yield Sentence(before + start, before + start + len(found)), found


def _spans(text: str, last: bool) -> Iterator[tuple[int, int]]:
    """Spans that follow one another from the text's begin; the rest, if there is any, needs more text to be judged.

    Whether a span ends depends on what is from its own start to `_AHEAD` characters after its end: so a text that comes in parts
    is split as one that comes whole.
    """
    start, known = 0, len(text) if last else len(text) - _AHEAD
    for match in chain(_END.finditer(text), [None]):
        end = match.end() if match else len(text)
        while end - start > MAX_CHARACTERS and start + MAX_CHARACTERS <= known:
            cut = _cut(text, start)
            yield start, cut
            start = cut
        if end > known or end <= start:
            break
        if match is None or _ends(text, start, match):
            yield start, end
            start = end


def _cut(text: str, start: int) -> int:
    """Where a sentence that is too long is cut: after the last space that leaves it short enough, else anywhere."""
    end = start + MAX_CHARACTERS
    return next((i + 1 for i in range(end - 1, start + MAX_CHARACTERS // 2, -1) if text[i].isspace()), end)


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a sentence that began at `start` ends with the mark that was found."""
    mark = match.group()
    if mark[0] in "\n।॥。！？":
        return True
    following = _NEXT_WORD.match(text[match.end() : match.end() + _AHEAD])
    next_word = (following.group(1) or "") if following else ""
    if next_word[:1].islower():
        return False
    if mark != "." and mark.rstrip(_CLOSING) != ".":
        return True
    if _ITEM.fullmatch(text, start, match.end()):
        return False
    found = _WORD_BEFORE.search(text, max(start, match.start() - _BEHIND), match.start())
    word = found.group() if found else ""
    bare, coming = word.replace(".", "").lower(), next_word.lower()
    if bare in _GOES_ON:
        return False
    if (bare in _BEFORE_NUMBER | _MONTHS and coming[:1].isdigit()) or (bare.isdigit() and coming in _MONTHS):
        return False
    if bare in _MAY_END or _INITIALS.fullmatch(f"{word}."):
        return coming in _FIRST_WORDS and len(coming) > 1
    return True
