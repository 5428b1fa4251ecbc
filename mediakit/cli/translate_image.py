"""`mediakit translate-image`: what a model of pairs makes of images. The term is pix2pix's, image-to-image translation."""

from typing import Any

import click

from mediakit.console.models import model_for
from mediakit.errors import InputError
from mediakit.tasks.image_to_image.command import TASK, image_options, write_images


@click.command("translate-image", short_help="Turn one kind of image into another, such as labels into façades.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@image_options("image_to_image/facades", "images", "translated")
def command(paths: tuple[str, ...], model: str, threads: int | None, **how: Any) -> None:
    """Write what a model that learned from pairs of images makes of each image, at its size, and print the file's path.

    PATH is an image (PNG, JPEG, WebP, TIFF, …), a folder of images, a pattern such as 'labels/*.png', or - for an image on standard
    input. The shipped model makes façades of labels in the twelve colours of the CMP data set; `mediakit train pix2pix` learns other
    pairs. An image that cannot be read is reported on standard error and the others are still done; the exit code is then 1.

    \b
    mediakit translate-image labels.png
    mediakit translate-image labels/ --out-dir facades/
    mediakit translate-image edges/ --model runs/shoes/model
    """
    from mediakit.tasks.image_to_image.pipeline import Translator, load

    pipeline = load(model_for(TASK, model), threads=threads)
    if not isinstance(pipeline, Translator):
        raise InputError(f"{model}: gives photos colours; that is mediakit colorize")
    write_images(pipeline, paths, how)
