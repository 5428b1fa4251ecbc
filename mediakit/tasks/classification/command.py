"""`mediakit classify`: name what an image shows."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import UniqueNames, check_json_ending, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.console.path_input import is_one_file, item_name, photo_items
from mediakit.errors import on_one_line

if TYPE_CHECKING:
    from PIL.Image import Image

    from mediakit.tasks.classification.pipeline import Classifier


@click.command("classify", short_help="Classify images.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines("path, labels (each label, probability), familiar; or path, error")
@click.option("--top", type=click.IntRange(1), metavar="N", default=5, show_default=True, help="Print the N most probable classes.")
@options.folder("--explain", text="For each image, write a PNG of where the evidence is, of kernels, and of feature maps.")
@options.output
@engine("photos")
@options.model("classification/imagenet")
@options.max_pixels("images")
@options.threads("Images")
@options.quiet
def command(
    paths: tuple[str, ...],
    recursive: bool,
    as_json: bool,
    top: int,
    explain: Path | None,
    output: Path | None,
    resume: bool,
    model: str,
    max_pixels: int,
    threads: int | None,
    quiet: bool,
) -> None:
    """Print the most probable classes of each image, with their probabilities.

    PATH is an image (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a folder, a pattern such as 'holiday/*.jpg', or - for an image on
    standard input. One image prints a class per line; several print path, class, probability. An image unlike those that the
    model learned from is noted on standard error. One that cannot be read is reported there and the others are still
    classified; the exit code is then 1.

    \b
    mediakit classify photo.jpg
    mediakit classify holiday/ --json > classes.jsonl
    mediakit classify photo.jpg --explain why/
    mediakit train image_classifier --data photos --out runs/mine
    mediakit classify photo.jpg --model runs/mine/model
    """
    from mediakit.tasks.classification.pipeline import load

    check_json_ending(output, as_json)
    images, left_out = photo_items(paths, recursive)
    pipeline = load(model_for("classification", model), threads=threads)
    draw = _explainer(explain, pipeline)
    alone, names = is_one_file(paths, images), UniqueNames()
    with results(output, as_json, quiet, "image", resume) as out:
        out.remark(left_out)
        images = out.remaining(images, skipped=names.of)
        stream = pipeline.stream(images, top=top, max_pixels=max_pixels)
        for image, found in out.successes(out.progress(stream, len(images))):
            path = item_name(image)
            with out.catching(path):
                if draw and explain:
                    with whole_file(explain / f"{names.of(path)}.png", "wb") as file:
                        draw(image, max_pixels).save(file, "PNG")
                if found.familiar is False:
                    out.note(f"{on_one_line(path)}: is unlike the images that the model learned from")
                lines = (f"{label.name}\t{label.probability:.3f}" for label in found.labels)
                out.give("\n".join(line if alone else f"{on_one_line(path)}\t{line}" for line in lines), {"path": path, **found.to_dict()})


def _explainer(folder: Path | None, pipeline: "Classifier") -> "Callable[[Any, int], Image] | None":
    """What draws explanations, and the folder for them made; None without a folder."""
    if folder is None:
        return None
    from mediakit.tasks.classification.explain import Explainer

    make_folder(folder)
    return Explainer(pipeline)
