"""`mediakit genre`: the genres of films by their pictures."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console.output import Results, check_standard_output, make_folder, model_for, results, whole_file
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.tasks.film_genres.pipeline import FilmGenres, Genre

SHOWN = 5  # genres of a film in text and pictures, unless --top or --threshold says otherwise
BAR = 30  # columns
EVIDENCE = 3  # pictures for each genre


class _Time(click.ParamType):
    """Seconds, or minutes:seconds, or hours:minutes:seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            parts = [float(part) for part in str(value).split(":")]
            if len(parts) > 3 or any(not 0 <= part < float("inf") for part in parts):
                raise ValueError
        except ValueError:
            self.fail(f"{value!r} is no time; wanted seconds, 1:30 or 1:02:03", param, context)
        return sum(part * 60**i for i, part in enumerate(reversed(parts)))


@click.command("genre", short_help="Genres of films and trailers.")
@click.argument("paths", nargs=-1, required=True, metavar="VIDEO...")
@click.option("--recursive", "-r", is_flag=True, help="Look into folders' folders.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line: path, genres (all, highest first), frames, seconds; or path, error."
)
@click.option("--top", type=click.IntRange(1), help=f"Only so many genres.  [default: {SHOWN}, all with --json]")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Only genres at least this probable.")
@click.option("--frames", type=click.IntRange(1, 512), default=32, show_default=True, help="Moments of each film to look at.")
@click.option("--per-shot", is_flag=True, help="One moment of each shot, not evenly spaced ones; decodes the whole film.")
@click.option("--start", type=_Time(), default=0.0, help="Look only from here: seconds, 1:30 or 1:02:03.")
@click.option("--end", type=_Time(), help="Look only up to here.")
@click.option(
    "--timeline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Draw the film strip with each genre's score over time.",
)
@click.option(
    "--evidence",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the moments that spoke most for each genre as pictures.",
)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to this file, whole or not at all."
)
@click.option("--model", default="trailer_genre", show_default=True, help="A shipped model, or a folder that `mediakit train` wrote.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes; errors are still told.")
def command(paths: tuple[str, ...], recursive: bool, as_json: bool, output: Path | None, model: str, quiet: bool, **options: Any) -> None:
    """Say the genres of films: Action, Adventure, Animation, Comedy, Crime, Drama, Family, Fantasy, Horror, Mystery, Romance,
    Sci-Fi, Thriller, each with its probability.

    VIDEO is a file (MP4, MKV, WebM, AVI, MOV, animated GIF), a folder of frames in the order of their names, a folder of videos,
    or - for a video on standard input. A film that cannot be read is told on standard error, and the others are done: exit code 1.

    \b
    mediakit genre trailer.mp4
    mediakit genre trailer.mp4 --timeline line.png --evidence moments/
    mediakit genre films/ --recursive --json > genres.jsonl
    mediakit genre film.mkv --start 1:00 --end 2:30 --per-shot
    """
    from mediakit.media.video import find_films
    from mediakit.tasks.film_genres.pipeline import load

    if paths.count("-") > 1:
        raise click.UsageError("- (standard input) can be given once")
    show = _Show(options.pop("top"), options.pop("threshold"), options.pop("timeline"), options.pop("evidence"))
    check_standard_output(output is None or str(output) == "-", timeline=show.timeline)
    pipeline = load(model_for("film_genres", model))
    if show.evidence:
        make_folder(show.evidence)
    with _standard_input("-" in paths) as given, results(output, as_json) as out:
        films = list(find_films([given if path == "-" else path for path in paths], recursive))
        show.several = len(films) > 1
        with _progress(len(films), quiet) as watch:
            for film, genres in pipeline.stream(films, keep_frames=bool(show.timeline or show.evidence), watch=watch, **options):
                name = "-" if str(film) == given else str(film)
                if isinstance(genres, MediakitError):
                    said = str(genres).replace(given or "\0", "standard input")
                    out.fail(said.partition(": ")[0] if isinstance(film, MediakitError) else name, InputError(said))
                else:
                    _give(out, name, genres, show, quiet)


