"""Text that comes out of a translation as it went in: addresses, placeholders, tags, emoji, numbers; and capitals.

A model that has learned placeholder characters reads one in the place of each such piece and writes it where the piece
belongs. Where it loses one, and with a model that knows none, the text around the pieces is translated in parts.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from mediakit.tasks.translation.inline_tags import TagSpan, without_tags
from mediakit.text.subwords import PLACEHOLDERS

_ALWAYS = re.compile(
    r"""
      (?:https?|ftp|file)://(?:[^\s<>"()]|\([^\s<>"()]*\))*(?<=[\w/=&\#)-])   # addresses
    | www\.[^\s<>"]*[\w/=&\#-]
    | (?<![\w.+-])(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | (?<![\w.-])(?:[\w-]+\.)+(?:com|de|edu|eu|gov|info|io|net|org|uk)\b(?:/[^\s<>"]*[\w/=&\#-])?
    | (?<!\w)[@\#][A-Za-z_]\w*                              # @somebody, #topic
    | (?<![\w/.])(?:~|\.{1,2}(?=/))?(?:/[\w.-]*\w){2,}/?        # paths, and names of files and in programs
    | (?<![\w/.])\.{1,2}/[\w.-]*\w
    | (?<!\w)[A-Za-z]:\\[^\s<>"|]*\w
    | (?<![\w.-])[\w-]+\.(?:csv|docx?|exe|gif|html?|jpe?g|json|md|mp[34]|pdf|png|po|py|srt|svg|txt|xlsx?|xml|ya?ml|zip)\b
    | (?<!\w)\w+(?:_\w+)+(?!\w)
    | (?<!\w)v\d+(?:\.\d+)+\b                               # versions
    | (?<!\w)\+\d[\d ()-]{5,}\d                            # telephone numbers
    | `[^`\n]+`
    | [\#$%]?\{\{?[^{}\n]*\}\}?                             # {name}, {{name}}, ${name}, #{name}, %{name}
    | \$\(\w+\) | \[\[[^\[\]\n]*\]\] | @@\w+@@ | %[A-Za-z_]\w+% | <%.*?%>
    | (?<![\w:]):[a-z_+-][\w+-]*:(?![\w:])                   # :smile:
    | (?<![\w%])%(?:\d+\$|\(\w+\))?[-+\#0]*\d*(?:\.\d+)?(?:hh?|ll?|[Lqjzt])?[diouxXeEfFgGcrsS@]
    | (?<![\w%])%(?:\d+\b|%)
    | \$[A-Za-z_]\w*
    | </?[A-Za-z][^<>\n]*>|</?\d+[ ]?/?>|<!--.*?-->
    | &(?:\#\d+|\#x[\da-fA-F]+|[A-Za-z]\w*);
    | \\[nrt"']
    | [0-9\#*]\ufe0f?\u20e3                                 # emoji: keycaps; symbols with what modifies and joins them
    | (?:[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]
         [\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*)+
    | [\ue000-\uf8ff]+                                      # private use
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(
    r"(?<![\w.,])[+−-]?[$€£\#]?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,:/'^-]\d+)*"
    r"(?:[ ]?[%€$£]|[kcmµn]?m²?|[kmµ]?g|[cm]?l|[kMGT]i?B|k?Wh?|[kMG]?Hz|°[CF]?|mph|lbs?|px|[ ]?[ap](?:m\b|\.m\.))?(?![\w%]|[.,:/'^-]\d)"
)
_TITLE = r"(?:Mr|Mrs|Ms|Dr)\b\.?[ ](?=[A-Z])"
_WORD_OR_MARK = re.compile(rf"(?:{_TITLE})?\w+(?:-\w+|['’](?!s\b)\w+)*|[^\w\s]")
_BEGINNING = re.compile(r"\W*|.*[.!?:(\"“‘–—-]\s*", re.DOTALL)
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Words that Title Case leaves small.
_SMALL = frozenset(
    ("a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "nor", "of", "on", "or", "per", "the", "to", "via", "with")
)
_EDGE = " \t\n,;:.!?)]}"
_TWICE = frozenset(("nous", "vous"))  # may come twice in a row, as words of up to three letters may ("dass sie sie sah")

Knows = Callable[[str, bool], bool]


def _everything(word: str, name: bool) -> bool:
    return True


@dataclass(frozen=True)
class Piece:
    """A piece of protected text: characters `start` to `end`; a `number` may be left to the model, all others may not."""

    start: int
    end: int
    number: bool = False


def pieces(text: str, knows: Knows = _everything) -> list[Piece]:
    """The protected pieces of a text, in order; among them the words and marks that the model does not know.

    Args:
        knows: whether the model knows a word or mark, given whether it is spelled like a name: with a title, or with a capital that is
            not that of a sentence.
    """
    found = [Piece(*match.span()) for match in _ALWAYS.finditer(text)]
    names = ordinary_spelling(_ALWAYS.sub(" ", text))[1] is str  # in a title every word has a capital
    strange = [
        Piece(*word.span()) for word in _outside(found, _WORD_OR_MARK, text) if not knows(word.group(), names and _is_name(text, word))
    ]
    found = _in_order(found, strange)
    return _in_order(found, [Piece(*match.span(), True) for match in _outside(found, _NUMBER, text)])


def _is_name(text: str, word: re.Match[str]) -> bool:
    """Whether a word has a capital, and not because a sentence begins, or a title such as Mr."""
    return bool(re.match(_TITLE, word.group())) or (word.group()[0].isupper() and not _BEGINNING.fullmatch(text, 0, word.start()))


def _in_order(*found: list[Piece]) -> list[Piece]:
    return sorted((piece for some in found for piece in some), key=lambda piece: piece.start)


def _outside(found: list[Piece], pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches of a pattern between the pieces that were found."""
    edges = [0, *(edge for piece in found for edge in (piece.start, piece.end)), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield from pattern.finditer(text, start, end)


@dataclass(frozen=True)
class Prepared:
    """A sentence as the model reads it.

    Attributes:
        text: with placeholders for `kept`.
        numbers: those left in `text`.
        finish: gives the translation, or a word of it, the case of the sentence.
        checked: whether the translation has to have all of these.
        tags: those of `kept` that are not in `text`, since they are put back by the alignment.
    """

    text: str
    kept: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    finish: Callable[[str], str] = str
    checked: bool = True
    tags: tuple[TagSpan, ...] = ()

    def without_tags(self) -> "Prepared | None":
        """The sentence without its tags; None if it has none, or such that cannot be put back."""
        found = without_tags(self.text, dict(zip(PLACEHOLDERS, self.kept, strict=False)))
        return replace(self, text=found[0], tags=found[1]) if found else None

    def accepts(self, translation: str) -> bool:
        """Whether a translation of `text` has each placeholder once, and all of the numbers."""
        if not self.checked:
            return True
        marks = [character for character in translation if character in PLACEHOLDERS]
        if sorted(marks) != list(PLACEHOLDERS[: len(self.kept)]):
            return False
        return all(translation.count(number) >= self.text.count(number) for number in self.numbers)

    def restore(self, translation: str) -> str:
        """A translation, or a word of it, in the sentence's case and with what the placeholders stand for."""
        return self.fill(self.finish(translation))

    def fill(self, text: str) -> str:
        """A text with what the placeholders stand for; one that stands for nothing is left out. "3 p.m." ends a sentence as it is."""
        for mark, kept in zip(PLACEHOLDERS, self.kept, strict=False):
            if kept.endswith(".") and text.endswith(mark + "."):
                text = text[:-1]
        return text.translate(dict.fromkeys(map(ord, PLACEHOLDERS), "") | dict(zip(map(ord, PLACEHOLDERS), self.kept, strict=False)))


def prepare(sentence: str, placeholders: bool, knows: Knows = _everything) -> Prepared | None:
    """A sentence ready for a model; None when it has to be translated in `parts`.

    Args:
        sentence: without space around.
        placeholders: whether the model knows `PLACEHOLDERS`.
        knows: see `pieces`.
    """
    found = pieces(sentence, knows)
    if not placeholders:
        if not all(piece.number for piece in found):
            return None
        text, case = ordinary_spelling(sentence)
        return Prepared(text, numbers=tuple(sentence[piece.start : piece.end] for piece in found), finish=case)
    if len(found) > len(PLACEHOLDERS):
        return None
    text, end = "", 0
    for piece, mark in zip(found, PLACEHOLDERS, strict=False):
        text, end = text + sentence[end : piece.start] + mark, piece.end
    text, case = ordinary_spelling(text + sentence[end:])
    return Prepared(text, tuple(sentence[piece.start : piece.end] for piece in found), finish=case)


def unchecked(part: str, small: Callable[[str], bool] = lambda word: False) -> Prepared:
    """A part of a sentence, whose translation is taken as it comes, but for a full stop and a capital that the part does not have.

    Args:
        small: whether the language of the translation spells a word with a small letter.
    """
    text, case = ordinary_spelling(part)

    def finish(translation: str) -> str:
        if part[-1:].isalnum():
            translation = translation.rstrip(".!?।")
        first = _LETTERS.match(translation)
        if part[:1].islower() and first and small(first.group().lower()):
            translation = translation[:1].lower() + translation[1:]
        return case(translation)

    return Prepared(text, finish=finish, checked=False)


def stutters(translation: str, source: str) -> bool:
    """Whether a word comes twice in a row, a short one three times, or a word is another one twice ("Seite Seite", "Namename"), but not
    where the source repeats a word. Scripts without capitals are passed over: Hindi repeats words to stress them."""
    words, source_words = ([match.group().casefold() for match in _LETTERS.finditer(text)] for text in (translation, source))
    if translation.upper() == translation.lower() or any(a == b for a, b in pairwise(source_words)):
        return False
    if any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False)):
        return True
    if any(a == b and len(a) > 3 and a not in _TWICE for a, b in pairwise(words)):
        return True
    return any(word[: len(word) // 2] == word[len(word) // 2 :] for word in words if len(word) > 5)


def parts(text: str, start: int, end: int, knows: Knows = _everything) -> Iterator[tuple[int, int]]:
    """Where the words between the protected pieces of a sentence begin and end; the sentence is from `start` to `end`."""
    before = start
    for piece in [*pieces(text[start:end], knows), Piece(end - start, end - start)]:
        first, last = before, start + piece.start
        first += len(text[first:last]) - len(text[first:last].lstrip(_EDGE))
        last -= len(text[first:last]) - len(text[first:last].rstrip())
        if first < last:
            yield first, last
        before = start + piece.end


def ordinary_spelling(text: str) -> tuple[str, Callable[[str], str]]:
    """A sentence in capitals or in Title Case as it is spelled otherwise, and the function that gives a translation its case."""
    words = _LETTERS.findall(text)
    # A short word in capitals may be an abbreviation.
    if sum(map(len, words)) >= (4 if len(words) > 1 else 5) and text == text.upper() and text != text.lower():
        return _sentence_case(text), _upper
    long = [word for word in words if word.lower() not in _SMALL]
    # Three capitals may be a name; four, or one on a small word, are a title.
    enough = len(long) >= 4 or (len(long) >= 2 and any(word[0].isupper() for word in words[1:] if word.lower() in _SMALL))
    if enough and all(word[0].isupper() and word[1:] == word[1:].lower() for word in long):
        return _sentence_case(text), _title
    return text, str


def _sentence_case(text: str) -> str:
    """In small letters but for the first one, and for "I"."""
    small = re.sub(r"(?<![\w'’])i(?![\w])", "I", text.lower())
    first = next((i for i, character in enumerate(small) if character.isalpha()), 0)
    return small[:first] + small[first : first + 1].upper() + small[first + 1 :]


def _upper(text: str) -> str:
    return unicodedata.normalize("NFC", text.upper())


def _title(text: str) -> str:
    return _LETTERS.sub(lambda match: match.group()[0].upper() + match.group()[1:], text)
