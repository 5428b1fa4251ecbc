"""`mediakit translate`: text in one language in, text in another out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import check_json_ending, check_standard_output, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.path_input import STANDARD_INPUT
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import InputError, did_you_mean
from mediakit.tasks.translation import UNFAMILIAR

if TYPE_CHECKING:
    from mediakit.tasks.translation.documents import Format
    from mediakit.tasks.translation.pipeline import Translation, Translator

Checked = Callable[[Iterator["Translation"]], Iterator["Translation"]]
_FORMATS = ("text", "srt", "vtt", "ass", "html", "json", "markdown", "po", "properties", "xliff")


@click.command("translate", short_help="Translate text, subtitles and documents.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--to", "target", metavar="LANGUAGE", help="The target language, such as de; `mediakit models` lists the shipped ones.")
@click.option("--from", "source", metavar="LANGUAGE", help="The source language.  [default: en]")
@options.json_lines(
    "source, translation, score, log_probability, normalized_log_probability, alternatives (also number, times or key in documents); "
    "or path, error"
)
@options.beam_search("Translations")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    metavar="P",
    default=0.0,
    help="Leave a text as it is if its translation is usable with a probability below P.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    metavar="FORMAT",
    help=f"The format of the texts: {', '.join(_FORMATS)}.  [default: by a file's content and ending]",
)
@click.option("--srt", "form", flag_value="srt", hidden=True, help="The same as --format srt.")
@options.output
@engine("texts")
@options.file("--explain", ".png", metavar="FILE.png", text="For one text: draw where the model looked for each word.")
@options.model(text="A shipped model, or a model folder that `mediakit train` wrote; then --to is not needed.")
@options.threads("Sentences")
@options.quiet
def command(
    texts: tuple[str, ...],
    target: str | None,
    source: str | None,
    as_json: bool,
    form: str | None,
    output: Path | None,
    resume: bool,
    explain: Path | None,
    model: str | None,
    threads: int | None,
    quiet: bool,
    min_score: float,
    **decoding: Any,
) -> None:
    """Translate text line by line: one output line per input line, in order.

    TEXT is a text, a text file, or - for standard input, which is also read if no TEXT is given. A line may hold several
    sentences. Subtitles (.srt, .vtt, .ass) and documents (.html, .json, .md, .po, .properties, .xliff) are translated in place:
    times, styles, keys and markup stay. Repairs to files are reported on standard error. A text that cannot be read is reported
    there too and the others are still translated; the exit code is then 1. A model's score is the probability that a translation is
    usable: its sentence chrF is 50 or more.

    \b
    mediakit translate --to hi "How are you?"
    mediakit translate --from en --to de < in.txt > out.txt
    mediakit translate --to fr film.srt --output film.fr.srt
    mediakit translate --to de de.po --output german.po
    mediakit translate --to cs "Two dogs play in the snow." --n-best 3 --json
    mediakit translate --to de "A man rides a bicycle." --explain why.png
    mediakit translate --to de < in.txt --min-score 0.5 > out.txt
    """
    sources = text_sources(texts)
    if explain:
        sources = [_only_line(sources)]
    if as_json or not (form == "json" or any(given.name.lower().endswith(".json") for given in sources)):
        check_json_ending(output, as_json)
    check_standard_output(output is None or str(output) == "-", explain=explain)
    pipeline = _load(model, source, target, threads)
    if min_score and not pipeline.gives_scores:
        raise InputError(f"{pipeline.folder.name}: gives no scores, so --min-score cannot be used with it")
    with results(output, as_json, quiet, "text", resume) as out, _doubts(out, min_score) as checked:
        for given in out.counted(sources):
            with out.catching(given.name):
                known = _format(given, form, out)
                _check_output(output, known, as_json)
                if known:
                    _translate_document(pipeline, given, known, decoding, out, checked)
                else:
                    _translate_lines(pipeline, given, decoding, out, checked)
                if explain and given.text is not None:
                    _explain(pipeline(given.text, **decoding), explain)


def _format(given: TextSource, form: str | None, out: Results) -> "Format | None":
    """The format of a text, None for plain text: the one asked for, or that of a file's content, or the one its name promises."""
    if not form and (given.text is not None or given.name == STANDARD_INPUT):
        return None  # standard input is answered line by line, before its end is known
    from mediakit.tasks.translation import documents

    if form:
        return documents.FORMATS.get(form)
    promised = documents.by_name(given.name)
    found = documents.by_content(given.content(documents.BEGINNING))
    if found and found != promised:
        out.note(f"{given.name}: holds {found.name}; --format text translates it line by line")
    return found or promised


@contextmanager
def _doubts(out: Results, min_score: float) -> Iterator[Checked]:
    """A function that passes translations on: those below `min_score` left untranslated, which is counted in the end. Of the first
    text that is unlike what the model learned from, it warns."""
    warned, left = False, 0

    def checked(translations: Iterator["Translation"]) -> Iterator["Translation"]:
        nonlocal warned, left
        for translation in translations:
            if not warned and translation.score is not None and translation.score < UNFAMILIAR:
                warned = True
                text = shorten(translation.source, 40, placeholder="…")
                out.note(f'"{text}": unlike the text that the model learned from; its translation is probably wrong')
            translation = translation.at_least(min_score)
            left += translation.left
            yield translation

    yield checked
    if left:
        out.note(f"{left:,} {'text' if left == 1 else 'texts'} left untranslated, with a score below {min_score:g}")


