"""Tokenising running text, with character offsets."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mediakit.errors import InputError

MAX_LINE = 100_000  # characters in a line of tokens


class Token(NamedTuple):
    """A token and its character offsets: `text[start:end]` of the original text."""

    text: str
    start: int
    end: int


# Between tokens: white space, control characters, and zero-width characters that are not part of a word.
_GAP = r"\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
# Attached to the preceding character: combining marks, joiners, variation selectors, the soft hyphen, skin tones.
_MARK = (
    r"\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd"
    r"\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d"
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_PICTOGRAPH = r"[\u203c-\u3299\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
_LETTER = rf"[^\W\d_][{_MARK}]*"
# Character references of HTML; those of letters belong to words.
_REFERENCE = r"&(?:\#\d{1,7}|\#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});|&(?:amp|gt|lt|nbsp|quot)(?!\w)"
_LETTER_REFERENCE = r"&[A-Za-z]{1,2}(?:acute|caron|cedil|circ|grave|lig|ring|slash|tilde|uml);"
_WORD = rf"(?:\w|{_LETTER_REFERENCE})(?:[\w{_MARK}]|{_LETTER_REFERENCE})*"
# Of several words: Ph.D., M.Sc., B.Eng.; after it a period or the end of the word. Without a period, long last parts may be names
# (J.Kohl), but for those of academic degrees.
_DEGREES = "Arch|Comm?|Div|Econ|Educ?|Eng|Litt|Math|Mus|Pharm|Phil|Psych?|Stat|Tech|Theol"
_ABBREVIATION = (
    r"(?<!\w)(?=(?:[A-Z][a-z]?|LL)\.[A-Z])(?:(?:[A-Z][a-z]{0,3}|LL)\.)+"
    rf"(?:(?:{_DEGREES})(?:\.|(?!\w))|[A-Z][a-z]{{0,3}}\.|[A-Z][a-z]?(?!\w))"
)

# The first matching alternative wins. Any other character is a token by itself, with its marks.
_TOKEN = re.compile(
    rf"""
    (?P<url>(?:https?://|www\.)[^{_GAP}<>"]*[^{_GAP}<>"'.,;:!?)\]}}»”’])
    |(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    |(?P<handle>(?<!\w)[@\#]\w[\w{_MARK}]*)
    |(?P<reference>(?!{_LETTER_REFERENCE})(?:{_REFERENCE}))
    |(?P<face>(?<![^{_GAP}])(?:[:;=][-'^o]?[()\[\]DPpOo3/\\|*]+|<3)(?![^{_GAP}]))
    |(?P<emoji>[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTOGRAPH}[{_MARK}]*(?:(?<=\u200d){_PICTOGRAPH}[{_MARK}]*)*)
    |(?P<currency>[A-Z]{{1,3}}\$)
    |(?P<abbreviation>{_ABBREVIATION})
    |(?P<initials>(?:{_LETTER}\.){{2,}})
    |(?P<decimal>(?<!\w)\.\d+)
    |(?P<word>{_WORD}(?:(?:[-'’/·_]|(?!{_REFERENCE})&|\.(?![A-Z])|(?<=\d)[,:](?=\d)){_WORD})*)
    |(?P<run>\.{{2,}}|-{{2,}}|!{{2,}}|\?{{2,}}|\*{{2,}}|={{2,}}|~{{2,}}|''|``)
    |(?P<other>[^{_GAP}][{_MARK}]*)
    """,
    re.VERBOSE,
)

_MIXED_CASE = re.compile(rf"(?=.*[a-z]){_ABBREVIATION}")

# "do n't", "Reuters 's", as in the Penn Treebank and CoNLL-2003.
_CONTRACTION = re.compile(r"(?<=\w)(?:n['’]t|['’](?:s|re|ve|ll|d|m))$", re.IGNORECASE)

# Words that keep their period. Initials need no list; abbreviations that are also words (ill, miss, no) are left out.
_ABBREVIATED = """
    mr mrs ms messrs dr prof rev hon gen col lt capt cpt sgt maj adm sen rep gov pres jr sr st mt ft
    inc corp co ltd bros assn dept univ vs etc blvd approx jan feb apr jun jul aug sep sept oct nov dec tue tues thu thur thurs
    ala ariz ark calif colo conn fla kan ky md minn mo nev okla penn tenn tex va vt wis wyo
    sra srta dra dña ud uds avda núm pág gral cía dhr mevr mej drs ir ing tel nr blz bv enz
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())


def tokenize(text: str, *, contractions: bool = True) -> list[Token]:
    """Tokenise running text in the style of CoNLL-2003.

    Punctuation is separated, except inside words (`all-rounder`, `O'Brien`, `1996-08-30`, `6,000`, `S&P`). Abbreviations and
    initials keep their periods (`U.S.`, `Ph.D.`, `Mr.`, `J.`). Addresses, @names, #tags, emoji and character references of HTML
    stay whole. Every character is in exactly one token, except white space, references to white space, control characters and
    zero-width characters. No token is empty.

    Args:
        text: any string; tabs and line ends count as white space.
        contractions: split English contractions (`do n't`, `she 's`); use False for other languages (Dutch `foto's`).
    """
    return list(_tokens(text, contractions))


def _tokens(text: str, contractions: bool) -> Iterator[Token]:
    position = 0
    while match := _TOKEN.search(text, position):
        start, position = match.span()
        if match.lastgroup == "reference" and html.unescape(match.group()).isspace():
            continue
        if match.lastgroup == "word":
            if _keeps_period(text, start, position):
                position += 1
            elif contractions and (cut := _CONTRACTION.search(text, start, position)):
                yield Token(text[start : cut.start()], start, cut.start())
                start = cut.start()
        yield Token(text[start:position], start, position)


def _keeps_period(text: str, start: int, end: int) -> bool:
    """Whether a period follows the word `text[start:end]` and belongs to it."""
    if text[end : end + 1] != "." or text[end + 1 : end + 2] == ".":
        return False
    word = text[start:end]
    if word.isdigit():  # "3. Lars Riedel": a list number starts a line, and text follows it
        starts_line = start == 0 or text[start - 1] in "\r\n"
        return starts_line and len(word) <= 3 and text[end + 1 : end + 2] in (" ", "\t") and bool(text[end + 1 : end + 3].strip())
    if word.casefold() in _ABBREVIATIONS:  # at the end of a line, the period ends the sentence
        return text[end + 1 : end + 2] not in ("", "\r", "\n")
    return len(word) == 1 and word.isupper()


def is_abbreviation_of_words(token: str) -> bool:
    """Whether a token abbreviates several words and, unlike initials, has small letters: `Ph.D.`, `M.Sc.`, not `U.S.`."""
    return "." in token and bool(_MIXED_CASE.fullmatch(token))


_PRETOKENISED = re.compile(r"[^ \t]+")
_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?=[^\n])")  # LF, CRLF, or CR alone
# A line of columns, such as `1<tab>Ada<tab>PROPN` and `Ada NNP B-PER`: it is no sentence.
_COLUMNS = re.compile(r"\d+(?:[-.]\d+)?\t[^\t]+\t.*|[^\t]+\t(?:.*\t)?(?:O|[BIES]-\S+)|(?:\S+ ){1,4}[BI]-[A-Z]{2,}")


def token_lines(parts: Iterable[str], name: str = "the text") -> Iterator[list[Token]]:
    """The tokens of a pretokenised text, with one sentence per line and spaces between tokens. Offsets refer to the whole text.

    The text arrives in parts and is processed in constant memory. Empty lines are skipped. Raises InputError, with the text's
    `name`, for a line of more than MAX_LINE characters and for one with columns.
    """
    position = 0
    for number, line in enumerate(_lines(parts), 1):
        bare = line.rstrip("\r\n")
        if len(bare) > MAX_LINE:
            raise InputError(f"{name}: line {number} has more than {MAX_LINE:,} characters; put one sentence on each line")
        if _COLUMNS.fullmatch(bare):
            raise InputError(f"{name}: line {number} has columns, as in CoNLL files; put the tokens of a sentence on one line")
        begin = 1 if number == 1 and line.startswith("\ufeff") else 0
        tokens = [Token(found.group(), position + found.start(), position + found.end()) for found in _PRETOKENISED.finditer(bare, begin)]
        if tokens:
            yield tokens
        position += len(line)


def _lines(parts: Iterable[str]) -> Iterator[str]:
    """Lines with their ends. An overlong line is yielded before its end is known."""
    pending = ""
    for part in parts:
        *lines, pending = _LINE_END.split(pending + part)
        yield from lines
        if len(pending) > MAX_LINE + 1:
            break
    if pending:
        yield pending
