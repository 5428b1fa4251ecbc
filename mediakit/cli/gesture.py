"""`mediakit gesture`: hand signs in films, from a camera, and in photos."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import check_standard_output, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, progress_within, results
from mediakit.console.path_input import STANDARD_INPUT, existing, item_name
from mediakit.errors import InputError, MediakitError, on_one_line

if TYPE_CHECKING:
    from mediakit.media.video import Film, Moment
    from mediakit.tasks.classification.films import FilmClasses
    from mediakit.tasks.classification.over_time import Event
    from mediakit.tasks.classification.pipeline import Classifier


@click.command("gesture", short_help="Recognise hand signs in films and photos, or before a camera.")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--camera", metavar="N", help="Watch camera N, such as 0, until Ctrl-C.")
@options.recursive
@options.json_lines("path, label, probability; of films also start, end; or path, error")
@click.option("--fps", type=options.Number(0, min_open=True), default=10.0, show_default=True, help="Frames to look at in a second.")
@click.option("--threshold", type=options.Number(0, 1), default=0.6, show_default=True, help="Least probability of a sign.")
@click.option("--smoothing", type=options.Number(0), default=0.3, show_default=True, help="Seconds over which films are smoothed.")
@click.option("--start", type=options.Time(), default=0.0, help="Look only from here on: seconds, 1:30 or 1:02:03.")
@click.option("--end", type=options.Time(), help="Look only up to here.")
@options.file("--timeline", ".png", metavar="FILE.png", text="Draw the film strip and each sign's probability over time.")
@options.file("--output", short="-o", text="Write the results to this file, which is written whole or not at all.")
@options.model("classification/gestures")
@options.quiet
def command(
    paths: tuple[str, ...],
    camera: str | None,
    recursive: bool,
    as_json: bool,
    timeline: Path | None,
    output: Path | None,
    model: str,
    quiet: bool,
    **looking: Any,
) -> None:
    """Print the hand signs 0 to 9 that films show, each with its beginning and end, as the film goes on; of a photo its sign, or
    `none`.

    PATH is a film, a photo, or a folder of either. The hand should fill most of the image's central square. Any classification
    model will do: its classes are then found in place of signs.

    \b
    mediakit gesture counting.mp4
    mediakit gesture counting.mp4 --json --timeline line.png
    mediakit gesture --camera 0
    mediakit gesture hand.jpg
    """
    from mediakit.tasks.classification.pipeline import load

    if bool(paths) == (camera is not None):
        raise click.UsageError("give films or photos, or --camera")
    if STANDARD_INPUT in paths:
        raise click.UsageError("standard input is not read here: give a file")
    check_standard_output(output is None or str(output) == "-", timeline=timeline)
    watcher = _Watcher(load(model_for("classification", model)), **looking, keep_frames=bool(timeline))
    with results(output, as_json, quiet, "file") as out:
        if camera is not None:
            from mediakit.media.camera import camera_frames

            with out.catching(f"camera {camera}"):
                watcher.follow(out, f"camera {camera}", camera_frames(camera, watcher.fps))
            return
        items = list(existing(paths, lambda path: _films_and_photos(Path(path), recursive)))
        if timeline and len(items) > 1:
            raise click.UsageError("--timeline draws one film: give one")
        with progress_within(out, len(items)) as watch:
            for number, item in enumerate(out.counted(items)):
                with out.catching(item_name(item)):
                    if isinstance(item, MediakitError):
                        raise item
                    watcher.look_at(out, item, lambda part, number=number: watch(number, part))  # type: ignore[misc]
                    watch(number, 1.0)
        if timeline and watcher.last and watcher.last.moments:
            with whole_file(timeline, "wb") as file:
                watcher.last.draw(Path(item_name(items[0])).name).save(file, "PNG")


def _films_and_photos(path: Path, recursive: bool) -> Iterator[Path | InputError]:
    """A file as it is; of a folder its photos and its films."""
    from mediakit.media.photo_files import find_photos
    from mediakit.media.video import SUFFIXES

    if not path.is_dir():
        yield path
        return
    pattern = path.rglob("*") if recursive else path.glob("*")
    films = sorted(file for file in pattern if file.suffix.lower() in SUFFIXES and file.suffix.lower() != ".gif")
    photos = find_photos([str(path)], recursive, [])
    yield from films
    yield from (photo for photo in photos if not (films and isinstance(photo, InputError)))


@dataclass
class _Watcher:
    """Looks at films and photos and reports what it recognises. With `keep_frames`, some moments of the last film are kept."""

    classifier: "Classifier"
    fps: float
    threshold: float
    smoothing: float
    start: float
    end: float | None
    keep_frames: bool
    last: "FilmClasses | None" = None

    def look_at(self, out: Results, path: Path, watch: Callable[[float], None]) -> None:
        """Report a photo's class or a film's events."""
        from mediakit.media.photo_files import is_photo
        from mediakit.media.video import open_film

        if is_photo(path.name) and path.suffix.lower() != ".gif":
            probabilities, _ = self.classifier.judge(self.classifier.pixels(path))
            best = int(probabilities.argmax())
            label = self.classifier.classes[best] if probabilities[best] >= self.threshold else "none"
            fields = {"path": str(path), "label": label, "probability": round(float(probabilities[best]), 4)}
            out.give(f"{on_one_line(str(path))}\t{label}\t{probabilities[best]:.2f}", fields)
            return
        with open_film(path, watch) as film:
            self.follow(out, str(path), film.frames(self.fps, self.start, self.end), film)
            if film.shortfall:
                out.note(f"{on_one_line(str(path))}: {film.shortfall}")

    def follow(self, out: Results, name: str, moments: "Iterable[Moment]", film: "Film | None" = None) -> None:
        """Report the events of a film or a camera as they end."""
        from mediakit.media.thinning import Thinned
        from mediakit.tasks.classification.films import KEPT, SHORTEST, FilmClasses, JudgedMoment, find_events
        from mediakit.tasks.classification.over_time import EventDetector

        detector, found = EventDetector(self.classifier.classes, self.threshold, self.smoothing, SHORTEST), 0
        kept: Thinned[JudgedMoment] | None = Thinned(KEPT) if self.keep_frames else None
        try:
            for event in find_events(self.classifier, moments, detector, kept):
                found += self._report(out, name, event)
        finally:  # also when Ctrl-C ends a camera
            found += self._report(out, name, detector.finish())
            seconds = (film.seconds if film else None) or detector.seconds
            self.last = FilmClasses((), seconds, self.classifier.classes, tuple(kept.evenly(2 * KEPT)) if kept else ())
        if not found:
            out.note(f"{on_one_line(name)}: shows no known sign")

    def _report(self, out: Results, name: str, event: "Event | None") -> bool:
        if event is None:
            return False
        cells = (on_one_line(name), f"{event.start:.2f}", f"{event.end:.2f}", event.label, f"{event.probability:.2f}")
        out.give("\t".join(cells), {"path": name, **event.to_dict()})
        return True
