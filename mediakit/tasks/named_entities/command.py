"""`mediakit entities`: find named entities in text."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from mediakit.console.output import Results, check_standard_output, model_for, progress, results, whole_file
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import MediakitError
from mediakit.tasks.named_entities import markup as entity_markup

if TYPE_CHECKING:
    from mediakit.tasks.named_entities.pipeline import EntityTagger, Passage


@click.command("entities", short_help="Find persons, places and other named entities in text.")
@click.argument("texts", nargs=-1, metavar="TEXT|FILE|-...")
@click.option(
    "--model",
    default="en",
    show_default=True,
    help="en (news), en_emerging (posts), es, nl; a shipped model's full name; or a folder that `mediakit train` wrote.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object an entity: text, label, start, end, score, and path where several texts are given; or path, error.",
)
@click.option("--iob", is_flag=True, help="A token and its label in IOB2 a line, an empty line after each sentence.")
@click.option("--tokens", is_flag=True, help="The text is in tokens already: a sentence a line, spaces between its tokens.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page to look at; nothing is printed then but what --json or --iob asks for.",
)
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Leave out entities with a lower score.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to this file, whole or not at all."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress; errors are still told.")
def command(
    texts: tuple[str, ...],
    model: str,
    as_json: bool,
    iob: bool,
    tokens: bool,
    page: Path | None,
    threshold: float,
    output: Path | None,
    quiet: bool,
) -> None:
    """Find the named entities in text: persons, organisations, places and what else the model knows.

    A text is given in quotes, as a file in UTF-8, or on standard input (-, or nothing at all). It is printed with its
    entities in colour; in brackets where the output is no terminal or NO_COLOR is set. start and end count characters
    (Unicode code points) of the text as it was given; score is the probability that just these words are such an entity.
    A text that cannot be read is told on standard error, and the others are done: exit code 1.

    \b
    mediakit entities "Ada Lovelace worked in London."
    mediakit entities letters/*.txt --json > entities.jsonl
    mediakit entities article.txt --html article.html
    mediakit entities --model es "Gabriela Mistral nació en Vicuña."
    mediakit entities --tokens --iob - < sentences.txt > labels.iob
    """
    from mediakit.tasks.named_entities.pipeline import load

    if as_json and iob:
        raise click.UsageError("--json and --iob: give one of them")
    if page and output and (page == output or not (as_json or iob)):
        raise click.UsageError("--html and --output: two files, and --output wants --json or --iob, or nothing would be in it")
    check_standard_output((as_json or iob) and output is None, html=page)
    sources = text_sources(texts)
    tagger = load(model_for("named_entities", model))
    with results(output, as_json) as out, ExitStack() as opened:
        views: list[_View] = []
        if as_json or iob or not page:
            views.append(_Objects(out) if as_json else _Iob(out) if iob else _Marked(out, _colours(output)))
        if page:
            views.append(opened.enter_context(_page(page, tagger)))
        several, read = len(sources) > 1, False
        for source in progress(sources, len(sources), "text", quiet):
            read |= _read(source, tagger, views, out, several=several, tokenized=tokens, threshold=threshold)
        if page and not read:
            out.finish()  # no page, and one that was there stays


def _read(
    source: TextSource, tagger: "EntityTagger", views: list["_View"], out: Results, *, several: bool, tokenized: bool, threshold: float
) -> bool:
    """One text, passage by passage, into all views; whether any of it could be read."""
    name = "standard input" if source.name == "-" else source.name
    error: MediakitError | None = None
    read = False
    for view in views:
        view.begin(source.name if several else None)
    try:
        for passage in tagger.passages(source.parts(), threshold=threshold, tokenized=tokenized, name=name):
            read = True
            for view in views:
                view.add(passage)
    except MediakitError as caught:
        error = caught
    for view in views:
        view.end(error)
    if error:
        out.fail(source.name, error)
    return read


class _View:
    """One way to show texts with their entities, passage by passage."""

    def begin(self, heading: str | None) -> None:
        """A text begins; it has a heading where there are several."""

    def add(self, passage: "Passage") -> None:
        """The text goes on."""
        raise NotImplementedError

    def end(self, error: MediakitError | None) -> None:
        """The text is over, or could not be read on."""


class _Objects(_View):
    """JSON."""

    def __init__(self, out: Results):
        self._out = out

    def begin(self, heading: str | None) -> None:
        self._path = {} if heading is None else {"path": heading}

    def add(self, passage: "Passage") -> None:
        for entity in passage.entities:
            self._out.give("", {**self._path, **entity.to_dict()})


class _Iob(_View):
    """A token and its label a line, as scorers read them."""

    def __init__(self, out: Results):
        self._out = out

    def add(self, passage: "Passage") -> None:
        for sentence in passage.sentences:
            lines = [f"{token.text} {label}\n" for token, label in zip(sentence.tokens, sentence.labels, strict=True)]
            self._out.write("".join(lines) + "\n")


class _Marked(_View):
    """The text itself, its entities in colour or in brackets."""

    def __init__(self, out: Results, colours: bool):
        self._out, self._mark = out, entity_markup.coloured if colours else entity_markup.plain

    def begin(self, heading: str | None) -> None:
        self._last = "\n"
        if heading is not None:
            self._out.write(f"{heading}:\n")

    def add(self, passage: "Passage") -> None:
        self._out.write(self._mark(passage.text, passage.start, passage.entities))
        self._last = passage.text[-1:]

    def end(self, error: MediakitError | None) -> None:
        if self._last != "\n":
            self._out.write("\n")


class _Page(_View):
    """A page to look at."""

    def __init__(self, file: IO[str]):
        self._file = file

    def begin(self, heading: str | None) -> None:
        self._file.write(entity_markup.page_text_start(heading))

    def add(self, passage: "Passage") -> None:
        self._file.write(entity_markup.page_piece(passage.text, passage.start, passage.entities))

    def end(self, error: MediakitError | None) -> None:
        self._file.write(entity_markup.page_text_end(str(error) if error else None))


@contextmanager
def _page(path: Path, tagger: "EntityTagger") -> Iterator[_Page]:
    with whole_file(path) as file:
        file.write(entity_markup.page_start(f"Named entities by {tagger.folder.name}", tagger.types))
        yield _Page(file)
        file.write(entity_markup.PAGE_END)


def _colours(output: Path | None) -> bool:
    return output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
