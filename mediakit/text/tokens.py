"""Running text into tokens that know where they were."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mediakit.errors import InputError

MAX_LINE = 100_000  # characters of a line of tokens


class Token(NamedTuple):
    """A token: `text[start:end]` of the text that it is from, in characters."""

    text: str
    start: int
    end: int


# What stands between tokens: white space, control characters, and characters of no width that are no part of a word.
_GAP = r"\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
# What belongs to the character before: combining marks, joiners, variation selectors, the soft hyphen, skin tones.
_MARK = (
    r"\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd"
    r"\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d"
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_PICTURE = r"[\u203c-\u3299\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
_LETTER = rf"[^\W\d_][{_MARK}]*"
_WORD = rf"\w[\w{_MARK}]*"

# The first that fits is taken. What is not named below is a token of one character, with its marks.
_TOKEN = re.compile(
    rf"""
    (?P<url>(?:https?://|www\.)[^{_GAP}<>"]*[^{_GAP}<>"'.,;:!?)\]}}»”’])
    |(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    |(?P<handle>(?<!\w)[@\#]\w[\w{_MARK}]*)
    |(?P<markup>&(?:amp|lt|gt|quot);)
    |(?P<face>(?<![^{_GAP}])(?:[:;=][-'^o]?[()\[\]DPpOo3/\\|*]+|<3)(?![^{_GAP}]))
    |(?P<emoji>[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}[{_MARK}]*(?:(?<=\u200d){_PICTURE}[{_MARK}]*)*)
    |(?P<currency>[A-Z]{{1,3}}\$)
    |(?P<initials>(?:{_LETTER}\.){{2,}})
    |(?P<decimal>(?<!\w)\.\d+)
    |(?P<word>{_WORD}(?:(?:[-'’&/·_]|\.(?![A-Z])|(?<=\d)[,:](?=\d)){_WORD})*)
    |(?P<run>\.{{2,}}|-{{2,}}|!{{2,}}|\?{{2,}}|\*{{2,}}|={{2,}}|~{{2,}}|''|``)
    |(?P<other>[^{_GAP}][{_MARK}]*)
    """,
    re.VERBOSE,
)

# "do n't", "Reuters 's", as the Penn Treebank and CoNLL-2003 write them.
_CONTRACTION = re.compile(r"(?<=\w)(?:n['’]t|['’](?:s|re|ve|ll|d|m))$", re.IGNORECASE)

# Words that keep their period; initials keep it without a list. Those that are words themselves (ill, miss, no) are not here.
_ABBREVIATED = """
    mr mrs ms messrs dr prof rev hon gen col lt capt cpt sgt maj adm sen rep gov pres jr sr st mt ft
    inc corp co ltd bros assn dept univ vs etc blvd approx jan feb apr jun jul aug sep sept oct nov dec tue tues thu thur thurs
    ala ariz ark calif colo conn fla kan ky md minn mo nev okla penn tenn tex va vt wis wyo
    sra srta dra dña ud uds avda núm pág gral cía dhr mevr mej drs ir ing tel nr blz bv enz
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())


def tokenize(text: str, *, contractions: bool = True) -> list[Token]:
    """Tokens of running text, as the training texts of CoNLL-2003 are cut.

    Punctuation stands alone; inside of words it stays (`all-rounder`, `O'Brien`, `1996-08-30`, `6,000`, `S&P`). Abbreviations and
    initials keep their period (`U.S.`, `Mr.`, `J.`). Addresses, @names, #tags and emoji, however many characters they are made of,
    stay whole. Every character that is no gap (white space, control characters, characters of no width) is in one token, and no
    token is empty.

    Args:
        text: any string: lines, tabs and line ends of all kinds are gaps.
        contractions: cut English ones (`do n't`, `she 's`); false for other languages (Dutch `foto's`).
    """
    return list(_tokens(text, contractions))


def _tokens(text: str, contractions: bool) -> Iterator[Token]:
    place = 0
    while match := _TOKEN.search(text, place):
        start, place = match.span()
        if match.lastgroup == "word":
            if _keeps_period(text, start, place):
                place += 1
            elif contractions and (cut := _CONTRACTION.search(text, start, place)):
                yield Token(text[start : cut.start()], start, cut.start())
                start = cut.start()
        yield Token(text[start:place], start, place)


def _keeps_period(text: str, start: int, end: int) -> bool:
    """Whether the period after the word `text[start:end]`, if there is one, belongs to it."""
    if text[end : end + 1] != "." or text[end + 1 : end + 2] == ".":
        return False
    word = text[start:end]
    if word.isdigit():  # "3. Lars Riedel": a number in a list begins a line, and something follows
        begins = start == 0 or text[start - 1] in "\r\n"
        return begins and len(word) <= 3 and text[end + 1 : end + 2] in (" ", "\t") and bool(text[end + 1 : end + 3].strip())
    if word.casefold() in _ABBREVIATIONS:  # at the end of a line the period is the sentence's
        return text[end + 1 : end + 2] not in ("", "\r", "\n")
    return len(word) == 1 and word.isupper()


_GIVEN = re.compile(r"[^ \t]+")


def token_lines(parts: Iterable[str], name: str = "the text") -> Iterator[list[Token]]:
    """The tokens of a text whose lines are sentences and whose tokens stand between spaces; offsets are those in the whole.

    The text comes in parts, at flat memory. Lines without tokens are left out. Raises InputError, with the text's `name`, for a
    line of more than MAX_LINE characters.
    """
    place = 0
    for number, line in enumerate(_lines(parts), 1):
        bare = line.rstrip("\r\n")
        if len(bare) > MAX_LINE:
            raise InputError(f"{name}: line {number} has more than {MAX_LINE:,} characters; give one sentence a line")
        begin = 1 if number == 1 and line.startswith("\ufeff") else 0
        tokens = [Token(found.group(), place + found.start(), place + found.end()) for found in _GIVEN.finditer(bare, begin)]
        if tokens:
            yield tokens
        place += len(line)


def _lines(parts: Iterable[str]) -> Iterator[str]:
    """Lines with their ends; one that is much too long comes before its end is known."""
    waiting = ""
    for part in parts:
        *lines, waiting = (waiting + part).split("\n")
        yield from (f"{line}\n" for line in lines)
        if len(waiting) > MAX_LINE + 1:
            break
    if waiting:
        yield waiting
