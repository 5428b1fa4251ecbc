"""`mediakit synthesize`: generate images."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import check_place, check_standard_output, is_device, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, progress, results
from mediakit.runtime.seeds import LAST_SEED

if TYPE_CHECKING:
    from PIL import Image

    from mediakit.tasks.image_generation.pipeline import GeneratedImage, Synthesizer
    from mediakit.tasks.image_generation.plans import Sheet, Walk

DEFAULT_COUNT = 16
FPS = 25  # GIF, which counts hundredths of a second, can keep it exactly
IMAGE_ENDINGS = (".png", ".webp", ".jpg", ".jpeg")
ANIMATION_ENDINGS = (".gif", ".webp", ".mp4")
LATENT_ENDING = ".npz"
TIME_LIMIT = 60  # seconds


class _Seeds(click.ParamType):
    """Seeds, ranges of seeds and files of latents, such as 3,7,10-12,photo.npz."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[range | tuple[Path], ...]:
        return tuple(self._part(part.strip(), param, context) for part in str(value).split(","))

    def _part(self, text: str, param: click.Parameter | None, context: click.Context | None) -> range | tuple[Path]:
        return (Path(text),) if text.endswith(LATENT_ENDING) else self._range(text, param, context)

    def _range(self, text: str, param: click.Parameter | None, context: click.Context | None) -> range:
        first, dash, last = text.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            self.fail(f"{text!r} is not a seed; expected whole numbers from 0, such as 7, 1-64 or 3,7,10-12", param, context)
        seeds = range(int(first), int(last or first) + 1)
        if not seeds:
            self.fail(f"{text!r} runs backwards; expected {last}-{first}", param, context)
        if seeds[-1] > LAST_SEED:
            self.fail(f"{seeds[-1]} is too large for a seed; the last is {LAST_SEED}", param, context)
        return seeds


