"""`mediakit entities`: find named entities in text."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import check_json_ending, check_standard_output, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import MediakitError
from mediakit.tasks.named_entities import markup as entity_markup

if TYPE_CHECKING:
    from mediakit.tasks.named_entities.pipeline import EntityTagger, Passage


@click.command("entities", short_help="Find persons, places and other named entities in text.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@options.model("en", text="en (news), en_emerging (posts), es, nl, or a model folder that `mediakit train` wrote.")
@options.json_lines("text, label, start, end, score (and path, if several texts are given); or path, error")
@click.option("--iob", is_flag=True, help="Print one token and its IOB2 label per line, with an empty line after each sentence.")
@click.option("--tokens", "tokenized", is_flag=True, help="The text is tokenized: one sentence per line, spaces between its tokens.")
@options.file("--html", ".html", ".htm", text="Write an HTML page; then only --json and --iob print anything.")
@click.option("--threshold", type=options.Number(0, 1), default=0.0, show_default=True, help="Drop entities with a lower score.")
@options.output
@options.quiet
def command(
    texts: tuple[str, ...],
    model: str,
    as_json: bool,
    iob: bool,
    html: Path | None,
    output: Path | None,
    resume: bool,
    quiet: bool,
    **tagging: Any,
) -> None:
    """Find the named entities in text: persons, organisations, places and what else the model knows.

    TEXT is a text, a text file in UTF-8, or - for standard input, which is also read if no TEXT is given. The text is printed
    with its entities in colour, or in brackets if the output is not a terminal or NO_COLOR is set. start and end count
    characters (Unicode code points) of the text as it was given; score is the probability that exactly these words are such an
    entity. A text that cannot be read is reported on standard error and the others are still done; the exit code is then 1.

    \b
    mediakit entities "Ada Lovelace worked in London."
    mediakit entities letters/*.txt --json > entities.jsonl
    mediakit entities article.txt --html article.html
    mediakit entities --model es "Gabriela Mistral nació en Vicuña."
    mediakit entities --tokens --iob - < sentences.txt > labels.iob
    """
    from mediakit.tasks.named_entities.pipeline import load

    if as_json and iob:
        raise click.UsageError("--json and --iob exclude each other")
    if html and output and (html == output or not (as_json or iob)):
        raise click.UsageError("--html and --output name two files, and --output needs --json or --iob")
    if html and resume:
        raise click.UsageError("--resume goes on with --output, not with --html")
    check_json_ending(output, as_json)
    check_standard_output((as_json or iob) and output is None, html=html)
    sources = text_sources(texts)
    tagger = load(model_for("named_entities", model))
    with results(output, as_json, quiet, "text", resume) as out, ExitStack() as opened:
        views: list[_View] = []
        if as_json or iob or not html:
            views.append(_Objects(out) if as_json else _Iob(out) if iob else _Marked(out, _colours(output)))
        if html:
            views.append(opened.enter_context(_page(html, tagger)))
        read = False
        for source in out.counted(out.progress(sources, len(sources))):
            if out.was_done(source.name):
                continue
            read |= _read(source, tagger, views, out, len(sources) > 1, tagging)
        if html and not read:
            out.finish()  # an earlier page stays as it was


def _read(source: TextSource, tagger: "EntityTagger", views: list["_View"], out: Results, several: bool, tagging: dict[str, Any]) -> bool:
    """Add one text, passage by passage, to all views. Returns whether any of it could be read."""
    name = "standard input" if source.name == "-" else source.name
    error: MediakitError | None = None
    read = False
    for view in views:
        view.begin(source.name if several else None)
    try:
        for passage in tagger.passages(source.parts(), name=name, **tagging):
            read = True
            for view in views:
                view.add(passage)
    except MediakitError as caught:
        error = caught
    for view in views:
        view.end(error)
    if error:
        out.fail(source.name, error)
    else:
        out.done(source.name)
    return read


class _View:
    """A way to show texts with their entities, passage by passage."""

    def begin(self, heading: str | None) -> None:
        """Begin a text, with a heading if there are several."""

    def add(self, passage: "Passage") -> None:
        """Add the next passage of the text."""
        raise NotImplementedError

    def end(self, error: MediakitError | None) -> None:
        """End the text, with the error if it could not be read to the end."""


class _Objects(_View):
    """One JSON object per entity."""

    def __init__(self, out: Results):
        self._out = out

    def begin(self, heading: str | None) -> None:
        self._path = {} if heading is None else {"path": heading}

    def add(self, passage: "Passage") -> None:
        for entity in passage.entities:
            self._out.give("", {**self._path, **entity.to_dict()})


class _Iob(_View):
    """One token and its label per line, as scorers read them."""

    def __init__(self, out: Results):
        self._out = out

    def add(self, passage: "Passage") -> None:
        for sentence in passage.sentences:
            lines = [f"{token.text} {label}\n" for token, label in zip(sentence.tokens, sentence.labels, strict=True)]
            self._out.write("".join(lines) + "\n")


class _Marked(_View):
    """The text itself, with its entities in colour or in brackets."""

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
def _page(path: Path, tagger: "EntityTagger") -> Iterator[_Page]:
    with whole_file(path) as file:
        file.write(entity_markup.page_start(f"Named entities by {tagger.folder.name}", tagger.types))
        yield _Page(file)
        file.write(entity_markup.PAGE_END)


def _colours(output: Path | None) -> bool:
    return output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
