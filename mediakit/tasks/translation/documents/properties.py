"""Java properties (`.properties`): the values are translated, the keys are not."""

import re
from collections.abc import Iterator

from mediakit.tasks.translation.documents.document import Document, Segment, Span

_LINE = re.compile(
    r"^[ \t\f]*(?![#!\s])(?P<key>(?:[^\\\r\n=:\s]|\\.)+)(?:[ \t\f]*[=:]|[ \t\f])[ \t\f]*"
    r"(?P<value>(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*)",
    re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(?:u([\da-fA-F]{4})|(?:\r\n|\r|\n)[ \t\f]*()|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}


def looks_like(text: str) -> bool:
    """Whether a text can only be in this format: never, since any text may have an equals sign."""
    return False


def read(text: str, name: str) -> Document:
    """A file's values. A translation has its letters beyond ASCII escaped, as every reader understands, unless the file has some."""
    ascii_only = text.isascii()
    return Document(text, tuple(_segments(text, ascii_only)))


def _segments(text: str, ascii_only: bool) -> Iterator[Segment]:
    for match in _LINE.finditer(text):
        value = _unescaped(match["value"])
        if any(map(str.isalpha, value)) and value.isprintable() | ("\n" in value):
            yield Segment((Span(*match.span("value"), value, lambda string: _escaped(string, ascii_only)),), {"key": match["key"]})


def _unescaped(value: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return "" if match[3] is None else _ESCAPED.get(match[3], match[3])

    # Two escapes may be one character beyond the first 65,536.
    return _ESCAPE.sub(character, value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(text: str, ascii_only: bool) -> str:
    for character, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\f", "\\f")):
        text = text.replace(character, escape)
    text = f"\\{text}" if text.startswith(" ") else text
    if not ascii_only:
        return text
    units = text.encode("utf-16-be")
    codes = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)
