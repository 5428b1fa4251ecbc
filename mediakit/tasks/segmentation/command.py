"""`mediakit segment`: the class of every pixel of photos and films."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import UniqueNames, check_json_ending, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.path_input import is_one_file, is_video, item_name, photo_items
from mediakit.errors import InputError, on_one_line
from mediakit.tasks.segmentation import MIN_SCORE

if TYPE_CHECKING:
    import numpy as np

    from mediakit.tasks.segmentation.pipeline import Segmentation, Segmenter


@click.command("segment", short_help="Find people, animals or parts of a street in photos, pixel by pixel.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines(
    "path, width, height, segments (each label, id, score, pixels, fraction, polygons, rle), left_out (each label, score); or path, error"
)
@options.folder("--masks", text="For each photo, write a PNG of its size whose values are the ids of classes.")
@options.folder("--overlay", text="For each photo, write a JPEG with the classes in colour; for each film, an MP4.")
@options.folder("--cutout", text="For each photo, write its foreground as a PNG with transparency.")
@click.option("--flip", is_flag=True, help="Look at the mirror image too: slightly better, and half as fast.")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    metavar="P",
    default=MIN_SCORE,
    show_default=True,
    help="Leave out a class that is right with a probability below P.",
)
@options.output
@engine("photos")
@options.model("segmentation/everyday")
@options.max_pixels("photos")
@options.threads("Photos")
@options.quiet
def command(
    paths: tuple[str, ...],
    recursive: bool,
    as_json: bool,
    masks: Path | None,
    overlay: Path | None,
    cutout: Path | None,
    flip: bool,
    min_score: float,
    output: Path | None,
    resume: bool,
    model: str,
    max_pixels: int,
    threads: int | None,
    quiet: bool,
) -> None:
    """Print how much of each photo is person, cat, cow, dog, horse, sheep or background, and write masks, overlays and cutouts.

    PATH is a photo (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a film (MP4, MKV, WebM, AVI, MOV), a folder of photos, a pattern such as
    'holiday/*.jpg', or - for a photo on standard input. One photo prints a class per line; several print path, class, fraction. A
    photo that cannot be read is reported on standard error and the others are still segmented; the exit code is then 1. What the
    model is not sure of is left out: it takes many things for animals that it has never seen.

    \b
    mediakit segment dog.jpg --cutout .
    mediakit segment holiday/ --masks masks/ --overlay overlays/
    mediakit segment holiday/ --json > segments.jsonl
    mediakit segment drive.mp4 --model streets --overlay drawn/
    """
    from mediakit.tasks.segmentation.pipeline import load

    check_json_ending(output, as_json)
    items, left_out = photo_items(paths, recursive)
    pipeline = load(model_for("segmentation", model), threads=threads)
    if cutout and not pipeline.has_background:
        raise InputError(f"{model}: has no background, so there is no foreground to cut out; --masks and --overlay work")
    for folder in filter(None, (masks, overlay, cutout)):
        make_folder(folder)
    with results(output, as_json, quiet, "photo", resume) as out:
        out.remark(left_out)
        report = _Report(out, is_one_file(paths, items), _names(items), masks, overlay, cutout, max_pixels)
        items = out.remaining(items)
        photos, films = [item for item in items if not is_video(item)], list(filter(is_video, items))
        stream = pipeline.stream(photos, flip=flip, min_score=min_score, max_pixels=max_pixels)
        for photo, found in out.successes(out.progress(stream, len(photos))):
            with out.catching(item_name(photo)):
                report.add_photo(photo, found)
        for film in out.counted(films):
            with out.catching(item_name(film)):
                report.add_film(pipeline, film, flip, min_score)
        report.tell_doubts(min_score)


def _names(items: Iterable[Any]) -> dict[str, str]:
    """By path, the stem of each item's files: its own, or one with a number where an earlier item has it."""
    unique, names = UniqueNames(), dict[str, str]()
    for path in map(item_name, items):
        if path not in names:
            names[path] = unique.of(path)
    return names


@dataclass
class _Report:
    """What is printed and written of each photo and film.

    Args:
        alone: there is only one, so results need no path.
        names: the stems of the files that are written, by path.
        masks, overlay, cutout: the folders of these files.
    """

    out: Results
    alone: bool
    names: dict[str, str]
    masks: Path | None
    overlay: Path | None
    cutout: Path | None
    max_pixels: int
    doubtful: int = 0  # photos of which a class was left out

    def add_photo(self, photo: Any, found: "Segmentation") -> None:
        """Write a photo's files and print its classes."""
        path = item_name(photo)
        self.doubtful += bool(found.left_out)
        self._write_files(photo, found, self.names[path])
        fields = {"path": path, **found.to_dict()} if self.out.as_json else {}
        self._print(path, {area.label: area.fraction for area in found.areas}, fields)

    def _write_files(self, photo: Any, found: "Segmentation", name: str) -> None:
        from PIL import Image

        from mediakit.media.image import read_photo

        if self.masks:
            _save(found.palette_image(), self.masks / f"{name}.png")
        if self.overlay or self.cutout:
            pixels = read_photo(photo, max_pixels=self.max_pixels)
            if self.overlay:
                _save(Image.fromarray(found.overlay(pixels)), self.overlay / f"{name}.jpg")
            if self.cutout:
                _save(Image.fromarray(found.cutout(pixels)), self.cutout / f"{name}.png")

    def add_film(self, pipeline: "Segmenter", film: Path, flip: bool, min_score: float) -> None:
        """Write a film with its classes drawn over it, and print their mean fractions."""
        from mediakit.tasks.segmentation.films import segment_film

        path = item_name(film)
        if self.masks or self.cutout:
            raise InputError(f"{path}: is a film; --masks and --cutout take photos, --overlay takes films too")
        drawn = self.overlay / f"{self.names[path]}.mp4" if self.overlay else None

        def write(frames: "Iterable[np.ndarray]", rate: float) -> None:
            from PIL import Image

            from mediakit.media.image_files import write_animation

            assert drawn is not None
            with whole_file(drawn, "wb") as file:
                write_animation(map(Image.fromarray, frames), file, ".mp4", rate)

        def watch(frames: Iterable[Any], total: int | None) -> Iterable[Any]:
            return self.out.progress(frames, total, "frame")

        found = segment_film(pipeline, film, write if drawn else None, flip, min_score, watch)
        if found.shortfall:
            self.out.note(f"{path}: {found.shortfall}")
        self._print(path, found.fractions, {"path": path, **found.to_dict()})
        self.out.done(path)

    def tell_doubts(self, min_score: float) -> None:
        """Count the photos of which something was left out."""
        if self.doubtful:
            photos = "one photo" if self.doubtful == 1 else f"{self.doubtful:,} photos"
            doubt = f"what seemed an animal or a person is probably something else: its score is below {min_score:g}"
            self.out.remark(f"in {photos}, {doubt}; --min-score 0 keeps it")

    def _print(self, path: str, fractions: dict[str, float], fields: dict[str, Any]) -> None:
        prefix = "" if self.alone else f"{on_one_line(path)}\t"
        shown = {label: fraction for label, fraction in fractions.items() if fraction >= 0.0005}  # less would read 0.0 %
        self.out.give("\n".join(f"{prefix}{label}\t{100 * fraction:.1f} %" for label, fraction in shown.items()), fields)


def _save(image: Any, path: Path) -> None:
    """Write an image as PNG or JPEG, by the path's suffix."""
    from mediakit.media.image_files import write_image

    with whole_file(path, "wb") as file:
        write_image(image, file, path.suffix)
