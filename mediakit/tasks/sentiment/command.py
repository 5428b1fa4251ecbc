"""`mediakit sentiment`: whether texts are positive, and by which words."""

from collections.abc import Callable, Iterator
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
from mediakit.errors import InputError, on_one_line

if TYPE_CHECKING:
    from mediakit.tasks.sentiment.pipeline import Sentiment, SentimentReader

Show = Callable[["Sentiment"], None]


@click.command("sentiment", short_help="Say whether texts are positive or negative, and by which words.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@options.model("en", text="en, or a model folder that `mediakit train` wrote.")
@options.json_lines(
    "text, label, score, stars with --scale, parts (text, label, score, words, weights), and path, if several are given; or path, error"
)
@click.option("--column", metavar="NAME", help="The texts are in this column of CSV files (with --engine, of Parquet); the output is CSV.")
@click.option(
    "--threshold",
    type=options.Number(0.5, 1),
    default=0.5,
    show_default=True,
    help="Call an answer neutral if it is less certain.",
)
@click.option(
    "--scale",
    type=click.Choice(["5"]),
    callback=lambda context, option, value: value and int(value),
    help="Also give stars from 1 to 5.",
)
@options.file("--html", ".html", ".htm", text="Write a page with shaded words; then nothing is printed, unless with --json.")
@options.recursive
@options.output
@engine("texts", own_column=True)
@options.threads("Groups of texts")
@options.quiet
def command(
    texts: tuple[str, ...],
    model: str,
    as_json: bool,
    column: str | None,
    threshold: float,
    scale: int | None,
    html: Path | None,
    recursive: bool,
    output: Path | None,
    resume: bool,
    threads: int | None,
    quiet: bool,
) -> None:
    """Say whether texts are positive or negative: as a whole, clause by clause, and which words say so.

    TEXT is a text, a text file in UTF-8, whose lines are texts, a folder of such files, or - for standard input, which is also
    read if no TEXT is given. Of a CSV file, the texts are those of --column, or of the only column that holds texts. score is the
    probability of positive. A text that cannot be read is reported on standard error and the others are still done; the exit code
    is then 1.

    \b
    mediakit sentiment "I loved the food. But, the service was terrible."
    mediakit sentiment reviews.txt --json > opinions.jsonl
    mediakit sentiment reviews.csv --column review -o scored.csv
    mediakit sentiment reviews.txt --scale 5
    mediakit sentiment review.txt --html review.html
    tail -f comments.log | mediakit sentiment --threshold 0.7 -
    """
    from mediakit.tasks.sentiment.pipeline import load

    if resume and (html or column):
        raise click.UsageError(f"--resume cannot be used with {'--html' if html else '--column'}")
    if html and output and (html == output or not as_json):
        raise click.UsageError("--html and --output name two files, and --output needs --json")
    check_json_ending(output, as_json)
    check_standard_output(as_json and output is None, html=html)
    judged = {"threshold": threshold, "scale": scale}
    sources = text_sources(texts, recursive)
    several = len(sources) > 1 or [source.name for source in sources] != list(texts or "-")  # of a folder, each file is named
    pipeline = load(model_for("sentiment", model), threads=threads)
    with results(output, as_json, quiet, "text", resume) as out, ExitStack() as opened:
        page = opened.enter_context(_page(html, pipeline)) if html else None
        for source in out.counted(sources):
            with out.catching(source.name):
                found = column or _column(source, out, resume)
                if found:
                    _read_column(source, pipeline, found, judged, out, page, several)
                else:
                    _read_lines(source, pipeline, judged, out, page, several)


def _column(source: TextSource, out: Results, resume: bool) -> str | None:
    """The column of texts of a table that was given without --column; None for other files."""
    from mediakit.console.table_input import text_column

    column = text_column(source)
    if column is None:
        return None
    if resume:
        raise InputError(f"{source.name}: is a table, and --resume cannot be used with tables")
    out.note(f"{source.name}: its texts are those of the column {column}; --column chooses another")
    return column


def _read_lines(
    source: TextSource, pipeline: "SentimentReader", judged: dict[str, Any], out: Results, page: Show | None, several: bool
) -> None:
    """An argument is one text; of a file and of standard input, each line is."""
    from mediakit.runtime.pipeline import results_of

    def answers() -> Iterator["Sentiment"]:
        batches = source.batches() if source.text is None else [["".join(source.parts())]]
        for batch in batches:
            yield from results_of(pipeline.stream([text for text in batch if not out.was_done(source.name)], **judged))

    for sentiment in out.progress(answers(), 1 if source.text else None, "line"):
        if page:
            page(sentiment)
        if out.as_json or not page:
            text = _line(sentiment) if source.text is None else _lines(sentiment)
            out.give(text, {**_path(source, several), **sentiment.to_dict()})
        out.done(source.name)


def _read_column(
    source: TextSource, pipeline: "SentimentReader", column: str, judged: dict[str, Any], out: Results, page: Show | None, several: bool
) -> None:
    """The texts in a column of CSV. What is printed is the table with two more columns."""
    from mediakit.console.table_input import TextTable
    from mediakit.runtime.pipeline import results_of

    table = TextTable(source, column)
    rows: list[list[str]] = []

    def texts() -> Iterator[str]:
        for row, text in table.rows():
            rows.append(row)
            yield text

    if not out.as_json and not page:
        out.give(table.line([*table.header, "label", "score", *(["stars"] if judged["scale"] else [])]), {})
    for sentiment in out.progress(results_of(pipeline.stream(texts(), **judged)), None, "row"):
        row = rows.pop(0)
        if page:
            page(sentiment)
        if out.as_json or not page:
            stars = [] if sentiment.stars is None else [str(sentiment.stars)]
            line = table.line([*row, sentiment.label, f"{sentiment.score:.4f}", *stars])
            out.give(line, {**_path(source, several), **sentiment.to_dict()})


def _path(source: TextSource, several: bool) -> dict[str, Any]:
    return {"path": source.name} if several else {}


def _line(sentiment: "Sentiment") -> str:
    """`positive 0.98  What a lovely day.`, or `positive 0.98 5/5  What a lovely day.`"""
    stars = "" if sentiment.stars is None else f" {sentiment.stars}/5"
    return f"{sentiment.label} {sentiment.score:.2f}{stars}  {on_one_line(sentiment.text)}"


def _lines(sentiment: "Sentiment") -> str:
    """The same, then the words that say so; of several clauses, a line for each."""
    named = [f"  ({', '.join(word.text for word in part.words)})" if part.words else "" for part in sentiment.parts]
    if len(sentiment.parts) < 2:
        return _line(sentiment) + "".join(named)
    parts = [f"{part.label} {part.score:.2f}  {on_one_line(part.text)}{words}" for part, words in zip(sentiment.parts, named, strict=True)]
    return "\n  ".join([_line(sentiment), *parts])


def _page(path: Path, pipeline: "SentimentReader") -> Any:
    """A page in a file that is written whole or not at all: a context whose value adds a text."""
    from contextlib import contextmanager

    from mediakit.runtime.page import PAGE_END, page_start
    from mediakit.tasks.sentiment.page import STYLE, page_text

    @contextmanager
    def opened() -> Iterator[Show]:
        with whole_file(path) as file:
            file.write(page_start(f"Sentiment by {pipeline.folder.name}", STYLE))

            def add(sentiment: "Sentiment") -> None:
                file.write(page_text(sentiment))

            yield add
            file.write(PAGE_END)

    return opened()
