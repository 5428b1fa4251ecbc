"""`mediakit colorize`: grey photos in colours. What it shares with `mediakit translate-image` is here too."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import UniqueNames, check_json_ending, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.console.path_input import is_one_file, item_name, photo_items
from mediakit.errors import InputError, on_one_line

if TYPE_CHECKING:
    from mediakit.tasks.image_to_image.pipeline import ImageToImage, MadeImage

TASK = "image_to_image"
_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")


def image_options(model: str, images: str, out_dir: str) -> Callable[[Any], Any]:
    """The options of both commands: `images` names what they take, `out_dir` is where they write by default."""
    return options.option_group(
        click.option("--saturation", type=options.Number(0, 4), default=1.0, show_default=True, help="Factor of the colours; 0 is grey."),
        options.folder("--out-dir", text="Write the images there.", default=out_dir),
        options.recursive,
        options.json_lines("path, file, width, height; or path, error"),
        options.output,
        options.model(model),
        options.max_pixels(images),
        options.threads(images.capitalize()),
        options.quiet,
    )


@click.command("colorize", short_help="Give grey photos plausible colours.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@image_options("image_to_image/colorize", "photos", "colorized")
def command(paths: tuple[str, ...], model: str, threads: int | None, **how: Any) -> None:
    """Write each photo in colours that it may have had, at its own size, and print the file's path. The colours are guesses; the
    lightness stays as it is.

    PATH is a photo (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a folder of photos, a pattern such as 'album/*.jpg', or - for a photo on
    standard input. A JPEG becomes a JPEG, anything else a PNG, which keeps transparency. Of a colour photo or a brown old print only
    the lightness is used. A photo that cannot be read is reported on standard error and the others are still done; the exit code is
    then 1.

    \b
    mediakit colorize grandmother.jpg
    mediakit colorize album/ --out-dir coloured/
    mediakit colorize scan.tif --saturation 1.3 --out-dir coloured/
    """
    from mediakit.tasks.image_to_image.pipeline import Colorizer, load

    pipeline = load(model_for(TASK, model), threads=threads)
    if not isinstance(pipeline, Colorizer):
        raise InputError(f"{model}: gives no colours but makes one image of another; that is mediakit translate-image")
    write_images(pipeline, paths, how)


def write_images(pipeline: "ImageToImage", paths: tuple[str, ...], how: dict[str, Any]) -> None:
    """Write what a pipeline makes of each image, and print the paths. `how` holds the values of `image_options`."""
    check_json_ending(how["output"], how["as_json"])
    items, left_out = photo_items(paths, how["recursive"])
    folder: Path = how["out_dir"]
    make_folder(folder)
    unique, files = UniqueNames(), dict[str, Path]()
    for path in map(item_name, items):
        if path not in files:
            files[path] = folder / f"{unique.of(path)}{'.jpg' if path.lower().endswith(_JPEG) else '.png'}"
    with results(how["output"], how["as_json"], how["quiet"], "image", how["resume"]) as out:
        out.remark(left_out)
        alone = is_one_file(paths, items)
        items = out.remaining(items)
        stream = pipeline.stream(items, saturation=how["saturation"], max_pixels=how["max_pixels"])
        for item, made in out.successes(out.progress(stream, len(items))):
            path = item_name(item)
            with out.catching(path):
                file = files[path]
                _write(made, file, path)
                shown = on_one_line(str(file))
                out.give(shown if alone else f"{on_one_line(path)}\t{shown}", {"path": path, "file": str(file), **made.to_dict()})


def _write(made: "MadeImage", file: Path, source: str) -> None:
    """Write an image, unless that would replace the photo that it was made of."""
    from mediakit.media.image_files import write_image

    if file.exists() and Path(source).exists() and file.samefile(source):
        raise InputError(f"{source}: would be overwritten; give another folder with --out-dir")
    with whole_file(file, "wb") as opened:
        write_image(made.draw(), opened, file.suffix)
