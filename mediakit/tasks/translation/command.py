"""`mediakit translate`: text in one language in, text in another out."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console.output import check_standard_output, model_for, progress, results, whole_file
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.tasks.translation.pipeline import Translation, Translator


@click.command("translate", short_help="Translate text and subtitles.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--to", "target", metavar="LANGUAGE", help="Such as de; `mediakit models` lists what is shipped.")
@click.option("--from", "source", metavar="LANGUAGE", help="Of the text.  [default: en]")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object a line: source, translation, log_probability, alternatives (before them "
    "number and times of a subtitle); or path, error.",
)
@click.option("--beam", type=click.IntRange(1, 64), help="Width of the beam search; 1 is greedy.  [default: the model's, 8]")
@click.option("--n-best", type=click.IntRange(1, 64), default=1, show_default=True, help="Translations of each line, best first.")
@click.option("--srt", is_flag=True, help="The text is SubRip subtitles, as in files named .srt.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to this file, whole or not at all."
)
@click.option(
    "--explain",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="For one text: a picture of where the model looked for each word.",
)
@click.option("--model", help="A model folder that `mediakit train` wrote, or a shipped model's name; --to is not needed then.")
@click.option("--threads", type=click.IntRange(1, 256), help="Sentences translated side by side.  [default: one a processor, at most 4]")
@click.option("--quiet", "-q", is_flag=True, help="No progress; errors are still told.")
def command(
    texts: tuple[str, ...],
    target: str | None,
    source: str | None,
    as_json: bool,
    srt: bool,
    output: Path | None,
    explain: Path | None,
    model: str | None,
    threads: int | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Translate text line by line: each line gives one line, in order.

    TEXT is a text, a text file, or - for standard input, which is also read when no TEXT is given. Lines may hold several
    sentences. Subtitles (.srt) keep their numbers and times. What cannot be read is told on standard error, and the rest is done:
    exit code 1.

    \b
    mediakit translate --to hi "How are you?"
    mediakit translate --from en --to de < in.txt > out.txt
    mediakit translate --to fr film.srt --output film.fr.srt
    mediakit translate --to cs "Two dogs play in the snow." --n-best 3 --json
    mediakit translate --to de "A man rides a bicycle." --explain why.png
    """
    sources = text_sources(texts)
    if explain:
        sources = [_only_line(sources)]
    if options["n_best"] > 1 and not as_json and any(_is_subtitles(given, srt) for given in sources):
        raise click.UsageError("--n-best writes no subtitle file; with --json it can be had")
    check_standard_output(output is None or str(output) == "-", explain=explain)
    pipeline = _load(model, source, target, threads)
    quiet = quiet or (output is None and sys.stdout.isatty())  # a bar would stand in the results
    with results(output, as_json) as out:
        for given in sources:
            translate = _subtitles if _is_subtitles(given, srt) else _lines
            try:
                translated = translate(pipeline, given, options)
                for text, fields in progress(translated, 1 if given.text else None, "line", quiet):
                    out.give(text, fields)
                if explain and given.text is not None:
                    _explain(pipeline(given.text, **options), explain)
            except MediakitError as error:
                out.fail(given.name, error)


def _is_subtitles(given: TextSource, srt: bool) -> bool:
    """Whether a text is SubRip subtitles, as `--srt` or a file's name says."""
    return srt or (given.text is None and given.name.lower().endswith(".srt"))


def _lines(pipeline: "Translator", given: TextSource, options: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to print of each line, as text and as fields. Raises InputError for a file of other subtitles, whose marks are no words."""
    if given.text is None and given.name.lower().endswith((".vtt", ".ass", ".ssa", ".sub")):
        raise InputError(f"{given.name}: of subtitles only SubRip (.srt) is read; convert it, with ffmpeg say")
    for batch in given.batches():
        for line in pipeline.stream(batch, **options):
            yield "\n".join(one.text for one in (line, *line.alternatives)), line.to_dict()


def _subtitles(pipeline: "Translator", given: TextSource, options: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to print of each subtitle. All of them are read first: a broken file gives none."""
    from mediakit.tasks.translation import subtitles

    cues = list(subtitles.read(given.lines(), given.name))
    said = pipeline.stream((text for cue in cues for text in cue.texts()), **options)
    for cue in cues:
        translations = list(islice(said, len(cue.texts())))
        fields = [translation.to_dict() for translation in translations]
        yield (
            str(cue.with_texts([translation.text for translation in translations])).removesuffix("\n"),
            {
                "number": cue.number,
                "times": cue.times,
                "source": "\n".join(one["source"] for one in fields),
                "translation": "\n".join(one["translation"] for one in fields),
                "log_probability": round(sum(one["log_probability"] for one in fields), 4),
                "alternatives": [] if len(fields) != 1 else fields[0]["alternatives"],
            },
        )


def _only_line(sources: Sequence[TextSource]) -> TextSource:
    """The one text that --explain draws."""
    lines = list(islice((line for source in sources for line in source.lines()), 2))
    if len(lines) != 1:
        raise click.UsageError("--explain draws one text; give one line")
    return TextSource(lines[0], lines[0])


def _load(model: str | None, source: str | None, target: str | None, threads: int | None) -> "Translator":
    """The model that was named, or the shipped one of the two languages."""
    from mediakit.tasks.translation.pipeline import load

    if not model:
        return load(model_for("translation", _pair(source, target)), threads=threads)
    folder = model_for("translation", model)
    manifest = folder.manifest
    for option, name, wanted in (("--from", "source", source), ("--to", "target", target)):
        if wanted and manifest.get("config", {}).get(name) != wanted.lower():
            raise InputError(f"{model}: is not for {option} {wanted}: {manifest.get('summary', '')}")
    return load(folder, threads=threads)


def _pair(source: str | None, target: str | None) -> str:
    """The shipped model of two languages, such as en-de; from English where none is said."""
    from mediakit.runtime.model_folder import shipped

    pairs = [name.removeprefix("translation/") for name in shipped() if name.startswith("translation/")]
    there = f"there are {', '.join(pairs)}" if pairs else "none is shipped; --model takes a folder"
    if not target:
        raise click.UsageError(f"Missing option '--to': {there}.")
    fitting = [pair for pair in pairs if pair == f"{source}-{target}".lower() or (not source and pair.endswith(f"-{target.lower()}"))]
    if not fitting:
        raise InputError(f"no shipped model translates {f'from {source} ' if source else ''}to {target}; {there}")
    english = f"en-{target.lower()}"
    return english if english in fitting else fitting[0]


def _explain(translation: "Translation", file: Path) -> None:
    from mediakit.media.figures import draw_alignment

    if len(translation.source) > 3000:
        raise InputError(f"--explain draws a sentence or a few; this text has {len(translation.source):,} characters")
    alignment = translation.alignment
    picture = draw_alignment(alignment.source, alignment.target, alignment.weights)
    with whole_file(file, "wb") as out:
        picture.save(out, "PNG")
