"""A text's words as the network reads them, and its clauses."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mediakit.text import sentences
from mediakit.text.tokens import Token, tokenize

# Tokens of treebanks, as SST-2 has them, in place of brackets and quotation marks. Replacements keep the length, and so offsets.
_TREEBANK = re.compile(r"-[lr][rscq]b-|``|''|`|\\(?=[/*])", re.IGNORECASE)
_MARKS = {"-lrb-": "  (  ", "-rrb-": "  )  ", "-lsb-": "  [  ", "-rsb-": "  ]  ", "-lcb-": "  {  ", "-rcb-": "  }  ", "`": "'", "\\": " "}
_CURLY = str.maketrans("‘’“”", "''\"\"")
_SUFFIXES = frozenset({"s", "re", "ve", "ll", "d", "m"})  # of contractions: "it 's", "we 've"

# Before these a clause begins, anywhere but at the start of a sentence.
_CONTRASTS = frozenset({"but", "although", "though", "however", "whereas", "yet", "nevertheless", "nonetheless"})
_CONCESSIONS = frozenset({"although", "though", "while", "whereas", "despite"})  # at its start, up to the first comma
_NOT_AFTER = frozenset({"nothing", "all", "anything", "everything", "none", "no", "not", "even", "as", "last", "cannot", "and", "or"})
_NOT_BEFORE = frozenset({"also", "for", "another", "again", "to"})
LEAST = 2  # words of a clause


def words_of(text: str) -> list[Token]:
    """The tokens of a text in lower case, with their offsets in it. Text that was tokenised as in the Penn Treebank gives the same
    tokens as plain text."""
    plain = _TREEBANK.sub(lambda found: _MARKS.get(found.group().lower(), ' "'), text.translate(_CURLY))
    words: list[Token] = []
    for token in tokenize(plain):
        word = token.text.lower()
        before = words[-1] if words else None
        if before and before.text == "'" and before.end == token.start and word in _SUFFIXES:
            words[-1] = Token(f"'{word}", before.start, token.end)
        else:
            words.append(Token(word, token.start, token.end))
    return words


def is_word(token: Token) -> bool:
    """Whether a token is more than punctuation."""
    return token.text.isalnum() or any(map(str.isalnum, token.text))


def clauses(text: str, words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The clauses of a text, as spans of its words that follow one another.

    A clause ends with its sentence, at a semicolon, and before a word of contrast such as "but". A clause has at least LEAST words.
    """
    ends = [word.end for word in words]
    places = [0, *(bisect_right(ends, sentence.end) for sentence in sentences.split(text))]
    for first, last in pairwise(places):
        cut = first
        for place in _cuts(words, first, last):
            if min(_count(words[cut:place]), _count(words[place:last])) >= LEAST:
                yield cut, place
                cut = place
        if last > cut:
            yield cut, last


def _count(words: Sequence[Token]) -> int:
    return sum(map(is_word, words))


def _cuts(words: Sequence[Token], first: int, last: int) -> Iterator[int]:
    """Where a clause may begin within the sentence of the words `first` up to `last`."""
    concession = words[first].text in _CONCESSIONS if first < last else False
    for i in range(first + 1, last):
        word, before, after = words[i].text, words[i - 1].text, words[i + 1].text if i + 1 < last else ""
        if before == ";" or (before == "," and concession):
            concession = False
            yield i
        elif word in _CONTRASTS and before not in _NOT_AFTER and after not in _NOT_BEFORE and (word != "yet" or before == ","):
            yield i
