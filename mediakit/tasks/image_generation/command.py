"""`mediakit synthesize`: draw pictures."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console.output import Results, check_place, check_standard_output, make_folder, model_for, progress, results, whole_file
from mediakit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from mediakit.tasks.image_generation.pipeline import Picture, Synthesizer

PICTURES = 16
ON_A_SHEET = 4096  # pictures at most
LAST_SEED = 2**32 - 1
FPS = 25  # which a GIF, that counts in hundredths of a second, keeps exactly
FRAMES = 20_000  # of a walk at most, a quarter of an hour
PIXELS_KEPT = 500_000_000  # of a walk's frames at most, where the file's format wants all of them at the end
FILE = click.Path(dir_okay=False, path_type=Path)


class _Seeds(click.ParamType):
    """Seeds and ranges of them, such as 3,7,10-12."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[range, ...]:
        return tuple(self._part(part.strip(), param, context) for part in str(value).split(","))

    def _part(self, text: str, param: click.Parameter | None, context: click.Context | None) -> range:
        first, dash, last = text.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            self.fail(f"{text!r} is no seed; wanted whole numbers from 0, such as 7, 1-64 or 3,7,10-12", param, context)
        seeds = range(int(first), int(last or first) + 1)
        if not seeds:
            self.fail(f"{text!r} runs backwards; wanted {last}-{first}", param, context)
        if seeds[-1] > LAST_SEED:
            self.fail(f"{seeds[-1]} is too large for a seed; the last is {LAST_SEED}", param, context)
        return seeds


class _Mix(_Seeds):
    """Two seeds, or two ranges of them."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[range, ...]:
        parts = super().convert(value, param, context)
        if len(parts) != 2:
            self.fail(f"{value!r} is not two seeds; wanted such as 3,7, or two ranges: 1-4,10-15", param, context)
        return parts


@click.command("synthesize", short_help="Draw pictures.")
@click.option("--output", "-o", type=FILE, help="All pictures on one sheet: .png, .webp or .jpg; - is standard output (PNG).")
@click.option("--out-dir", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="A file for each: seed0001.png, …")
@click.option("--interpolate", type=FILE, metavar="FILE", help="A walk from seed to seed and back to the first: .gif, .webp or .mp4.")
@click.option("--n", "-n", "count", type=click.IntRange(1), help=f"How many: of --seed and the next ones.  [default: {PICTURES}]")
@click.option("--seed", type=click.IntRange(0, LAST_SEED), help="The first; the same seed gives the same picture.  [default: 0]")
@click.option("--seeds", type=_Seeds(), metavar="LIST", help="In place of --n and --seed: such as 1-64 or 3,7,10-12.")
@click.option("--mix", type=_Mix(), metavar="SEED,SEED", help="Coarse layers of one seed with fine ones of the other, as said above.")
@click.option("--truncation", type=float, help="0: the mean picture; 1: as varied as it learned; up to 2.  [default: the model's]")
@click.option("--label", metavar="NAME", help="Of this class only, or as much of its name as will do.  [default: any, by the seed]")
@click.option("--background", type=click.Choice(["none", "white"]), default="none", show_default=True, help="Behind transparent parts.")
@click.option("--scale", type=click.IntRange(1, 16), default=1, show_default=True, help="How many times as large.")
@click.option("--columns", type=click.IntRange(1), help="Of the sheet.  [default: about as many as rows]")
@click.option("--seconds", type=click.FloatRange(0.1), help="Of the walk.  [default: 1 for each seed]")
@click.option("--fps", type=click.IntRange(1, 50), help=f"Pictures a second of the walk.  [default: {FPS}]")
@click.option("--model", default="emoji", show_default=True, help="A shipped model, or a folder that `mediakit train` wrote.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a picture: path, seed, label, truncation, …")
@click.option("--quiet", "-q", is_flag=True, help="No progress; errors are still told.")
def command(
    output: Path | None,
    out_dir: Path | None,
    interpolate: Path | None,
    scale: int,
    background: str,
    model: str,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Draw pictures from seeds: on one sheet, in a file each, or as a moving walk through them.

    The same seeds and options write the same bytes. --mix 3,7 draws the way from seed 3 to seed 7: picture by picture one more layer,
    fine ones first, is seed 7's. --mix 1-4,10-15 draws a table: coarse layers of the picture at the row's left, fine ones of that at
    the column's head.

    \b
    mediakit synthesize --n 16 -o sheet.png
    mediakit synthesize --seeds 1-64 --out-dir pictures/ --json > pictures.jsonl
    mediakit synthesize --seeds 3,7,10-12 --interpolate walk.gif --seconds 8
    mediakit synthesize --mix 1-4,10-15 -o table.png --background white
    mediakit synthesize --n 1 --seed 7 --truncation 0.5 --scale 4 -o one.png
    """
    from mediakit.tasks.image_generation.pipeline import load

    places = _Places(output, out_dir, interpolate, scale, None if background == "none" else background)
    _check(places, as_json, options)
    check_standard_output(True, interpolate=places.walk)
    places.check()
    pipeline = load(model_for("image_generation", model))
    plan = _plan(pipeline, options) if output or out_dir else None
    walk = _plan_walk(pipeline, options, interpolate, scale) if interpolate else None
    if plan:
        places.check_sheet(plan.count, pipeline.shape)
    if out_dir:
        make_folder(out_dir)
    with results(None, as_json) as out:
        if plan:
            _draw(plan, places, out, as_json, quiet)
        if walk:
            _draw_walk(walk, places, out, quiet)


