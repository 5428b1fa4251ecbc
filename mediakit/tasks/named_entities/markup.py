"""A text with its entities marked: plain, in a terminal's colours, and as HTML in the style of spaCy's displaCy.

Functions take a part of a text, where in the text it starts, and its entities, in order and without overlaps.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from mediakit.runtime import page
from mediakit.runtime.page import escaped


class Marked(Protocol):
    """An entity: its type, its characters in the whole text, and its probability."""

    @property
    def label(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def score(self) -> float: ...


# The colour in HTML, displaCy's for the type of the same meaning, and the one in a terminal (of 256).
_COLOURS = {
    "per": ("#aa9cfc", 147),
    "person": ("#aa9cfc", 147),
    "loc": ("#ff9561", 209),
    "location": ("#ff9561", 209),
    "org": ("#7aecec", 123),
    "corporation": ("#7aecec", 123),
    "group": ("#c887fb", 177),
    "misc": ("#feca74", 222),
    "product": ("#bfeeb7", 157),
    "creative-work": ("#f0d0ff", 225),
}
_OTHER = ("#dddddd", 253)


def plain(text: str, start: int, entities: Iterable[Marked]) -> str:
    """`[Ada Lovelace PER] worked in [London LOC].`"""
    return "".join(f"[{piece} {entity.label}]" if entity else piece for piece, entity in _pieces(text, start, entities))


def coloured(text: str, start: int, entities: Iterable[Marked]) -> str:
    """For a terminal: black on the type's colour, the type in bold. Control characters in the text become question marks."""

    def piece_for_terminal(piece: str, entity: Marked | None) -> str:
        piece = page.printable(piece)
        return f"\x1b[30;48;5;{_colours(entity.label)[1]}m {piece} \x1b[1m{entity.label} \x1b[0m" if entity else piece

    return "".join(piece_for_terminal(*each) for each in _pieces(text, start, entities))


def page_start(title: str, labels: Sequence[str]) -> str:
    """The start of a page, up to its first text; `labels` are the types that it may show."""
    return page.page_start(title, _style(labels))


def _style(labels: Iterable[str]) -> str:
    """The rules for texts whose entities have these types."""
    colours = "\n".join(f'.entity[data-label="{html.escape(label)}"] {{ background: {_colours(label)[0]}; }}' for label in labels)
    return f""".entities {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 2.5; }}
.entity {{
  background: {_OTHER[0]}; color: #111; padding: 0.35em 0.5em; margin: 0 0.2em; line-height: 1; border-radius: 0.35em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
}}
.entities .label {{ font-size: 0.75em; font-weight: bold; margin-left: 0.6em; vertical-align: middle; }}
{colours}"""


def fragment(text: str, entities: Sequence[Marked]) -> str:
    """One text as HTML that stands alone, for notebooks."""
    style = _style(sorted({entity.label for entity in entities}))
    return f"<style>\n{style}\n</style>\n{page_text_start()}{page_piece(text, 0, entities)}{page_text_end()}"


def page_text_start(heading: str | None = None) -> str:
    """The start of one text on a page."""
    return f'{page.heading(heading)}<div class="entities" dir="auto">'


def page_piece(text: str, start: int, entities: Iterable[Marked]) -> str:
    """A part of a text, escaped; hovering over an entity shows its score."""
    return "".join(
        f'<mark class="entity" data-label="{html.escape(entity.label)}" title="{entity.score:.0%}">{escaped(piece)}'
        f'<span class="label">{html.escape(entity.label)}</span></mark>'
        if entity
        else escaped(piece)
        for piece, entity in _pieces(text, start, entities)
    )


def page_text_end(error: str | None = None) -> str:
    """The end of one text, with the error that ended it."""
    return f"</div>\n{page.error_line(error)}"


def _pieces(text: str, start: int, entities: Iterable[Marked]) -> Iterator[tuple[str, Marked | None]]:
    """The text, split at its entities."""
    done = 0
    for entity in entities:
        begin, end = entity.start - start, entity.end - start
        yield text[done:begin], None
        yield text[begin:end], entity
        done = end
    yield text[done:], None


def _colours(label: str) -> tuple[str, int]:
    return _COLOURS.get(label.lower(), _OTHER)