class _Show:
    """What is shown of each film."""

    def __init__(self, top: int | None, threshold: float | None, timeline: Path | None, evidence: Path | None):
        self.top, self.threshold, self.timeline, self.evidence = top, threshold, timeline, evidence
        self.several = False
        self._taken: set[str] = set()

    def genres(self, film: "FilmGenres", default: int | None) -> "list[Genre]":
        """The film's genres that were asked for."""
        top = self.top if self.top or self.threshold is not None else default
        return [genre for genre in film.genres[:top] if genre.probability >= (self.threshold or 0)]

    def own_name(self, path: str) -> str:
        """A film's name that no other one of this batch has."""
        stem = "standard input" if path == "-" else Path(os.path.abspath(path)).stem
        name, number = stem, 2
        while name in self._taken:
            name, number = f"{stem}-{number}", number + 1
        self._taken.add(name)
        return name


def _give(out: Results, path: str, film: "FilmGenres", show: _Show, quiet: bool) -> None:
    if film.shortfall and not quiet:
        click.echo(f"mediakit: {path}: {film.shortfall}", err=True)
    try:
        name = show.own_name(path)
        if show.timeline:
            _draw(show.timeline, name, film, show)
        if show.evidence:
            _write_evidence(show.evidence / name, film, show)
    except (MediakitError, OSError) as error:
        out.fail(path, error if isinstance(error, MediakitError) else InputError(f"{error.filename}: {error.strerror}"))
        return
    listed = {genre.name for genre in show.genres(film, None)}
    fields = film.to_dict()
    fields["genres"] = [entry for entry in fields["genres"] if entry["genre"] in listed]
    lines = [f"{genre.name:<10} {genre.probability:4.2f}  {_bar(genre.probability)}".rstrip() for genre in show.genres(film, SHOWN)]
    if show.several:
        lines = [f"{path}", *(f"  {line}" for line in lines)]
    out.give("\n".join(lines), {"path": path, **fields})


def _bar(part: float) -> str:
    halves = round(2 * BAR * part)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def _draw(file: Path, name: str, film: "FilmGenres", show: _Show) -> None:
    from mediakit.tasks.film_genres.timeline import draw_film

    sheet = draw_film(film, name, show.genres(film, SHOWN))
    path = file.with_name(f"{file.stem}-{name}{file.suffix}") if show.several else file
    with whole_file(path, "wb") as out:
        sheet.save(out, "PNG")


def _write_evidence(folder: Path, film: "FilmGenres", show: _Show) -> None:
    from PIL import Image

    make_folder(folder)
    for genre in show.genres(film, SHOWN):
        for rank, index in enumerate(film.spoke_for(genre.name, EVIDENCE), 1):
            moment = film.moments[index]
            assert moment.frame is not None
            with whole_file(folder / f"{genre.name}-{rank}-at-{moment.seconds:.1f}s.jpg", "wb") as out:
                Image.fromarray(moment.frame).save(out, "JPEG", quality=92)


@contextmanager
def _standard_input(wanted: bool) -> Iterator[str]:
    """Standard input as a file, since a video has to be searched to and fro; an empty name when it isn't wanted."""
    if not wanted:
        yield ""
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "standard input")
        with open(path, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


@contextmanager
def _progress(films: int, quiet: bool) -> Iterator[Callable[[int, float], None]]:
    """A bar on standard error, if that is a terminal. Yields a function that takes a film's number and the fraction of it that is done."""
    if quiet or not sys.stderr.isatty():
        yield lambda number, part: None
        return
    from tqdm import tqdm

    form = "{l_bar}{bar}| {n:.1f}/{total} films, {remaining} left"
    with tqdm(total=films, file=sys.stderr, leave=False, bar_format=form) as bar:
        done: dict[int, float] = {}  # of each film; several are read at a time

        def watch(number: int, part: float) -> None:
            bar.update(part - done.get(number, 0.0))
            done[number] = part

        yield watch
