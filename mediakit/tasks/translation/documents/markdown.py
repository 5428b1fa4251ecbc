"""Markdown (`.md`): paragraphs, headings, list items and cells of tables; code, links' addresses and all markup stay."""

import re
from collections.abc import Iterator

from mediakit.tasks.translation.documents.document import Document, Segment
from mediakit.tasks.translation.documents.markup import span

_LINE = re.compile(r"(?P<text>[^\r\n]*)(?:\r\n|\r|\n|\Z)")
_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+)?(`{3,}|~{3,})")
# What comes before the text of a line: quotations, list items, headings.
_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?|#{1,6}[ \t]+|(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)*[ \t]*")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*")
_NO_TEXT = re.compile(r"\s*(?:[-*_=]\s*){2,}|\s*\[[^\]]+\]:\s.*|\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*|\s*<[/!?A-Za-z].*|\s*")
_HARD_BREAK = re.compile(r"(?: {2,}|\\)\Z")
_ROW = re.compile(r"\s*\|.*\|\s*")
_CELL = re.compile(r"(?:[^|\\]|\\.)+")
_JOINT = re.compile(r"[ \t]*(?:\r\n|\r|\n)[ \t>]*")
_MARKUP = re.compile(
    r"""(`+)(?!`).*?(?<!`)\1(?!`)                                   # code
    | !\[[^\[\]]*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])   # images
    | \[(?=[^\[\]]*\][(\[]) | \]\([^()]*(?:\([^()]*\)[^()]*)*\) | \]\[[^\]]*\]   # links, but for their texts
    | \[\^[^\]\s]+\] | \\[^\w\s]                                    # footnotes, escapes
    | \*{1,3} | ~~ | (?<!\w)_{1,3}(?=\S) | (?<=\S)_{1,3}(?!\w)""",
    re.VERBOSE | re.DOTALL,
)


def looks_like(text: str) -> bool:
    """Whether a text can only be in this format: never, since plain text has its marks too."""
    return False


def read(text: str, name: str) -> Document:
    """A file's paragraphs, headings, list items and cells."""
    found = (span(text, start, end, strict=False, joint=_JOINT, hidden=_MARKUP) for start, end in _blocks(text))
    return Document(text, tuple(Segment((each,)) for each in found if each))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where the text of each paragraph, heading, item and cell is."""
    begin: int | None = None  # of the paragraph that goes on
    end, in_list, quoted, after_blank = 0, False, False, True
    for start, stop in _text_lines(text):
        line = text[start:stop]
        prefix = _PREFIX.match(line).end()  # type: ignore[union-attr]
        marked = prefix > _QUOTE.match(line).end()  # type: ignore[union-attr]
        code = after_blank and not in_list and not marked and re.match(r" {4}|\t", line)
        quote = line.lstrip().startswith(">") and not quoted  # a paragraph ends where a quotation begins
        if begin is not None and (_NO_TEXT.fullmatch(line) or marked or quote or _ROW.fullmatch(line)):
            yield begin, end
            begin = None
        after_blank = not line.strip()
        if _NO_TEXT.fullmatch(line[prefix:]) or code:
            after_blank = after_blank or bool(code)
            continue
        quoted = line.lstrip().startswith(">")
        in_list = marked or (in_list and line[:1] in " \t")
        if _ROW.fullmatch(line):
            yield from ((start + cell.start(), start + cell.end()) for cell in _CELL.finditer(line))
            continue
        begin, end = start + prefix if begin is None else begin, stop
        if "#" in line[:prefix] or _HARD_BREAK.search(line):
            yield begin, len(_HARD_BREAK.sub("", text[:stop]))
            begin = None
    if begin is not None:
        yield begin, end


def _text_lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines outside of fenced code and of the block of settings at the beginning; of each block, an empty line."""
    lines = [match.span("text") for match in _LINE.finditer(text)]
    closing = ""
    if lines and text[slice(*lines[0])].rstrip() in ("---", "+++"):
        closing = text[slice(*lines[0])].rstrip()
        if not any(text[slice(*line)].rstrip() == closing for line in lines[1:]):
            closing = ""
    for number, (start, stop) in enumerate(lines):
        line = text[start:stop]
        fence = _FENCE.match(line)
        if closing:
            closed = fence and fence[1].startswith(closing) if closing[0] in "`~" else number and line.rstrip() == closing
            closing = "" if closed else closing
            yield start, start
        elif fence:
            closing = fence[1]
            yield start, start
        else:
            yield start, stop
