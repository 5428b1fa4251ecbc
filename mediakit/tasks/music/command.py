"""`mediakit compose`: make music."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console.output import Results, check_place, check_standard_output, model_for, progress, results, whole_file
from mediakit.errors import MediakitError

if TYPE_CHECKING:
    from mediakit.tasks.music.pipeline import Tune

MODELS = {"chorale": "music/jsb", "folk": "music/nottingham"}
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("compose", short_help="Make music: MIDI, sound, a piano roll.")
@click.option("--output", "-o", required=True, type=FILE, help="The MIDI file; - is standard output. With --n: tune-1.mid, …")
@click.option("--style", type=click.Choice(list(MODELS)), help="Chorale: four voices. Folk: a melody and chords.  [default: chorale]")
@click.option("--seconds", type=click.FloatRange(1, 3600), help="About how long.  [default: 30]")
@click.option("--bars", type=click.IntRange(1, 1000), help="In place of --seconds: so many bars of four beats, exactly.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed writes the same file.")
@click.option("--n", "count", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many: of this seed and the next.")
@click.option("--temperature", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="Lower is plainer.")
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=0.98, show_default=True, help="Probability kept in draws.")
@click.option("--tempo", type=click.FloatRange(20, 400), help="Quarter notes a minute.  [default: the style's, or the given file's]")
@click.option("--key", metavar="KEY", help="Such as G, Am, Bb or 'F# minor'.")
@click.option("--primer", type=FILE, metavar="MIDI", help="A beginning to go on from.")
@click.option("--harmonise", type=FILE, metavar="MIDI", help="A melody, kept as it is, to write the other voices for.")
@click.option("--wav", type=FILE, help="Also write the sound: by FluidSynth if installed, else by a plain synthesiser.")
@click.option("--piano-roll", type=FILE, metavar="PNG", help="Also draw it.")
@click.option("--model", metavar="NAME", help="A model folder of your own, in place of --style.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: path, seconds, bars, tempo, key, tracks, notes, seed, …")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes; errors are still told.")
def command(output: Path, style: str | None, model: str | None, count: int, seed: int, as_json: bool, quiet: bool, **options: Any) -> None:
    """Compose music, go on from a beginning, or harmonise a melody.

    Prints each file with its length and key. The same seed and options write the same bytes.

    \b
    mediakit compose -o tune.mid --seed 7
    mediakit compose --style folk --key G --bars 32 -o tune.mid --wav tune.wav --piano-roll tune.png
    mediakit compose --primer start.mid --seconds 60 -o longer.mid
    mediakit compose --harmonise melody.mid -o chorale.mid
    mediakit compose --style folk --n 20 -o tunes.mid
    """
    from mediakit.tasks.music.pipeline import load

    beside = {"wav": options.pop("wav"), "piano_roll": options.pop("piano_roll")}
    _check(output, style, model, count, as_json, options)
    check_standard_output(True, **beside)
    if options["harmonise"]:
        options = {name: value for name, value in options.items() if name in ("harmonise", "temperature", "top_p", "tempo")}
    else:
        del options["harmonise"]
    for path in (output, *beside.values()):
        check_place(path)
    composer = load(model_for("music", model or MODELS[style or "chorale"]))
    melody = options.pop("harmonise", None)
    with results(None, as_json) as out:
        for number in progress(range(count), count, "piece", quiet):
            paths = {name: _numbered(path, number, count) for name, path in {"midi": output, **beside}.items() if path}
            try:
                given = {**options, "seed": seed + number}
                tune = composer.harmonise(melody, **given) if melody else composer(**given)
                _write(tune, paths, quiet)
            except MediakitError as error:
                out.fail(str(paths["midi"]), error)
                continue
            _tell(out, tune, paths["midi"])


def _check(output: Path, style: str | None, model: str | None, count: int, as_json: bool, options: dict[str, Any]) -> None:
    if style and model:
        raise click.UsageError("--style and --model were both given; each says which model composes")
    if options["seconds"] and options["bars"]:
        raise click.UsageError("--seconds and --bars were both given; one says how long")
    given = [name for name in ("primer", "key", "seconds", "bars") if options[name]]
    if options["harmonise"] and given:
        raise click.UsageError(f"--{given[0]} and --harmonise were both given; a harmonised melody is as long, and in the key, that it is")
    if options["key"] and options["primer"]:
        raise click.UsageError("--key and --primer were both given; a primer has a key")
    if str(output) == "-" and (count > 1 or as_json):
        raise click.UsageError("-o - writes one MIDI file to standard output, without --n and --json")


def _numbered(path: Path, number: int, count: int) -> Path:
    return path.with_name(f"{path.stem}-{number + 1:0{len(str(count))}d}{path.suffix}") if count > 1 else path


def _write(tune: "Tune", paths: dict[str, Path], quiet: bool) -> None:
    from mediakit.media.midi import write_midi

    with whole_file(paths["midi"], "wb") as file:
        write_midi(tune.score, file)
    if "wav" in paths:
        from mediakit.media.audio import write_wav

        with whole_file(paths["wav"], "wb") as file:
            player = write_wav(tune.score, file)
        if not quiet:
            click.echo(f"mediakit: {paths['wav']} was played by {player}", err=True)
    if "piano_roll" in paths:
        from mediakit.tasks.music.figures import draw_piano_roll

        with whole_file(paths["piano_roll"], "wb") as file:
            draw_piano_roll(tune.score, f"{tune.key}, seed {tune.seed}").save(file, "PNG")


def _tell(out: Results, tune: "Tune", path: Path) -> None:
    if str(path) == "-":
        return
    said = tune.to_dict()
    out.give(f"{path}\t{said['seconds']:.1f} s\t{said['key']}\t{said['bars']:g} bars", {"path": str(path), **said})
