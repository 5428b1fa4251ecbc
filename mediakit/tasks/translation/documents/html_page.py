"""HTML pages (`.html`): the text of each paragraph, heading or cell; tags and attributes, scripts and code stay."""

import re
from collections.abc import Iterator

from mediakit.tasks.translation.documents.document import Document, Segment, Span
from mediakit.tasks.translation.documents.markup import TAG, span

_TAG = r"</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_OTHER = r"<!--.*?(?:-->|\Z)|<[!?][^>]*>"
_TOKEN = re.compile(f"{_OTHER}|{_TAG}", re.DOTALL)
_NAME = re.compile(r"</?([A-Za-z][\w:-]*)")
# Elements within a sentence. Any other begins or ends one.
_INLINE = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd"),
        *("mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    ]
)
_KEPT = frozenset(["math", "pre", "script", "style", "svg", "template", "textarea"])  # with all that is in them
_CODE = re.compile(rf"<(code|kbd|samp|tt|var)\b[^<>]*>.*?</\1\s*>|{_OTHER}", re.DOTALL | re.IGNORECASE)
_EDGE = re.compile(rf"\s*({_TAG}|{_OTHER})", re.DOTALL)
_UNTRANSLATED = re.compile(r"\btranslate\s*=\s*[\"']?no\b|\bclass\s*=\s*[\"'][^\"']*\bnotranslate\b", re.IGNORECASE)
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


def looks_like(text: str) -> bool:
    """Whether a text, or the beginning of one, is in this format."""
    return bool(re.match(rf"(?:{_OTHER}|\s)*<(?:!doctype\s+html|html)\b", text, re.DOTALL | re.IGNORECASE))


def read(text: str, name: str) -> Document:
    """A page's paragraphs, headings, cells and the like."""
    return Document(text, tuple(Segment((found,)) for start, end in _runs(text) if (found := _trimmed(text, start, end))))


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where text with inline elements is, between the tags of other elements."""
    start, kept, depth = 0, "", 0  # inside of `kept`, nothing is translated
    for match in _TOKEN.finditer(text):
        found = _NAME.match(match.group())
        if not found:
            continue
        name, closes = found[1].lower(), match.group().startswith("</")
        if kept:
            if name == kept:
                depth += -1 if closes else 1
            if depth == 0:
                kept, start = "", match.end()
        elif not closes and _is_kept(match.group(), name):
            yield start, match.start()
            kept, depth = name, 1
        elif name not in _INLINE or not TAG.fullmatch(match.group()):
            yield start, match.start()
            start = match.end()
    if not kept:
        yield start, len(text)


def _is_kept(tag: str, name: str) -> bool:
    """Whether nothing inside of the element that begins with this tag is translated."""
    has_content = name not in _VOID and not tag.endswith("/>")
    return has_content and (name in _KEPT or bool(_UNTRANSLATED.search(tag)))


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """The text of a run, without the tags at its edges."""
    while (match := _EDGE.match(text, start, end)) and not (_CODE.match(text, match.start(1), end) and not match[1].startswith("<!")):
        start = match.end()
    return span(text, start, end, hidden=_CODE)
