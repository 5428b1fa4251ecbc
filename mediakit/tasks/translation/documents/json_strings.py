"""JSON (`.json`), as programs keep their texts: the strings are translated, keys and identifiers are not."""

import json
import re
from collections.abc import Callable, Iterator

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.document import Document, Segment, Span

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"(?P<key>\s*:)?', re.DOTALL)
_OBJECT = re.compile(r'\s*[\[{]\s*(?:\{\s*)?"(?:[^"\\\n]|\\.)*"\s*:')
_IDENTIFIER = re.compile(r"[\w$]+(?:[._/:#-]+[\w$]*)+|[a-z]+[A-Z]\w*|[#.]\w+|\W*")


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is in this format."""
    return bool(_OBJECT.match(text))


def read(text: str, name: str) -> Document:
    """A file's strings. Raises InputError for what is not JSON; there may be several values, as in JSON lines."""
    _check(text, name)
    ascii_only = text.isascii() and "\\u" in text
    return Document(text, tuple(_segments(text, lambda string: json.dumps(string, ensure_ascii=ascii_only))))


def _check(text: str, name: str) -> None:
    decoder, end = json.JSONDecoder(), 0
    while text[end:].strip():
        end += len(text[end:]) - len(text[end:].lstrip())
        try:
            _, end = decoder.raw_decode(text, end)
        except json.JSONDecodeError as error:
            raise InputError(f"{name}: line {error.lineno} is not JSON: {error.msg}") from error
        except RecursionError as error:
            raise InputError(f"{name}: is nested too deeply") from error


def _segments(text: str, spell: Callable[[str], str]) -> Iterator[Segment]:
    key = ""
    for match in _STRING.finditer(text):
        if match["key"]:
            key = json.loads(match.group()[: -len(match["key"])])
            continue
        string = json.loads(match.group())
        if _IDENTIFIER.fullmatch(string) or not any(map(str.isalpha, string)) or not _is_text(string):
            continue
        yield Segment((Span(*match.span(), string, spell),), {"key": key})


def _is_text(string: str) -> bool:
    """Whether a string has no half of a surrogate pair, which is no character."""
    return string.isascii() or not re.search("[\ud800-\udfff]", string)