def _translate_lines(pipeline: "Translator", given: TextSource, options: dict[str, Any], out: Results, checked: Checked) -> None:
    """Translate a text line by line."""
    from mediakit.runtime.pipeline import results_of
    from mediakit.tasks.translation import documents

    def lines() -> Iterator["Translation"]:
        for number, batch in enumerate(given.batches()):
            found = documents.by_content("\n".join(batch).encode()) if number == 0 and given.name == STANDARD_INPUT else None
            if found:
                out.note(f"standard input looks like {found.name}; --format {found.key} translates it in place")
            yield from checked(results_of(pipeline.stream([line for line in batch if not out.was_done(given.name)], **options)))

    for line in out.progress(lines(), 1 if given.text else None, "line"):
        out.give("\n".join(one.text for one in (line, *line.alternatives)), line.to_dict())
        out.done(given.name)


def _translate_document(
    pipeline: "Translator", given: TextSource, known: "Format", options: dict[str, Any], out: Results, checked: Checked
) -> None:
    """Translate a document in place. All of it is read first, so a broken file gives nothing."""
    from mediakit.runtime.pipeline import results_of
    from mediakit.tasks.translation import documents

    if options["n_best"] > 1 and not out.as_json:
        raise click.UsageError(f"--n-best cannot write {known.name}; use --json")
    if not out.as_json and out.was_done(given.name):
        return
    name = "standard input" if given.name == STANDARD_INPUT else given.name
    content = given.content()
    _check_subtitles(name, known, documents.by_content(content) or documents.by_name(given.name))
    document = documents.read(content, name, known)
    for note in document.notes:
        out.note(f"{name}: {note}")
    if not out.as_json:
        results = checked(results_of(pipeline.stream(document.texts, **options)))
        for piece in out.progress(document.written(result.text for result in results), len(document.segments) + 1, "segment"):
            out.write(piece)
        out.done(given.name)
        return
    segments = [segment for segment in document.segments if not out.was_done(given.name)]
    results = checked(results_of(pipeline.stream((text for segment in segments for text in segment.texts), **options)))
    for segment in out.progress(segments, len(segments), "segment"):
        out.give("", {**segment.fields, **_joined([result.to_dict() for result in islice(results, len(segment.texts))])})
        out.done(given.name)


def _check_output(output: Path | None, known: "Format | None", as_json: bool) -> None:
    """Raise a usage error if the name of the results' file promises another format than that of the text."""
    from mediakit.tasks.translation import documents

    ending = output.suffix.lower() if output else ""
    promised = next((other for other in documents.FORMATS.values() if ending in other.endings), None)
    if output is None or promised is None or promised.key in (("json",) if as_json else (known.key if known else "markdown",)):
        return
    if as_json:
        raise click.UsageError(f"{output}: --json writes one JSON object per line; name the file .jsonl")
    written, ending = (known.name, known.endings[0]) if known else ("plain text", ".txt")
    raise click.UsageError(f"{output}: would hold {written}; name it {output.with_suffix(ending).name}")


def _check_subtitles(name: str, known: "Format", found: "Format | None") -> None:
    """Raise a usage error if subtitles would have to be converted to the format asked for."""
    if found and found.subtitles and known.subtitles and found != known:
        raise click.UsageError(f"{name}: holds {found.name}; --format {known.key} does not convert them")


def _joined(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The JSON fields of a segment from those of its lines: it is as certain as the least certain one."""
    left = all(line["translation"] is None for line in lines)
    return {
        "source": "\n".join(line["source"] for line in lines),
        "translation": None if left else "\n".join(line["translation"] or line["source"] for line in lines),
        "score": min((line["score"] for line in lines if line["score"] is not None), default=None),
        **{name: round(sum(line[name] for line in lines), 4) for name in ("log_probability", "normalized_log_probability")},
        "alternatives": lines[0]["alternatives"] if len(lines) == 1 else [],
    }


def _only_line(sources: Sequence[TextSource]) -> TextSource:
    """The one text that --explain draws."""
    lines = list(islice((line for source in sources for line in source.lines()), 2))
    if len(lines) != 1:
        raise click.UsageError("--explain draws one text; give a single line")
    return TextSource(lines[0], lines[0])


def _load(model: str | None, source: str | None, target: str | None, threads: int | None) -> "Translator":
    """The named model, or the shipped one for the two languages."""
    from mediakit.tasks.translation.pipeline import load

    if not model:
        return load(model_for("translation", _pair(source, target)), threads=threads)
    folder = model_for("translation", model)
    manifest = folder.manifest
    for option, name, wanted in (("--from", "source", source), ("--to", "target", target)):
        if wanted and manifest.get("config", {}).get(name) != wanted.lower():
            raise InputError(f"{model}: does not translate {option[2:]} {wanted}: {manifest.get('summary', '')}")
    return load(folder, threads=threads)


def _pair(source: str | None, target: str | None) -> str:
    """The shipped model for two languages, such as en-de; from English if no source is given.

    Raises a usage error without a target language, and InputError if no shipped model knows the languages.
    """
    from mediakit.runtime.model_folder import named

    pairs = [name.removeprefix("translation/") for name in named() if name.startswith("translation/")]
    there = f"shipped are {', '.join(pairs)}" if pairs else "none is shipped; --model takes a folder"
    if not target:
        raise click.UsageError(f"Missing option '--to': {there}.")
    fitting = [pair for pair in pairs if pair == f"{source}-{target}".lower() or (not source and pair.endswith(f"-{target.lower()}"))]
    if not fitting:
        near = did_you_mean(target.lower(), {pair.partition("-")[2] for pair in pairs})
        raise InputError(f"no shipped model translates {f'from {source} ' if source else ''}to {target}; {there}{near}")
    english = f"en-{target.lower()}"
    return english if english in fitting else fitting[0]


def _explain(translation: "Translation", path: Path) -> None:
    figure = translation.draw()
    with whole_file(path, "wb") as file:
        figure.save(file, "PNG")
