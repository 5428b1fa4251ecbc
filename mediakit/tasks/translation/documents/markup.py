"""Text with tags and character references, as in HTML, XML and subtitles."""

import html
import re
from collections.abc import Callable

from mediakit.tasks.translation.documents.document import Span

TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][\da-fA-F]+|[A-Za-z]\w*);")


def span(text: str, start: int, end: int, strict: bool = True) -> Span | None:
    """The span of characters `start` to `end` without the white space at its edges; None if no letter is in it.

    Character references are translated as the characters they stand for; those of spaces stay, as do tags.

    Args:
        strict: `&`, `<` and `>` have to be escaped in the document; otherwise only those that it had escaped are.
    """
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(text[start:end].rstrip())
    inner = text[start:end]
    if not any(map(str.isalpha, _REFERENCE.sub(_letter, TAG.sub("", inner)))):
        return None
    return Span(start, end, unescaped(inner), escaping(inner, strict))


def unescaped(text: str) -> str:
    """The text with the characters that references stand for, but for spaces, and for `<` and `>` beside tags."""
    tagged = bool(TAG.search(text))

    def character(match: re.Match[str]) -> str:
        found = html.unescape(match.group())
        return match.group() if not found.isprintable() or found.isspace() or (tagged and found in "<>") else found

    return _REFERENCE.sub(character, text)


def escaping(source: str, strict: bool) -> Callable[[str], str]:
    """The function that escapes a translation of `source`: what was escaped there, and what has to be."""
    escaped = {html.unescape(reference): reference for reference in _REFERENCE.findall(source)}
    escaped = {character: reference for character, reference in escaped.items() if not character.isalpha()}
    if strict:
        escaped = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | escaped
    table = str.maketrans({character: reference for character, reference in escaped.items() if len(character) == 1})
    keep = re.compile(f"{TAG.pattern}|{_REFERENCE.pattern}" if TAG.search(source) else _REFERENCE.pattern)

    def escape(text: str) -> str:
        pieces, end = [], 0
        for match in keep.finditer(text):
            pieces += [text[end : match.start()].translate(table), match.group()]
            end = match.end()
        return "".join([*pieces, text[end:].translate(table)])

    return escape


def _letter(match: re.Match[str]) -> str:
    return html.unescape(match.group())
