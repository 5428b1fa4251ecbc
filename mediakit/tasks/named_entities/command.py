"""`mediakit entities`: find named entities in text."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import check_json_ending, check_standard_output, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import MediakitError
from mediakit.tasks.named_entities.views import Docs, Iob, Marked, Objects, Standoff, Table, View, page

if TYPE_CHECKING:
    from mediakit.tasks.named_entities.pipeline import EntityTagger

_FORMATS = {
    "json": "one object per line",
    "csv": "one row per entity",
    "conll": "one token and its IOB2 label per line",
    "brat": "standoff of one text",
    "spacy": "a DocBin",
}


@click.command("entities", short_help="Find persons, places and other named entities in text.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@options.model("en", text="en (news), en_emerging (posts), es, nl, or a model folder that `mediakit train` wrote.")
@options.json_lines("text, label, start, end, score (and path, if several texts are given); or path, error")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_FORMATS)),
    metavar="FORMAT",
    help=f"Print {'; '.join(f'{name}: {what}' for name, what in _FORMATS.items())}.",
)
@click.option("--iob", "form", flag_value="conll", help="The same as --format conll.")
@click.option("--tokens", "tokenized", is_flag=True, help="The text is tokenized: one sentence per line, spaces between its tokens.")
@options.file("--html", ".html", ".htm", text="Write an HTML page; then nothing is printed, unless with --json or --format.")
@click.option("--threshold", type=options.Number(0, 1), default=0.0, show_default=True, help="Drop entities with a lower score.")
@options.recursive
@options.output
@engine("texts")
@options.quiet
def command(
    texts: tuple[str, ...],
    model: str,
    as_json: bool,
    form: str | None,
    html: Path | None,
    recursive: bool,
    output: Path | None,
    resume: bool,
    quiet: bool,
    **tagging: Any,
) -> None:
    """Find the named entities in text: persons, organisations, places and what else the model knows.

    TEXT is a text, a text file in UTF-8, a folder of them, or - for standard input, which is also read if no TEXT is given. The
    text is printed with its entities in colour, or in brackets if the output is not a terminal or NO_COLOR is set. start and
    end count characters (Unicode code points) of the text as it was given; score is the probability that exactly these words
    are such an entity. A text that cannot be read is reported on standard error and the others are still done; the exit code
    is then 1.

    \b
    mediakit entities "Ada Lovelace worked in London."
    mediakit entities letters/*.txt --json > entities.jsonl
    mediakit entities article.txt --html article.html
    mediakit entities --model es "Gabriela Mistral nació en Vicuña."
    mediakit entities letters/ --format spacy --output letters.spacy
    mediakit entities --tokens --format conll - < sentences.txt > labels.conll
    """
    from mediakit.tasks.named_entities.pipeline import load

    form = _checked_format(form, as_json, html, output, resume)
    sources = text_sources(texts, recursive)
    several = len(sources) > 1 or [source.name for source in sources] != list(texts or "-")  # of a folder, each file is named
    if form == "brat" and len(sources) > 1:
        raise click.UsageError(f"--format brat annotates one text, not {len(sources)}: give them one by one")
    tagger = load(model_for("named_entities", model))
    with results(None if form == "spacy" else output, form == "json", quiet, "text", resume) as out, ExitStack() as opened:
        views = _views(form, html, output, out, several)
        if html:
            views.append(opened.enter_context(page(html, tagger)))
        read = False
        for source in out.counted(out.progress(sources, len(sources))):
            if out.was_done(source.name):
                for view in views:
                    view.skip()
                continue
            read |= _read(source, tagger, views, out, several, tagging)
        if (html or form == "spacy") and not read:
            out.finish()  # an earlier file stays as it was
        for view in views:
            if isinstance(view, Docs) and output:
                with whole_file(output, "wb") as file:
                    view.write(file)


def _checked_format(form: str | None, as_json: bool, html: Path | None, output: Path | None, resume: bool) -> str | None:
    """The format to print, None for marked text. Raises a usage error for options that do not go together."""
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} cannot be used together")
    form = "json" if as_json else form
    if form == "spacy" and not output:
        raise click.UsageError("--format spacy writes a file: name it with --output")
    if resume and (html or form == "spacy"):
        raise click.UsageError(f"--resume goes on with --output in another format, not with {'--html' if html else '--format spacy'}")
    if html and output and (html == output or not form):
        raise click.UsageError("--html and --output name two files, and --output needs --json or --format")
    check_json_ending(output, form == "json")
    check_standard_output(form is not None and output is None, html=html)
    return form


def _views(form: str | None, html: Path | None, output: Path | None, out: Results, several: bool) -> list[View]:
    """What is printed."""
    if form is None:
        return [] if html else [Marked(out, _colours(output))]
    if form == "csv":
        return [Table(out, several)]
    return [Docs() if form == "spacy" else {"json": Objects, "conll": Iob, "brat": Standoff}[form](out)]


def _read(source: TextSource, tagger: "EntityTagger", views: list[View], out: Results, several: bool, tagging: dict[str, Any]) -> bool:
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


def _colours(output: Path | None) -> bool:
    return output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
