"""`mediakit classify`: name what an image shows."""

from pathlib import Path

import click

from mediakit.console import options
from mediakit.console.files import check_json_ending
from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.console.path_input import is_one_file, item_name, photo_items
from mediakit.errors import on_one_line


@click.command("classify", short_help="Classify images.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines("path, labels (each label, probability); or path, error")
@click.option("--top", type=click.IntRange(1), metavar="N", default=5, show_default=True, help="Print the N most probable classes.")
@options.output
@options.model()
@options.max_pixels("images")
@options.threads("Images")
@options.quiet
def command(
    paths: tuple[str, ...],
    recursive: bool,
    as_json: bool,
    top: int,
    output: Path | None,
    resume: bool,
    model: str | None,
    max_pixels: int,
    threads: int | None,
    quiet: bool,
) -> None:
    """Print the most probable classes of each image, with their probabilities.

    PATH is an image (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a folder, a pattern such as 'holiday/*.jpg', or - for an image on
    standard input. One image prints a class per line; several print path, class, probability. An image that cannot be read is
    reported on standard error and the others are still classified; the exit code is then 1.

    \b
    mediakit train lenet --data photos --out runs/lenet
    mediakit classify photo.jpg --model runs/lenet/model
    mediakit classify holiday/ --model runs/lenet/model --json > classes.jsonl
    """
    from mediakit.tasks.classification.pipeline import load

    check_json_ending(output, as_json)
    if model is None:
        raise click.UsageError("--model is missing: give the model folder that `mediakit train` wrote")
    images, left_out = photo_items(paths, recursive)
    pipeline = load(model_for("classification", model), threads=threads)
    alone = is_one_file(paths, images)
    with results(output, as_json, quiet, "image", resume) as out:
        out.remark(left_out)
        images = out.remaining(images)
        stream = pipeline.stream(images, top=top, max_pixels=max_pixels)
        for image, found in out.successes(out.progress(stream, len(images))):
            path = item_name(image)
            lines = (f"{label.name}\t{label.probability:.3f}" for label in found.labels)
            out.give("\n".join(line if alone else f"{on_one_line(path)}\t{line}" for line in lines), {"path": path, **found.to_dict()})
