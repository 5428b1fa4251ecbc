"""`mediakit detect`: find things in images and videos."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import UniqueNames, check_json_ending, check_standard_output, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.path_input import is_one_file, is_video, item_name, photo_items
from mediakit.errors import on_one_line
from mediakit.tasks.detection.annotations import Coco, Yolo

if TYPE_CHECKING:
    from PIL.Image import Image

    from mediakit.tasks.detection.pipeline import Detections, Detector
    from mediakit.tasks.detection.video import TrackedFrame


@click.command("detect", short_help="Find things in images and videos.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines("path, width, height, objects (each label, score, box: x0, y0, x1, y1 in pixels); or path, error")
@click.option(
    "--threshold", type=options.Number(0, 1, min_open=True), default=0.5, show_default=True, help="Leave out objects with a lower score."
)
@click.option("--label", "labels", multiple=True, metavar="NAME", help="Find only objects of this class; may be repeated.")
@options.folder("--draw", text="Write each image there as a JPEG file with its boxes drawn, each video as an MP4 file.")
@options.folder("--crop", text="Write each object of an image there as a JPEG file of its own.")
@options.file("--coco", ".json", metavar="FILE.json", text="Write the boxes in all images as one file in COCO's format.")
@options.folder("--yolo", text="Write the boxes in each image there as a text file in YOLO's format.")
@click.option(
    "--fps", type=options.Number(0, 60, min_open=True), default=5.0, show_default=True, help="Frames of a video to look at per second."
)
@options.output
@engine("photos")
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
    coco: Path | None,
    yolo: Path | None,
    fps: float,
    output: Path | None,
    resume: bool,
    model: str,
    threads: int | None,
    quiet: bool,
    **looking: Any,
) -> None:
    """Print the objects in each image: class, score, and the box as left, top, right, bottom in pixels of the upright image.

    PATH is an image (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a video file, a folder of images, a pattern such as 'holiday/*.jpg', or -
    for an image on standard input. One image prints an object per line; several print the path first. Objects of a video are
    followed from frame to frame: each prints one line, with its first and last second; with --json, each frame is an object with
    `second`, and each of its objects has a `track`. What cannot be read is reported on standard error and the rest is still
    searched; the exit code is then 1.

    \b
    mediakit detect photo.jpg
    mediakit detect photo.jpg --draw drawn/ --threshold 0.3
    mediakit detect holiday/ --label dog --crop dogs/
    mediakit detect holiday/ --json > objects.jsonl
    mediakit detect street.mp4 --draw drawn/
    mediakit detect smear.jpg --model blood_cells
    """
    from mediakit.tasks.detection.pipeline import load

    check_json_ending(output, as_json)
    check_standard_output(output is None or str(output) == "-", coco=coco)
    if resume and coco:
        raise click.UsageError("--coco and --resume cannot be combined: --coco would lack what was done before")
    items, left_out = photo_items(paths, recursive)
    pipeline = load(model_for("detection", model), threads=threads)
    for folder in filter(None, (draw, crop, yolo)):
        make_folder(folder)
    alone, names = is_one_file(paths, items), UniqueNames()
    writers = _Writers(draw, crop, Coco(pipeline.classes) if coco else None, Yolo(pipeline.classes, yolo) if yolo else None)
    with results(output, as_json, quiet, "image", resume) as out:
        out.remark(left_out)
        items = out.remaining(items, skipped=names.of)
        images, videos = [item for item in items if not is_video(item)], list(filter(is_video, items))
        for image, found in out.successes(out.progress(pipeline.stream(images, **looking), len(images))):
            path = item_name(image)
            with out.catching(path):
                writers.write(image, path, found, names.of(path), looking["max_pixels"])
                if not found.objects:
                    out.note(f"{path}: no object scores {looking['threshold']:g} or more")
                if found.objects or as_json:
                    out.give(_text(found, "" if alone else f"{on_one_line(path)}\t"), {"path": path, **found.to_dict()})
        for video in out.counted(videos):
            _search_video(pipeline, video, fps, draw and draw / f"{names.of(str(video))}.mp4", alone, out, looking)
        if coco and writers.coco:
            writers.coco.write(coco)


def _text(found: "Detections", prefix: str) -> str:
    """A line for each object: class, score, box."""
    boxes = [" ".join(f"{edge:.0f}" for edge in each.box) for each in found.objects]
    return "\n".join(f"{prefix}{each.label}\t{each.score:.2f}\t{box}" for each, box in zip(found.objects, boxes, strict=True))


@dataclass(frozen=True)
class _Writers:
    """Where else the objects of images go: folders of drawn images and of crops, COCO's file, YOLO's folder."""

    draw: Path | None
    crop: Path | None
    coco: Coco | None
    yolo: Yolo | None

    def write(self, image: Any, path: str, found: "Detections", name: str, max_pixels: int) -> None:
        """Write an image's objects under a name that no other image has."""
        if self.coco:
            self.coco.add(path, found)
        if self.yolo:
            self.yolo.write(name, found)
        if self.draw or self.crop:
            for file, picture in self._pictures(image, found, name, max_pixels):
                with whole_file(file, "wb") as out:
                    picture.save(out, "JPEG", quality=92)

    def _pictures(self, image: Any, found: "Detections", name: str, max_pixels: int) -> "Iterator[tuple[Path, Image]]":
        from mediakit.media.image import read_photo
        from mediakit.tasks.detection import drawing

        photo = read_photo(image, max_pixels=max_pixels)
        if self.draw:
            yield self.draw / f"{name}.jpg", drawing.draw_objects(photo, found.objects)
        if self.crop:
            for number, each in enumerate(found.objects, 1):
                yield self.crop / f"{name}-{number}-{each.label.replace('/', '-')}.jpg", drawing.crop(photo, each.box)


def _search_video(
    pipeline: "Detector", video: Path, fps: float, drawn: Path | None, alone: bool, out: Results, looking: dict[str, Any]
) -> None:
    """Print the objects of a video, and draw them into the file `drawn`."""
    from mediakit.media.image_files import write_animation
    from mediakit.tasks.detection.video import FEWEST, Track, add_to_tracks, detect_in_video

    tracks: dict[int, Track] = {}

    def frames() -> "Iterator[TrackedFrame]":
        for frame in out.progress(detect_in_video(pipeline, video, fps, **looking), unit="frame"):
            if out.as_json:
                out.give("", {"path": str(video), **frame.to_dict()})
            add_to_tracks(tracks, frame)
            yield frame

    failed = out.failed
    with out.catching(str(video)):
        if drawn:
            with whole_file(drawn, "wb") as file:
                write_animation(map(_drawn, frames()), file, ".mp4", max(1, round(fps)))
        else:
            for _ in frames():
                pass
        told = [track for track in tracks.values() if track.frames >= FEWEST]
        lines = (f"{track.label}\t{track.score:.2f}\t{track.start:.1f}-{track.end:.1f} s" for track in told)
        if not out.as_json and told:
            out.give("\n".join(line if alone else f"{on_one_line(str(video))}\t{line}" for line in lines), {})
        if not told:
            out.note(f"{video}: no object scores {looking['threshold']:g} or more in {FEWEST} frames")
    if out.failed == failed:
        out.done(str(video))


def _drawn(frame: "TrackedFrame") -> "Image":
    from mediakit.tasks.detection.drawing import draw_objects
    from mediakit.tasks.detection.video import scaled

    height, width = frame.pixels.shape[:2]
    objects = scaled(frame.found, (width, height)).objects
    return draw_objects(frame.pixels, objects, [f"{each.label} {track}" for each, track in zip(objects, frame.tracks, strict=True)])
