"""`mediakit say`: numbers as speech."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import PlaceOnDisk, check_place, check_standard_output, numbered, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, progress_of_one, results

if TYPE_CHECKING:
    from mediakit.tasks.speech.pipeline import Speech

PAUSE, TEMPERATURE, CANDIDATES = 0.15, 0.95, 3


class _Command(click.Command):
    """Takes a negative number for a text, not for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, a leading minus written as the sign that it is."""
        return super().parse_args(ctx, [re.sub(r"^-(?=\.?\d)", "−", one) for one in args])


@click.command("say", cls=_Command, short_help="Say numbers, sample by sample.")
@click.argument("texts", nargs=-1, required=True, metavar="NUMBER...")
@options.file("--output", ".wav", short="-o", required=True, text="A WAV file; - is standard output. With --n: said-1.wav, …")
@click.option("--speaker", metavar="NAME", help="In whose voice.  [default: drawn by the seed]")
@options.seed("sound")
@options.count("Sounds, from this seed and the next ones.", default=1, most=1000)
@click.option(
    "--temperature",
    type=options.Number(0, 2, min_open=True),
    default=TEMPERATURE,
    show_default=True,
    help="Sampling temperature; lower is clearer and duller.",
)
@click.option(
    "--candidates",
    type=click.IntRange(1, 12),
    default=CANDIDATES,
    show_default=True,
    help="Sounds of each word, of which the clearest is taken.",
)
@click.option("--pause", type=options.Number(0, 10), default=PAUSE, show_default=True, help="Seconds between words.")
@click.option(
    "--continue",
    "start",
    type=PlaceOnDisk(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A sound file: the beginning of the first word, which is continued.",
)
@options.file("--plot", ".png", text="Draw the waveform and its spectrogram.")
@options.json_lines("path, text, words, speaker, seconds, rate, seed; or path, error")
@options.model("audio/digits")
@options.quiet
def command(
    texts: tuple[str, ...],
    output: Path,
    plot: Path | None,
    seed: int,
    count: int,
    as_json: bool,
    model: str,
    quiet: bool,
    **how: Any,
) -> None:
    """Say a number digit by digit, with a WaveNet that draws one sample after the other.

    Signs, spaces and separators are not said. The same number, seed and options write the same bytes.

    \b
    mediakit say 2026 -o digits.wav
    mediakit say 555-0199 -o phone.wav --speaker lucas --pause 0.3
    mediakit say 7 -o - --seed 3 | aplay
    mediakit say 7 -o seven.wav --continue beginning.wav
    """
    from mediakit.tasks.speech.pipeline import load

    options.check_last_seed(seed, count)
    if str(output) == "-" and (count > 1 or as_json):
        raise click.UsageError("-o - writes one sound to standard output, without --n and --json")
    check_standard_output(True, plot=plot)
    for path in (output, plot):
        check_place(path)
    speaker = load(model_for("speech", model))
    with results(None, as_json, quiet, "sound") as out:
        for number in out.counted(range(count)):
            path = numbered(output, number, count)
            with out.catching(str(path)):
                with progress_of_one(quiet or (count > 1 and not out.shows_progress)) as watch:
                    said = speaker(" ".join(texts), seed=seed + number, watch=lambda _, fraction: watch(fraction), **how)
                _write(said, path, plot and numbered(plot, number, count), out)


def _write(said: "Speech", output: Path, plot: Path | None, out: Results) -> None:
    """Write the files of a sound and print its line."""
    with whole_file(output, "wb") as file:
        file.write(said.wav())
    if plot:
        with whole_file(plot, "wb") as file:
            said.draw().save(file, "PNG")
    if str(output) != "-":
        text = f"{output}\t{said.seconds:.2f} s\t{' '.join(said.words)}\t{said.speaker}"
        out.give(text, {"path": str(output), **said.to_dict()})
