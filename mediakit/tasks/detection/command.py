"""`mediakit detect`: find things in images."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import UniqueNames, check_json_ending, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.console.path_input import is_one_file, item_name, photo_items

if TYPE_CHECKING:
    from mediakit.tasks.detection.pipeline import Detections


@click.command("detect", short_help="Find things in images.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines("path, width, height, objects (each label, score, box: x0, y0, x1, y1 in pixels); or path, error")
@click.option(
    "--threshold", type=options.Number(0, 1, min_open=True), default=0.5, show_default=True, help="Leave out objects with a lower score."
)
@click.option("--label", "labels", multiple=True, metavar="NAME", help="Find only objects of this class; may be repeated.")
@options.folder("--draw", text="Write each image there as a JPEG file, with its boxes.")
@options.folder("--crop", text="Write each object there as a JPEG file of its own.")
@options.output
@options.model("detection/everyday")
@options.max_pixels("images")
@options.threads("Images")
@options.quiet
def command(
    paths: tuple[str, ...],
    recursive: bool,
    as_json: bool,
    draw: Path | None,
    crop: Path | None,
    output: Path | None,
    resume: bool,
    model: str,
    threads: int | None,
    quiet: bool,
    **looking: Any,
) -> None:
    """Print the objects in each image: class, score, and the box as left, top, right, bottom in pixels of the upright image.

    PATH is an image (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a folder, a pattern such as 'holiday/*.jpg', or - for an image on
    standard input. One image prints an object per line; several print the path first. An image that cannot be read is reported
    on standard error and the others are still searched; the exit code is then 1.

    \b
    mediakit detect photo.jpg
    mediakit detect photo.jpg --draw drawn/ --threshold 0.3
    mediakit detect holiday/ --label dog --crop dogs/
    mediakit detect holiday/ --json > objects.jsonl
    mediakit detect smear.jpg --model blood_cells
    """
    from mediakit.tasks.detection.pipeline import load

    check_json_ending(output, as_json)
    images, left_out = photo_items(paths, recursive)
    pipeline = load(model_for("detection", model), threads=threads)
    for folder in filter(None, (draw, crop)):
        make_folder(folder)
    alone, names = is_one_file(paths, images), UniqueNames()
    with results(output, as_json, quiet, "image", resume) as out:
        out.remark(left_out)
        images = out.remaining(images, skipped=names.of)
        for image, found in out.successes(out.progress(pipeline.stream(images, **looking), len(images))):
            path = item_name(image)
            with out.catching(path):
                if draw or crop:
                    _write_images(image, found, draw, crop, names.of(path), looking["max_pixels"])
                if not found.objects:
                    out.note(f"{path}: no object scores {looking['threshold']:g} or more")
                if found.objects or as_json:
                    out.give(_text(found, "" if alone else f"{path}\t"), {"path": path, **found.to_dict()})


def _text(found: "Detections", prefix: str) -> str:
    """A line for each object: class, score, box."""
    boxes = [" ".join(f"{edge:.0f}" for edge in each.box) for each in found.objects]
    return "\n".join(f"{prefix}{each.label}\t{each.score:.2f}\t{box}" for each, box in zip(found.objects, boxes, strict=True))


def _write_images(image: Any, found: "Detections", draw: Path | None, crop: Path | None, name: str, max_pixels: int) -> None:
    """Write an image with its boxes into the folder `draw`, and its objects into the folder `crop`."""
    from mediakit.media.image import read_photo
    from mediakit.tasks.detection import drawing

    photo = read_photo(image, max_pixels=max_pixels)
    files = {}
    if draw:
        files[draw / f"{name}.jpg"] = drawing.draw_objects(photo, found.objects)
    if crop:
        for number, each in enumerate(found.objects, 1):
            files[crop / f"{name}-{number}-{each.label.replace('/', '-')}.jpg"] = drawing.crop(photo, each.box)
    for path, picture in files.items():
        with whole_file(path, "wb") as file:
            picture.save(file, "JPEG", quality=92)
