"""`mediakit compose`: compose music."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import PlaceOnDisk, check_place, check_standard_output, numbered, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.tasks.music.pipeline import Tune

MODELS = {"chorale": "music/jsb", "folk": "music/nottingham"}
INPUT_FILE = PlaceOnDisk(dir_okay=False, path_type=Path)


class _Notation(click.ParamType):
    """A key or a metre, checked."""

    def __init__(self, name: str):
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> str:
        from mediakit.media.keys import parse_key
        from mediakit.media.score import parse_metre

        try:
            (parse_key if self.name == "key" else parse_metre)(value)
        except InputError as error:
            self.fail(str(error), param, context)
        return str(value)


@click.command("compose", short_help="Compose music: MIDI, notation, sound, a piano roll.")
@options.file(
    "--output",
    ".mid",
    ".midi",
    ".musicxml",
    short="-o",
    choose=True,
    required=True,
    text="MIDI (.mid) or notation (.musicxml); - is MIDI on standard output. With --n: tune-1.mid, …",
)
@click.option("--style", type=click.Choice(list(MODELS)), help="chorale: four voices; folk: a melody and chords.  [default: chorale]")
@click.option("--seconds", type=options.Number(1, 3600), help="Approximate length.  [default: 30]")
@click.option("--bars", type=click.IntRange(1, 1000), metavar="N", help="Exact length in bars, instead of --seconds.")
@options.seed("file")
@options.count("Pieces to compose, from this seed and the next ones.", default=1, most=10_000)
@options.sampling(top_p=0.98)
@click.option("--tempo", type=options.Number(20, 400), help="Quarter notes per minute.  [default: the style's or the input's]")
@click.option("--key", type=_Notation("key"), metavar="KEY", help="The key, such as G, Am, Bb or 'F# minor'.  [default: a usual one]")
@click.option("--metre", type=_Notation("metre"), metavar="N/N", help="The metre: 4/4, 3/4, or for folk 6/8.  [default: a usual one]")
@click.option("--primer", type=INPUT_FILE, metavar="FILE.mid", help="A beginning to continue.")
@click.option("--harmonise", type=INPUT_FILE, metavar="FILE.mid", help="A melody to harmonise; its notes stay as they are.")
@options.file(
    "--wav", ".wav", metavar="FILE.wav", text="Also write the sound, by FluidSynth if it is installed, else by the built-in synthesizer."
)
@options.file("--piano-roll", ".png", metavar="FILE.png", text="Also draw the piano roll.")
@options.model(text="A shipped model, or a model folder that `mediakit train` wrote, instead of --style.")
@options.json_lines("path, seconds, bars, metre, tempo, key, tracks, notes, seed, nll_per_frame; or path, error")
@options.quiet
def command(
    output: Path,
    style: str | None,
    model: str | None,
    count: int,
    seed: int,
    harmonise: Path | None,
    wav: Path | None,
    piano_roll: Path | None,
    as_json: bool,
    quiet: bool,
    **composing: Any,
) -> None:
    """Compose music, continue a beginning, or harmonise a melody.

    Prints the path, length and key of each file. The same seed and options write the same bytes.

    \b
    mediakit compose -o tune.mid --seed 7
    mediakit compose --style folk --key G --bars 32 -o tune.mid --wav tune.wav --piano-roll tune.png
    mediakit compose --primer start.mid --seconds 60 -o longer.mid
    mediakit compose --harmonise melody.mid -o chorale.mid
    mediakit compose --metre 3/4 --key Dm --bars 16 -o chorale.musicxml
    mediakit compose --style folk --n 20 -o tunes.mid
    """
    from mediakit.tasks.music.pipeline import load

    _check(style, model, harmonise, composing)
    options.check_last_seed(seed, count)
    if str(output) == "-" and (count > 1 or as_json):
        raise click.UsageError("-o - writes one MIDI file to standard output, without --n and --json")
    check_standard_output(True, wav=wav, piano_roll=piano_roll)
    files = {name: path for name, path in (("music", output), ("wav", wav), ("piano_roll", piano_roll)) if path}
    for path in files.values():
        check_place(path)
    composer = load(model_for("music", model or MODELS[style or "chorale"]))
    with results(None, as_json, quiet, "piece") as out:
        stream = composer.stream(range(seed, seed + count), melody=harmonise, **composing)
        for number, (_, tune) in enumerate(out.counted(out.progress(stream, count))):
            paths = {name: numbered(path, number, count) for name, path in files.items()}
            with out.catching(str(paths["music"])):
                if isinstance(tune, MediakitError):
                    raise tune
                _write(tune, paths, out)


def _check(style: str | None, model: str | None, harmonise: Path | None, composing: dict[str, Any]) -> None:
    """Raise a usage error for options that cannot be used together."""
    if style and model:
        raise click.UsageError("--style and --model cannot be used together: both choose the model")
    if composing["seconds"] and composing["bars"]:
        raise click.UsageError("--seconds and --bars cannot be used together: both set the length")
    given = [name for name in ("primer", "key", "metre", "seconds", "bars") if composing[name]]
    if harmonise and given:
        raise click.UsageError(f"--{given[0]} and --harmonise cannot be used together: the melody sets the start, key, metre and length")
    for name in ("key", "metre"):
        if composing[name] and composing["primer"]:
            raise click.UsageError(f"--{name} and --primer cannot be used together: the primer sets the {name}")


def _write(tune: "Tune", paths: dict[str, Path], out: Results) -> None:
    """Write a tune's files and print its line."""
    from mediakit.tasks.music.pipeline import writer

    with whole_file(paths["music"], "wb") as file:
        writer(paths["music"])(tune.score, file)
    if "wav" in paths:
        from mediakit.media.audio import write_wav

        with whole_file(paths["wav"], "wb") as file:
            player = write_wav(tune.score, file)
        out.note(f"{paths['wav']} was rendered with {player}")
    if "piano_roll" in paths:
        with whole_file(paths["piano_roll"], "wb") as file:
            tune.draw().save(file, "PNG")
    if str(paths["music"]) != "-":
        said = tune.to_dict()
        text = f"{paths['music']}\t{said['seconds']:.1f} s\t{said['key']}\t{said['bars']:g} {'bar' if said['bars'] == 1 else 'bars'}"
        out.give(text, {"path": str(paths["music"]), **said})
