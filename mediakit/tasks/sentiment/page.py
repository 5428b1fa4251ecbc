"""A text with its words shaded by what they say, as HTML."""

import html
from collections.abc import Iterator

from mediakit.runtime.page import escaped
from mediakit.tasks.sentiment.pipeline import Part, Sentiment, Word

FULL = 2.0  # the weight, in logits, that is shaded fully
STYLE = """.sentiment { overflow-wrap: anywhere; line-height: 2; margin: 0 0 1em; }
.sentiment .verdict { font-weight: bold; margin-right: 0.8em; }
.sentiment .part { border-bottom: 2px solid #bbb; padding-bottom: 0.1em; white-space: pre-wrap; }
.sentiment .part.positive { border-color: #2a78c2; } .sentiment .part.negative { border-color: #d1661c; }
.sentiment .word { border-radius: 0.25em; padding: 0.1em 0; }"""
POSITIVE, NEGATIVE = (42, 120, 194), (209, 102, 28)  # blue and orange, which differ for all eyes


def fragment(sentiment: Sentiment) -> str:
    """One text as HTML that stands alone, for notebooks."""
    return f"<style>\n{STYLE}\n</style>\n{page_text(sentiment)}"


def page_text(sentiment: Sentiment) -> str:
    """One text on a page: the verdict, then its parts underlined, their words shaded by weight. Hovering shows numbers."""
    stars = "" if sentiment.stars is None else f" {sentiment.stars}/5"
    verdict = f'<span class="verdict">{sentiment.label} {sentiment.score:.2f}{stars}</span>'
    body = "".join(
        f'<span class="part {part.label}" title="{part.label} {part.score:.2f}">{_shaded(sentiment.text, part)}</span>'
        if part
        else escaped(between)
        for between, part in _with_gaps(sentiment)
    )
    return f'<p class="sentiment" dir="auto">{verdict}{body}</p>\n'


def _with_gaps(sentiment: Sentiment) -> Iterator[tuple[str, Part | None]]:
    """The parts of a text, and what is between them."""
    done = 0
    for part in sentiment.parts:
        yield sentiment.text[done : part.start], None
        yield "", part
        done = part.end
    yield sentiment.text[done:], None


def _shaded(text: str, part: Part) -> str:
    pieces, done = [], part.start
    for word in part.weighed:
        pieces.append(escaped(text[done : word.start]))
        pieces.append(_shaded_word(word))
        done = word.end
    return "".join(pieces)


def _shaded_word(word: Word) -> str:
    strength = min(1.0, abs(word.weight) / FULL)
    if strength < 0.05:
        return escaped(word.text)
    red, green, blue = POSITIVE if word.weight > 0 else NEGATIVE
    colour = f"rgba({red}, {green}, {blue}, {0.75 * strength:.2f})"
    return f'<span class="word" style="background: {colour}" title="{html.escape(f"{word.weight:+.2f}")}">{escaped(word.text)}</span>'
