"""Splitting running text into sentences by rules.

A sentence ends at a full stop, question mark, exclamation mark, ellipsis or danda, including closing quotes and brackets, if what
follows can start a sentence. It also ends at a blank line; a single line break only wraps a line. A full stop after an
abbreviation, an initial or an item number does not end a sentence.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mediakit.errors import InputError

MAX_CHARACTERS = 4000  # in a sentence; longer ones are cut at a space
_AHEAD = 80  # characters examined after a possible end
_BEHIND = 40  # characters examined before it

_CLOSING = "\"'”’»›)\\]}」』"
_OPENING = "\"'“‘«‹„‚([{¿¡「『—–-"
# A run of marks is one end; the lookbehinds keep a run from being tried again at each of its characters.
_END = re.compile(
    rf"(?<![.!?…])[.!?…]++[{_CLOSING}]*+(?=\s)"  # Latin and similar scripts: a space must follow
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
    """The text itself. Raises InputError when it is not a string, or when it has a lone surrogate, which is not a character."""
    if not isinstance(text, str):
        raise InputError(f"a text is a string, not {type(text).__name__}")
    if surrogate := _SURROGATE.search(text):
        raise InputError(f"character {surrogate.start()} of the text is half of a surrogate pair")
    return text


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Never end a sentence: titles before names, and abbreviations that refer to what follows.
_CONTINUES = _set(
    "mr mrs ms messrs mme mlle dr prof st sra sr fr rev hon gen col maj capt cpt lt sgt gov sen rep pres ing dipl hr dhr mevr dña "
    "vs viz cf eg ie approx ca bzw bspw evtl ggf inkl vgl tzv resp např tj डॉ प्रो"
)
# Abbreviations before a number, and months, whose number may come before or after ("Jan. 5", "5. Mai").
_BEFORE_NUMBER = _set("no nos nr fig figs vol art ch sec p pp abb kap str pág págs blz č")
_MONTHS = _set(
    "jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz april mai juni juli august september oktober november dezember"
)
# May end a sentence, and do so where a frequent first word follows.
_MAY_END = _set("inc ltd co corp bros dept univ etc al jr ave blvd rd usw atd apod tel aprox")
_FIRST_WORDS = _set(
    "the a an he she it we they you this that these those there here in on at for from by with when while after before although then "
    "however but and so if as his her its our their my your who what where why how today yesterday now also all some many one no "
    "der die das ein eine er sie es wir ihr ich du dies im am und aber doch wenn als le la les un une il elle ils nous vous je "
    "ce cette dans en et mais el los las una ellos yo pero y de het een hij zij wij ik maar ten to on ona je ale na"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence's character offsets `start` to `end` in the text, without surrounding space."""

    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """The sentences of a text, in order. Together they contain every character except space between them."""
    return [sentence for sentence, _ in stream([text])]


def stream(parts: Iterable[str]) -> Iterator[tuple[Sentence, str]]:
    """The sentences of a text that arrives in parts, with their texts, in constant memory. Offsets refer to the whole text."""
    pending, offset = "", 0  # text not yet split, and its offset in the whole
    for part in parts:
        pending += part
        used = 0
        for start, end in _spans(pending, last=False):
            yield from _trimmed(pending, start, end, offset)
            used = end
        pending, offset = pending[used:], offset + used
    for start, end in _spans(pending, last=True):
        yield from _trimmed(pending, start, end, offset)


def split_in_two(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split an overlong sentence `text[start:end]` in two and return the parts' offsets; only surrounding space is lost.

    The cut is after a comma or another clause mark in the sentence's middle half, else at a space there, else in the middle.
    """
    middle, reach = (start + end) // 2, max(1, (end - start) // 4)
    for pattern in (_CLAUSE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, middle - reach, middle + reach)]
        if ends:
            middle = min(ends, key=lambda end: abs(end - middle))
            break
    parts = [(start, middle), (middle, end)]
    return [(a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in parts if text[a:b].strip()]


def _trimmed(text: str, start: int, end: int, offset: int) -> Iterator[tuple[Sentence, str]]:
    """The sentence in `text[start:end]`, if there is one."""
    found = text[start:end].strip()
    if found:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        yield Sentence(offset + start, offset + start + len(found)), found


def _spans(text: str, last: bool) -> Iterator[tuple[int, int]]:
    """Consecutive spans from the start of the text. Any remaining text cannot be split before more of it is known.

    Whether a span ends depends only on the text from its start to `_AHEAD` characters after its end, so splitting a text in parts
    gives the same sentences as splitting it whole.
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
    """Where to cut an overlong sentence: after the last space within the limit, else at the limit."""
    end = start + MAX_CHARACTERS
    return next((i + 1 for i in range(end - 1, start + MAX_CHARACTERS // 2, -1) if text[i].isspace()), end)


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a sentence that starts at `start` ends at the matched mark."""
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
    if bare in _CONTINUES:
        return False
    if (bare in _BEFORE_NUMBER | _MONTHS and coming[:1].isdigit()) or (bare.isdigit() and coming in _MONTHS):
        return False
    if bare in _MAY_END or _INITIALS.fullmatch(f"{word}."):
        return coming in _FIRST_WORDS and len(coming) > 1
    return True
