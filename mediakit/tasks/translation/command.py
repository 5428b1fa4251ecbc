"""`mediakit translate`: text in one language in, text in another out."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import check_json_ending, check_standard_output, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.console.text_input import TextSource, text_sources
from mediakit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from mediakit.tasks.translation.pipeline import Translation, Translator


@click.command("translate", short_help="Translate text and subtitles.")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--to", "target", metavar="LANGUAGE", help="The target language, such as de; `mediakit models` lists the shipped ones.")
@click.option("--from", "source", metavar="LANGUAGE", help="The source language.  [default: en]")
@options.json_lines("source, translation, log_probability, alternatives (for a subtitle also number, times); or path, error")
@options.beam_search("Translations")
@click.option("--srt", is_flag=True, help="The text is SubRip subtitles, as in a file named .srt.")
@options.output
@options.file("--explain", ".png", metavar="FILE.png", text="For one text: draw where the model looked for each word.")
@options.model(text="A shipped model, or a model folder that `mediakit train` wrote; then --to is not needed.")
@options.threads("Sentences")
@options.quiet
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
    **decoding: Any,
) -> None:
    """Translate text line by line: each line gives one line, in order.

    TEXT is a text, a text file, or - for standard input, which is also read if no TEXT is given. A line may hold several
    sentences. Subtitles (.srt) keep their numbers and times. A text that cannot be read is reported on standard error and the
    others are still translated; the exit code is then 1.

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
    if decoding["n_best"] > 1 and not as_json and any(_is_subtitles(given, srt) for given in sources):
        raise click.UsageError("--n-best cannot write a subtitle file; use --json")
    check_json_ending(output, as_json)
    check_standard_output(output is None or str(output) == "-", explain=explain)
    pipeline = _load(model, source, target, threads)
    with results(output, as_json, quiet, "text") as out:
        for given in out.counted(sources):
            translate = _subtitles if _is_subtitles(given, srt) else _lines
            with out.catching(given.name):
                for text, fields in out.progress(translate(pipeline, given, decoding), 1 if given.text else None, "line"):
                    out.give(text, fields)
                if explain and given.text is not None:
                    _explain(pipeline(given.text, **decoding), explain)


def _is_subtitles(given: TextSource, srt: bool) -> bool:
    """Whether a text is SubRip subtitles, by `--srt` or its file's name."""
    return srt or (given.text is None and given.name.lower().endswith(".srt"))


def _lines(pipeline: "Translator", given: TextSource, options: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to print of each line, as text and as fields. Raises InputError for subtitles in a format that cannot be read."""
    from mediakit.runtime.pipeline import results_of

    if given.text is None and given.name.lower().endswith((".vtt", ".ass", ".ssa", ".sub")):
        raise InputError(f"{given.name}: only SubRip subtitles (.srt) can be read; convert it, for example with ffmpeg")
    for batch in given.batches():
        for line in results_of(pipeline.stream(batch, **options)):
            yield "\n".join(one.text for one in (line, *line.alternatives)), line.to_dict()


def _subtitles(pipeline: "Translator", given: TextSource, options: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to print of each subtitle. All are read first, so a broken file gives none."""
    from mediakit.runtime.pipeline import results_of
    from mediakit.tasks.translation import subtitles

    cues = list(subtitles.read(given.lines(), given.name))
    said = results_of(pipeline.stream((text for cue in cues for text in cue.texts()), **options))
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
    from mediakit.runtime.model_folder import shipped

    pairs = [name.removeprefix("translation/") for name in shipped() if name.startswith("translation/")]
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
