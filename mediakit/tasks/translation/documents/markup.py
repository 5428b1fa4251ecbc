"""Text with tags, character references and line breaks, as in subtitles, HTML, XML and Markdown."""

import html
import re
import textwrap
from bisect import bisect_left
from collections.abc import Callable

from mediakit.tasks.translation.documents.document import Span

TAG = re.compile(r"</?[A-Za-z][^<>]*>")
BREAK = re.compile(r"\r\n|\r|\n")
JOINT = re.compile(r"[ \t]*(?:\r\n|\r|\n)[ \t]*")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});")
_QUOTES = frozenset("\"'‘’‚“”„«»‹›")
_HIDDEN = re.compile(r"<x(\d+)>")
_NONE = re.compile(r"(?!)")


def span(
    text: str, start: int, end: int, *, strict: bool = True, joint: re.Pattern[str] = JOINT, hidden: re.Pattern[str] = _NONE
) -> Span | None:
    """The span of characters `start` to `end` without the white space at its edges; None if no letter is in it.

    References of letters and quotation marks are translated as such; other references stay as they are, and so do tags.

    Args:
        strict: `&`, `<` and `>` have to be escaped in the document; otherwise only those that it had escaped are.
        joint: what is between two lines of the span; a translation gets at most as many lines.
        hidden: markup, code and the like, which is translated as a tag `<x1>`, that is not at all.
    """
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(text[start:end].rstrip())
    inner = text[start:end]
    if not any(map(str.isalpha, html.unescape(TAG.sub("", hidden.sub("", inner))))):
        return None
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"<x{len(kept)}>"

    plain = hidden.sub(hide, inner)
    joints = [match.group() for match in joint.finditer(plain)]
    escape = escaping(plain, strict)

    def spell(translation: str) -> str:
        lines = [escape(line) for line in in_lines(translation, len(joints) + 1)]
        joined = "".join(part for both in zip(["", *joints], lines, strict=False) for part in both)
        return _HIDDEN.sub(lambda match: kept[int(match[1]) - 1] if 0 < int(match[1]) <= len(kept) else match.group(), joined)

    return Span(start, end, unescaped(joint.sub(" ", plain)), spell)


def unescaped(text: str) -> str:
    """The text with the letters and quotation marks that references stand for; other references are no part of a sentence."""

    def character(match: re.Match[str]) -> str:
        found = html.unescape(match.group())
        return found if found.isalpha() or found in _QUOTES else match.group()

    return _REFERENCE.sub(character, text)


def escaping(source: str, strict: bool) -> Callable[[str], str]:
    """The function that escapes a translation of `source`: what was escaped there, and what has to be."""
    escaped = {html.unescape(reference): reference for reference in _REFERENCE.findall(source)}
    escaped = {character: reference for character, reference in escaped.items() if character in _QUOTES}
    if strict:
        escaped = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | escaped
    table = str.maketrans(escaped)
    keep = re.compile(f"{TAG.pattern}|{_REFERENCE.pattern}" if TAG.search(source) else _REFERENCE.pattern)

    def escape(text: str) -> str:
        pieces, end = [], 0
        for match in keep.finditer(text):
            pieces += [text[end : match.start()].translate(table), match.group()]
            end = match.end()
        return "".join([*pieces, text[end:].translate(table)])

    return escape


def in_lines(text: str, count: int) -> list[str]:
    """The text wrapped to at most `count` lines of about the same length, without a break in a tag."""
    if count <= 1 or not text:
        return [text] if text else []
    whole = TAG.sub(lambda match: match.group().replace(" ", "\0"), text)
    widths = range(max(1, -(-len(whole) // count)), len(whole) + 1)
    width = widths[bisect_left(widths, True, key=lambda width: len(_wrapped(whole, width)) <= count)]
    return [line.replace("\0", " ") for line in _wrapped(whole, width)]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
