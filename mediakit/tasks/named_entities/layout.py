"""The layout of a text: where a table, a list, the head of a mail or a page of HTML ends a sentence, and markup, which is no text."""

import re
from collections.abc import Iterator

_BLOCKS = (
    "address|article|aside|blockquote|body|br|caption|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|li|main|nav|ol"
    "|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
_INLINE = "a|abbr|b|big|button|cite|code|del|em|font|i|img|input|ins|label|link|mark|meta|noscript|q|s|small|span|strong|sub|sup|time|u|wbr"
_ATTRIBUTES = r"(?:\s[^<>]*)?/?"
_BREAK = re.compile(
    rf"(?is:<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<!doctype[^<>]*>|</?(?:{_BLOCKS}){_ATTRIBUTES}>)"
    # A line of a list, of a quoted mail, or of a mail's head; other line ends only wrap a line.
    r"|\n(?=[ ]*(?:[•▪‣◦*–—-][ ]|\d{1,3}[.)][ ]|>|(?:From|To|Cc|CC|Bcc|Sent|Date|Subject|Reply-To|Von|An|Betreff|De|Para|Asunto):))"
)
_CELL = re.compile(rf"\t|{_BREAK.pattern}")
# Tags within a sentence, and Markdown's underlines around words.
_MARKUP = re.compile(rf"(?i:</?(?:{_INLINE}){_ATTRIBUTES}>)|(?<!\w)__?(?=[^\W_])|(?<=[^\W_])__?(?!\w)")


def pieces(sentence: str) -> Iterator[tuple[int, str]]:
    """The parts of a sentence that its layout separates, each with its start. Markup within a part is blanked out."""
    start = 0
    if "<" in sentence or "\n" in sentence:
        table = sum("\t" in line for line in sentence.split("\n")) > 1  # elsewhere, a tab may be in a name
        for found in (_CELL if table else _BREAK).finditer(sentence):
            yield start, _plain(sentence[start : found.start()])
            start = found.end()
    yield start, _plain(sentence[start:])


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda mark: " " * len(mark[0]), text) if "<" in text or "_" in text else text
