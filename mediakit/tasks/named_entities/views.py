"""The ways in which `mediakit entities` shows a text with its entities, passage by passage."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mediakit.console.files import whole_file
from mediakit.console.output import Results
from mediakit.errors import MediakitError, MissingExtra, on_one_line
from mediakit.runtime.page import PAGE_END
from mediakit.tasks.named_entities import markup as entity_markup

if TYPE_CHECKING:
    from mediakit.tasks.named_entities.pipeline import EntityTagger, Passage


class View:
    """A way to show texts."""

    def begin(self, heading: str | None) -> None:
        """Begin a text, with a heading if there are several."""

    def skip(self) -> None:
        """Pass over a text that was done before the command was resumed."""

    def add(self, passage: "Passage") -> None:
        """Add the next passage of the text."""
        raise NotImplementedError

    def end(self, error: MediakitError | None) -> None:
        """End the text, with the error if it could not be read to the end."""


class Objects(View):
    """One JSON object per entity."""

    def __init__(self, out: Results):
        self._out = out

    def begin(self, heading: str | None) -> None:
        self._path = {} if heading is None else {"path": heading}

    def add(self, passage: "Passage") -> None:
        for entity in passage.entities:
            self._out.give("", {**self._path, **entity.to_dict()})


class Table(View):
    """One row of CSV per entity, with a header."""

    def __init__(self, out: Results, several: bool):
        self._out, self._several = out, several
        self._header: list[str] = [*(["path"] if several else []), "text", "label", "start", "end", "score"]

    def begin(self, heading: str | None) -> None:
        self._path = [] if heading is None else [heading]

    def skip(self) -> None:
        self._header = []

    def add(self, passage: "Passage") -> None:
        if self._header:
            self._write(self._header)
            self._header = []
        for entity in passage.entities:
            self._write([*self._path, *entity.to_dict().values()])

    def _write(self, row: list[Any]) -> None:
        line = StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        self._out.write(line.getvalue())


class Iob(View):
    """One token and its label per line, as scorers read them."""

    def __init__(self, out: Results):
        self._out = out

    def add(self, passage: "Passage") -> None:
        for sentence in passage.sentences:
            lines = [f"{token.text} {label}\n" for token, label in zip(sentence.tokens, sentence.labels, strict=True)]
            self._out.write("".join(lines) + "\n")


class Standoff(View):
    """The standoff annotation of BRAT: `T1<tab>PER 0 12<tab>Ada Lovelace`, an entity per line (brat.nlplab.org/standoff.html)."""

    def __init__(self, out: Results):
        self._out, self._count = out, 0

    def add(self, passage: "Passage") -> None:
        for entity in passage.entities:
            self._count += 1
            self._out.write(f"T{self._count}\t{entity.label} {_fragments(entity.text, entity.start)}\t{' '.join(entity.text.split())}\n")


def _fragments(text: str, start: int) -> str:
    """The offsets of an entity in standoff annotation, which has no line breaks within a fragment: `0 3;4 12`."""
    found, position = [], 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare:
            begin = start + position + len(line) - len(line.lstrip())
            found.append(f"{begin} {begin + len(bare)}")
        position += len(line)
    return ";".join(found)


class Docs(View):
    """A spaCy `DocBin`: a document per text, with sentences and entities. Raises MissingExtra where spaCy is not installed."""

    def __init__(self) -> None:
        try:
            import spacy
            from spacy.tokens import DocBin
        except ImportError as error:
            raise MissingExtra("spacy is not installed: run pip install spacy, or choose another --format") from error
        self._vocab = spacy.blank("xx").vocab
        self._docs = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "SENT_START"])

    def begin(self, heading: str | None) -> None:
        self._words: list[str] = []
        self._spaces: list[bool] = []
        self._labels: list[str] = []
        self._starts: list[bool] = []

    def add(self, passage: "Passage") -> None:
        end = passage.start
        for sentence in passage.sentences:
            for i, (token, label) in enumerate(zip(sentence.tokens, sentence.labels, strict=True)):
                between = passage.text[end - passage.start : token.start - passage.start]
                self._gap(between, label if label.startswith("I-") else "O")
                self._word(token.text, label, i == 0)
                end = token.end
        self._gap(passage.text[end - passage.start :], "O")

    def _gap(self, text: str, label: str) -> None:
        """What is between two tokens. spaCy has one space as a mark of the token before, and all else as a token."""
        if text.startswith(" ") and self._words and not self._spaces[-1]:
            self._spaces[-1], text = True, text[1:]
        if text:
            self._word(text, label, False)

    def _word(self, text: str, label: str, starts: bool) -> None:
        self._words.append(text)
        self._spaces.append(False)
        self._labels.append(label)
        self._starts.append(starts)

    def end(self, error: MediakitError | None) -> None:
        from spacy.tokens import Doc

        if not error:
            self._docs.add(Doc(self._vocab, words=self._words, spaces=self._spaces, ents=self._labels, sent_starts=self._starts))

    def write(self, file: IO[bytes]) -> None:
        """Write the file that `DocBin().from_disk` reads."""
        file.write(self._docs.to_bytes())


class Marked(View):
    """The text itself, with its entities in colour or in brackets."""

    def __init__(self, out: Results, colours: bool):
        self._out, self._mark = out, entity_markup.coloured if colours else entity_markup.plain

    def begin(self, heading: str | None) -> None:
        self._last = "\n"
        if heading is not None:
            self._out.write(f"{on_one_line(heading)}:\n")

    def add(self, passage: "Passage") -> None:
        self._out.write(self._mark(passage.text, passage.start, passage.entities))
        self._last = passage.text[-1:]

    def end(self, error: MediakitError | None) -> None:
        if self._last != "\n":
            self._out.write("\n")


class Page(View):
    """An HTML page."""

    def __init__(self, file: IO[str]):
        self._file = file

    def begin(self, heading: str | None) -> None:
        self._file.write(entity_markup.page_text_start(heading))

    def add(self, passage: "Passage") -> None:
        self._file.write(entity_markup.page_piece(passage.text, passage.start, passage.entities))

    def end(self, error: MediakitError | None) -> None:
        self._file.write(entity_markup.page_text_end(str(error) if error else None))


@contextmanager
def page(path: Path, tagger: "EntityTagger") -> Iterator[Page]:
    """A page in a file that is written whole or not at all."""
    with whole_file(path) as file:
        file.write(entity_markup.page_start(f"Named entities by {tagger.folder.name}", tagger.types))
        yield Page(file)
        file.write(PAGE_END)