@dataclass(frozen=True)
class _Places:
    """Where what is drawn goes, how many times as large, and on which colour."""

    sheet: Path | None
    folder: Path | None
    walk: Path | None
    scale: int
    paper: str | None

    def image(self, pixels: "np.ndarray") -> "Image.Image":
        """The picture of pixels."""
        from mediakit.media.image_files import to_image

        return to_image(pixels, self.scale, self.paper)

    def check(self) -> None:
        """InputError for a file of no known kind, or in no folder: before anything is drawn."""
        from mediakit.media.image_files import ANIMATION_WRITERS, IMAGE_WRITERS

        for path, kinds in ((self.sheet, IMAGE_WRITERS), (self.walk, ANIMATION_WRITERS)):
            if path:
                _kind(path, kinds)
                check_place(path)

    def check_sheet(self, count: int, shape: tuple[int, int, int]) -> None:
        """InputError for more pictures than a sheet can hold: before they are drawn."""
        from mediakit.media.image_grid import GAP, MOST_PIXELS

        each = (shape[0] * self.scale + GAP) * (shape[1] * self.scale + GAP)
        most = min(ON_A_SHEET, MOST_PIXELS // each)
        if self.sheet and count > most:
            raise InputError(f"{self.sheet}: a sheet holds {most:,} such pictures, not {count:,}: take fewer, or --out-dir")


@dataclass(frozen=True)
class _Plan:
    """Pictures in the order of the sheet, how many they are, and their seeds in words. Of a table the first place stays empty."""

    pictures: "Iterator[Picture]"
    count: int
    columns: int | None
    seeds: str
    is_table: bool = False


@dataclass(frozen=True)
class _Walk:
    """A file's frames, how many they are and how many a second, and the seeds that they go through."""

    path: Path
    pixels: "Iterator[np.ndarray]"
    frames: int
    fps: int
    seeds: list[int]


def _check(places: _Places, as_json: bool, options: dict[str, Any]) -> None:
    """Usage errors."""
    if not (places.sheet or places.folder or places.walk):
        raise click.UsageError("nothing to write: give -o FILE, --out-dir DIR or --interpolate FILE")
    given = {name: options[name] is not None for name in ("seeds", "seed", "count", "mix", "columns", "seconds", "fps")}
    given["interpolate"] = places.walk is not None
    apart = [("seeds", "count"), ("seeds", "seed"), *(("mix", name) for name in ("seeds", "seed", "count", "columns", "interpolate"))]
    for one, other in apart:
        if given[one] and given[other]:
            raise click.UsageError(f"--{one} and --{other.replace('count', 'n')} were both given; take one of them")
    if given["columns"] and not places.sheet:
        raise click.UsageError("--columns is of a sheet: give -o FILE too")
    if (given["seconds"] or given["fps"]) and not places.walk:
        raise click.UsageError("--seconds and --fps are of a walk: give --interpolate FILE too")
    if str(places.sheet) == "-":
        if as_json or places.folder or places.walk:
            raise click.UsageError("-o - writes one sheet to standard output, without --json, --out-dir and --interpolate")
        if sys.stdout.isatty():
            raise click.UsageError("-o - writes a PNG file to standard output, which is a terminal; send it somewhere")


def _kind(path: Path, kinds: Iterable[str]) -> str:
    """A file's kind, by its ending; what is no file, such as a pipe, gets the first."""
    known, ending = list(kinds), path.suffix.lower()
    if str(path) == "-" or (path.exists() and not path.is_file()):
        return ending if ending in known else known[0]
    if ending not in known:
        what = f"{ending} is no kind of file that can be written here" if ending else "its name has no ending"
        raise InputError(f"{path}: {what}; take {', '.join(known)}")
    return ending


def _plan(pipeline: "Synthesizer", options: dict[str, Any]) -> _Plan:
    how = {"truncation": options["truncation"], "label": options["label"]}
    if not options["mix"]:
        seeds = _seeds(options)
        return _Plan(pipeline.stream(chain(*seeds), **how), sum(map(len, seeds)), options["columns"], f"seeds {_in_words(seeds)}")
    coarse, fine = options["mix"]
    layers, words = pipeline.layers, f"mix {_in_words((coarse, fine))}"
    if len(coarse) == len(fine) == 1:
        way = [(coarse[0], fine[0], crossover) for crossover in range(layers, -1, -1)]
        return _Plan(pipeline.mixtures(way, **how), len(way), len(way), words)

    def table() -> Iterator[tuple[int, int, int]]:
        yield from ((seed, seed, layers) for seed in fine)
        for seed in coarse:
            yield seed, seed, layers
            yield from ((seed, other, layers // 2) for other in fine)

    columns = len(fine) + 1
    return _Plan(pipeline.mixtures(table(), **how), columns * (len(coarse) + 1) - 1, columns, words, is_table=True)


def _plan_walk(pipeline: "Synthesizer", options: dict[str, Any], path: Path, scale: int) -> _Walk:
    seeds, fps = _seeds(options), options["fps"] or FPS
    count = sum(map(len, seeds))
    frames = max(1, round((options["seconds"] or count) * fps))
    kept = PIXELS_KEPT // (pipeline.shape[0] * pipeline.shape[1] * scale**2)
    most = FRAMES if path.suffix.lower() == ".mp4" else min(FRAMES, kept)
    if frames > most:
        raise InputError(f"{path}: a walk of {frames:,} pictures is too long, {most:,} are the most: take fewer --seconds")
    if count > frames:
        raise InputError(f"{path}: a walk of {frames:,} pictures cannot go through {count:,} seeds: take more --seconds")
    through = list(chain(*seeds))
    pixels = pipeline.walk(through, frames, truncation=options["truncation"], label=options["label"])
    return _Walk(path, pixels, frames, fps, through)


def _seeds(options: dict[str, Any]) -> Sequence[range]:
    first = options["seed"] or 0
    return options["seeds"] or (range(first, first + (options["count"] or PICTURES)),)


def _in_words(seeds: Iterable[range]) -> str:
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in seeds)


def _draw(plan: _Plan, places: _Places, out: Results, as_json: bool, quiet: bool) -> None:
    """All pictures: to files as they come, and kept for the sheet if there is one."""
    kept: list[tuple[Image.Image, Picture]] = []
    quiet = quiet or (places.folder is not None and sys.stdout.isatty())  # a bar would stand among the files' names
    for picture in progress(plan.pictures, plan.count, "picture", quiet):
        image = places.image(picture.pixels)
        if places.folder:
            path = places.folder / f"{_name(picture)}.png"
            _write(image, path, ".png")
            _tell(out, path, picture)
        if places.sheet:
            kept.append((image, picture))
    if not places.sheet:
        return
    from mediakit.media.image_files import IMAGE_WRITERS

    _write(_sheet([image for image, _ in kept], plan), places.sheet, _kind(places.sheet, IMAGE_WRITERS))
    if str(places.sheet) == "-" or (places.folder and as_json):
        return
    if as_json:
        for _, picture in kept:
            _tell(out, places.sheet, picture)
    else:
        out.give(f"{places.sheet}\t{plan.count} pictures\t{plan.seeds}", {})


def _sheet(images: "list[Image.Image]", plan: _Plan) -> "Image.Image":
    """A picture alone is itself."""
    if len(images) == 1:
        return images[0]
    import numpy as np

    from mediakit.media.image_grid import grid

    tiles = [np.asarray(image) for image in images]
    transparent = images[0].mode == "RGBA"
    if plan.is_table:
        tiles.insert(0, np.full_like(tiles[0], 0 if transparent else 255))
    return grid(tiles, plan.columns, None if transparent else "white")


def _draw_walk(walk: _Walk, places: _Places, out: Results, quiet: bool) -> None:
    from mediakit.media.image_files import ANIMATION_WRITERS, write_animation

    frames = map(places.image, progress(walk.pixels, walk.frames, "picture", quiet))
    with whole_file(walk.path, "wb") as file:
        write_animation(frames, file, _kind(walk.path, ANIMATION_WRITERS), walk.fps)
    seconds = round(walk.frames / walk.fps, 2)
    fields = {"path": str(walk.path), "seeds": walk.seeds, "seconds": seconds, "frames": walk.frames}
    out.give(f"{walk.path}\t{seconds:g} s\t{len(walk.seeds)} seeds", fields)


def _write(image: "Image.Image", path: Path, kind: str) -> None:
    from mediakit.media.image_files import write_image

    with whole_file(path, "wb") as file:
        write_image(image, file, kind)


def _name(picture: "Picture") -> str:
    if picture.fine in (None, picture.seed):
        return f"seed{picture.seed:04d}"
    return f"seed{picture.seed:04d}-seed{picture.fine:04d}-{picture.crossover}"


def _tell(out: Results, path: Path, picture: "Picture") -> None:
    said = [str(path), f"seed {picture.seed}", *([picture.label] if picture.label else [])]
    if picture.fine is not None:
        said.append(f"fine layers from {picture.crossover} of seed {picture.fine}")
    out.give("\t".join(said), {"path": str(path), **picture.to_dict()})