class _Mix(_Seeds):
    """Two seeds, or two ranges of seeds."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[range | tuple[Path], ...]:
        parts = super().convert(value, param, context)
        if len(parts) != 2:
            self.fail(f"{value!r} is not two seeds, such as 3,7, or two ranges, such as 1-4,10-15", param, context)
        return parts


@click.command("synthesize", short_help="Generate images.")
@options.file(
    "--output", *IMAGE_ENDINGS, short="-o", choose=True, text="One sheet of all images: .png, .webp or .jpg; - is standard output."
)
@options.folder("--out-dir", text="Write one PNG per image: seed0001.png, …; with --project also its latent.")
@options.file("--interpolate", *ANIMATION_ENDINGS, choose=True, text="A walk from seed to seed and back: .gif, .webp or .mp4.")
@options.count(f"Images to generate, from --seed and the next ones.  [default: {DEFAULT_COUNT}]", most=LAST_SEED)
@click.option("--seed", type=options.SEED, metavar="N", help="The first seed; it always gives the same image.  [default: 0]")
@click.option("--seeds", type=_Seeds(), metavar="LIST", help="The seeds, instead of --n and --seed: 1-64 or 3,7,10-12.")
@click.option("--mix", type=_Mix(), metavar="SEED,SEED", help="Coarse layers of one seed with fine layers of another, see above.")
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Find the latent nearest to an image; can be repeated.",
)
@click.option("--time-limit", type=options.Number(1), metavar="SECONDS", help=f"For projecting an image.  [default: {TIME_LIMIT}]")
@click.option("--truncation", type=options.Number(0, 2), help="0: the mean image; 1: as varied as the data.  [default: set by the model]")
@click.option("--label", metavar="NAME", help="Generate only this class; the beginning of its name is enough.  [default: drawn by seed]")
@click.option("--background", type=click.Choice(["none", "white"]), default="none", show_default=True, help="Behind transparent parts.")
@click.option("--scale", type=click.IntRange(1, 16), metavar="N", default=1, show_default=True, help="Enlarge the images N times.")
@click.option("--columns", type=click.IntRange(1), metavar="N", help="Columns of the sheet.  [default: about as many as rows]")
@click.option("--seconds", type=options.Number(0.1), help="Length of the walk.  [default: 1 per seed]")
@click.option("--fps", type=click.IntRange(1, 50), metavar="N", help=f"Frames per second of the walk.  [default: {FPS}]")
@options.model("emoji")
@options.json_lines("path, seed, label, truncation, fine, crossover (null unless mixed); with --project path, latent, error")
@options.quiet
def command(
    output: Path | None,
    out_dir: Path | None,
    interpolate: Path | None,
    scale: int,
    background: str,
    model: str,
    as_json: bool,
    quiet: bool,
    truncation: float | None,
    label: str | None,
    **choices: Any,
) -> None:
    """Generate images from seeds: on one sheet, in one file each, or as an animated walk through them.

    The same seeds and options write the same bytes. --mix 3,7 goes from seed 3 to seed 7 by replacing one more layer per image,
    fine layers first. --mix 1-4,10-15 draws a table: coarse layers of the image at the left of the row, fine layers of the
    image at the top of the column.

    --project finds the latent whose image is nearest to that of a file. With --out-dir it is written as an .npz file, which can stand
    wherever a seed can: in --seeds and in --mix. -o draws the images above their projections.

    \b
    mediakit synthesize --n 16 -o sheet.png
    mediakit synthesize --seeds 1-64 --out-dir images/ --json > images.jsonl
    mediakit synthesize --seeds 3,7,10-12 --interpolate walk.gif --seconds 8
    mediakit synthesize --mix 1-4,10-15 -o table.png --background white
    mediakit synthesize --n 1 --seed 7 --truncation 0.5 --scale 4 -o one.png
    mediakit synthesize --project face.png --out-dir found/
    mediakit synthesize --mix found/face.npz,7 -o mixed.png
    """
    _check(output, out_dir, interpolate, as_json, choices | {"truncation": truncation})
    for path in (output, interpolate):
        check_place(path)

    from mediakit.tasks.image_generation.pipeline import load

    pipeline = load(model_for("image_generation", model))
    paper = None if background == "none" else background
    if choices["project"]:
        with results(None, as_json, quiet, "image") as out:
            _write_projections(pipeline, choices, label, output, out_dir, scale, paper, out)
        return
    sheet, walk = _plan(pipeline, output, out_dir, interpolate, scale, choices, {"truncation": truncation, "label": label})
    if out_dir:
        make_folder(out_dir)
    with results(None, as_json, quiet, "image") as out:
        if sheet:
            _write_images(sheet, output, out_dir, scale, paper, out)
        if walk and interpolate:
            _write_walk(walk, interpolate, scale, paper, out)


def _check(output: Path | None, out_dir: Path | None, interpolate: Path | None, as_json: bool, choices: dict[str, Any]) -> None:
    """Raise usage errors."""
    if not (output or out_dir or interpolate):
        raise click.UsageError("nothing to write: give -o FILE, --out-dir DIR or --interpolate FILE")
    options.check_last_seed(choices["seed"] or 0, choices["count"] or DEFAULT_COUNT)
    given = {name for name, value in choices.items() if value not in (None, ())} | ({"interpolate"} if interpolate else set())
    exclusive = [("seeds", "count"), ("seeds", "seed"), *(("mix", name) for name in ("seeds", "seed", "count", "columns", "interpolate"))]
    exclusive += [("project", name) for name in ("seeds", "count", "mix", "columns", "interpolate", "truncation")]
    for one, other in exclusive:
        if one in given and other in given:
            raise click.UsageError(f"--{one} and --{other.replace('count', 'n')} cannot be used together")
    if "columns" in given and not output:
        raise click.UsageError("--columns arranges a sheet: give -o FILE too")
    if given & {"seconds", "fps"} and not interpolate:
        raise click.UsageError("--seconds and --fps time a walk: give --interpolate FILE too")
    if "time_limit" in given and "project" not in given:
        raise click.UsageError("--time-limit is for projecting an image: give --project FILE too")
    if interpolate and sum(map(len, choices["seeds"] or [range(choices["count"] or DEFAULT_COUNT)])) < 2:
        raise click.UsageError("--interpolate needs at least two seeds")
    check_standard_output(True, interpolate=interpolate)
    if str(output) == "-":
        if as_json or out_dir or interpolate or "project" in given:
            raise click.UsageError("-o - writes one sheet to standard output, without --json, --out-dir, --interpolate and --project")
        if sys.stdout.isatty():
            raise click.UsageError("-o - writes a PNG file to standard output, which is a terminal; redirect it")


def _plan(
    pipeline: "Synthesizer",
    output: Path | None,
    out_dir: Path | None,
    interpolate: Path | None,
    scale: int,
    choices: dict[str, Any],
    how: dict[str, Any],
) -> "tuple[Sheet | None, Walk | None]":
    """What to draw; `how` are options of the pipeline."""
    from mediakit.tasks.image_generation import plans
    from mediakit.tasks.image_generation.latents import read_latent

    def opened(parts: Sequence[range | tuple[Path]]) -> list[plans.Seeds]:
        return [part if isinstance(part, range) else [read_latent(path) for path in part] for part in parts]

    first, sheet, walk = choices["seed"] or 0, None, None
    seeds = opened(choices["mix"] or choices["seeds"] or (range(first, first + (choices["count"] or DEFAULT_COUNT)),))
    if output or out_dir:
        sheet = plans.plan_mix(pipeline, *seeds, **how) if choices["mix"] else plans.plan_seeds(pipeline, seeds, choices["columns"], **how)
    if sheet and output:
        sheet.check(pipeline.shape, scale)
    if interpolate:
        keeps_frames = interpolate.suffix.lower() != ".mp4"
        walk = plans.plan_walk(pipeline, seeds, choices["seconds"], choices["fps"] or FPS, scale, keeps_frames, **how)
    return sheet, walk


def _write_projections(
    pipeline: "Synthesizer",
    choices: dict[str, Any],
    label: str | None,
    output: Path | None,
    out_dir: Path | None,
    scale: int,
    paper: str | None,
    out: Results,
) -> None:
    from mediakit.tasks.image_generation.projecting import Projector

    if out_dir:
        make_folder(out_dir)
    projector = Projector(pipeline, choices["seed"] or 0, label, choices["time_limit"] or TIME_LIMIT)
    sheet = projector.write(choices["project"], out_dir, scale, paper, out)
    if output and sheet:
        _write_image(sheet, output)


def _write_images(sheet: "Sheet", output: Path | None, out_dir: Path | None, scale: int, paper: str | None, out: Results) -> None:
    """Write the images of a sheet: one file each as they are drawn, then the sheet, as wanted."""
    from mediakit.media.image_files import to_image

    kept: list[tuple[Image.Image, GeneratedImage]] = []
    # Nothing is printed while the images are drawn unless each has a file.
    images = out.progress(sheet.images, sheet.count) if out_dir else progress(sheet.images, sheet.count, "image", out.quiet)
    for generated in images:
        image = to_image(generated.pixels, scale, paper)
        if out_dir:
            path = out_dir / f"{_file_name(generated)}.png"
            _write_image(image, path)
            _print_image(path, generated, out)
        if output:
            kept.append((image, generated))
    if not output:
        return
    _write_image(sheet.arranged([image for image, _ in kept]), output)
    if str(output) == "-" or (out_dir and out.as_json):
        return
    if out.as_json:
        for _, generated in kept:
            _print_image(output, generated, out)
    else:
        out.give(f"{output}\t{sheet.count} {'image' if sheet.count == 1 else 'images'}\t{sheet.seeds}", {})


def _write_walk(walk: "Walk", path: Path, scale: int, paper: str | None, out: Results) -> None:
    from mediakit.media.image_files import to_image, write_animation

    frames = (to_image(pixels, scale, paper) for pixels in progress(walk.pixels, walk.frames, "frame", out.quiet))
    with whole_file(path, "wb") as file:
        write_animation(frames, file, _format(path, ANIMATION_ENDINGS), walk.fps)
    seconds = round(walk.frames / walk.fps, 2)
    fields = {"path": str(path), "seeds": walk.seeds, "seconds": seconds, "frames": walk.frames}
    out.give(f"{path}\t{seconds:g} s\t{len(walk.seeds)} seeds", fields)


def _write_image(image: "Image.Image", path: Path) -> None:
    from mediakit.media.image_files import write_image

    with whole_file(path, "wb") as file:
        write_image(image, file, _format(path, IMAGE_ENDINGS))


def _format(path: Path, endings: Iterable[str]) -> str:
    """The ending that stands for a file's format; the first one for standard output, pipes and devices."""
    known = list(endings)
    return path.suffix.lower() if path.suffix.lower() in known and not is_device(path) else known[0]


def _file_name(image: "GeneratedImage") -> str:
    coarse, fine = (f"seed{seed:04d}" if isinstance(seed, int) else Path(seed or "").stem for seed in (image.seed, image.fine))
    return coarse if image.fine in (None, image.seed) else f"{coarse}-{fine}-{image.crossover}"


def _told(seed: int | str | None) -> str:
    return f"seed {seed}" if isinstance(seed, int) else str(seed)


def _print_image(path: Path, image: "GeneratedImage", out: Results) -> None:
    texts = [str(path), _told(image.seed), *([image.label] if image.label else [])]
    if image.fine is not None:
        texts.append(f"fine layers from {image.crossover} of {_told(image.fine)}")
    out.give("\t".join(texts), {"path": str(path), **image.to_dict()})
