"""What every format has in common: a document is its text, and the spans of it that are translated.

Everything outside the spans is written back as it was read, and so is a span whose text did not change. A format is a module
with `read(text, name) -> Document`; it decides where the spans are and how a translation is spelled in them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of a document, for which a translation is written.

    Attributes:
        text: what is translated. It may have line breaks; each line is translated by itself.
        spell: a translation as the document spells it, with its escapes.
    """

    start: int
    end: int
    text: str
    spell: Callable[[str], str] = str

    @property
    def lines(self) -> list[str]:
        """The texts to translate."""
        return self.text.split("\n")


@dataclass(frozen=True)
class Segment:
    """Spans that belong together, such as those of one subtitle, and what JSON says of them beside their texts."""

    spans: tuple[Span, ...]
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The texts to translate."""
        return [line for span in self.spans for line in span.lines]


@dataclass(frozen=True)
class Document:
    """A document to translate.

    Attributes:
        text: the whole of it.
        segments: in order; their spans do not overlap.
        notes: what had to be repaired to read it, for people.
        mark: a byte order mark that comes before the text.
    """

    text: str
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()
    mark: str = ""

    @property
    def texts(self) -> list[str]:
        """The texts to translate, those of all segments."""
        return [text for segment in self.segments for text in segment.texts]

    def written(self, texts: Iterable[str]) -> Iterator[str]:
        """The document with other texts in place of `texts`: a piece up to the end of each segment, then the rest."""
        given, end, piece = iter(texts), 0, self.mark
        for segment in self.segments:
            for span in segment.spans:
                text = "\n".join(islice(given, len(span.lines)))
                old = self.text[span.start : span.end]
                piece += self.text[end : span.start] + (old if text == span.text else span.spell(text))
                end = span.end
            yield piece
            piece = ""
        yield piece + self.text[end:]
