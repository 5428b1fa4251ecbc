"""`mediakit genre`: the genres of films, judged by their frames."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import UniqueNames, check_json_ending, check_standard_output, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, progress_within, results
from mediakit.console.path_input import STANDARD_INPUT, check_standard_input, existing, item_name, standard_input_file
from mediakit.errors import InputError, MediakitError, on_one_line

if TYPE_CHECKING:
    from mediakit.tasks.film_genres.pipeline import FilmGenres, Genre

SHOWN = 5  # genres of a film in text and figures, unless --top or --threshold is given
BAR = 30  # columns
EVIDENCE = 3  # moments per genre


@click.command("genre", short_help="List the genres of films and trailers.")
@click.argument("paths", nargs=-1, required=True, metavar="VIDEO...")
@options.recursive
@options.json_lines("path, genres (all, most probable first), frames, seconds; or path, error")
@click.option("--top", type=click.IntRange(1), metavar="N", help=f"Print at most N genres.  [default: {SHOWN}; all with --json]")
@click.option("--threshold", type=options.Number(0, 1), help="Print only genres at least this probable.")
@click.option("--frames", type=click.IntRange(1, 512), metavar="N", default=32, show_default=True, help="Moments of each film to look at.")
@click.option("--per-shot", is_flag=True, help="Look at one moment per shot instead of evenly spaced ones; decodes the whole film.")
@click.option("--start", type=options.Time(), default=0.0, help="Look only from here on: seconds, 1:30 or 1:02:03.")
@click.option("--end", type=options.Time(), help="Look only up to here.")
@options.file("--timeline", ".png", metavar="FILE.png", text="Draw the film strip and each genre's score over time.")
@options.folder("--evidence", text="Write the moments that contributed most to each genre as JPEG files.")
@options.output
@engine("films")
@options.model("trailer_genre")
@options.threads("Films")
@options.quiet
def command(
    paths: tuple[str, ...],
    recursive: bool,
    as_json: bool,
    top: int | None,
    threshold: float | None,
    timeline: Path | None,
    evidence: Path | None,
    output: Path | None,
    resume: bool,
    model: str,
    threads: int | None,
    quiet: bool,
    **looking: Any,
) -> None:
    """Print the probable genres of films: Action, Adventure, Animation, Comedy, Crime, Drama, Family, Fantasy, Horror, Mystery,
    Romance, Sci-Fi, Thriller, each with its probability.

    VIDEO is a file (MP4, MKV, WebM, AVI, MOV, animated GIF), a folder of frames in the order of their names, a folder of videos,
    or - for a video on standard input. A film that cannot be read is reported on standard error and the others are still
    judged; the exit code is then 1.

    \b
    mediakit genre trailer.mp4
    mediakit genre trailer.mp4 --timeline line.png --evidence moments/
    mediakit genre films/ --recursive --json > genres.jsonl
    mediakit genre film.mkv --start 1:00 --end 2:30 --per-shot
    """
    from mediakit.media.video import find_films
    from mediakit.tasks.film_genres.pipeline import load

    check_standard_input(paths)
    if looking["end"] is not None and looking["end"] <= looking["start"]:
        raise click.UsageError(f"--end {looking['end']:g} is not after --start {looking['start']:g}")
    check_json_ending(output, as_json)
    check_standard_output(output is None or str(output) == "-", timeline=timeline)
    pipeline = load(model_for("film_genres", model), threads=threads)
    if evidence:
        make_folder(evidence)
    piped = standard_input_file() if STANDARD_INPUT in paths else nullcontext()
    with piped as given, results(output, as_json, quiet, "film", resume) as out:
        paths = tuple(str(given) if path == STANDARD_INPUT else path for path in paths)
        films = list(existing(paths, lambda path: find_films([path], recursive)))
        several, names = len(films) > 1, UniqueNames()
        films = out.remaining(films, names.of, lambda film: _name(film, given))
        report = _Report(out, top, threshold, timeline, evidence, several, names)
        with progress_within(out, len(films)) as watch:
            stream = pipeline.stream(films, keep_frames=bool(timeline or evidence), watch=watch, **looking)
            for film, genres in out.successes(_named(stream, given)):
                with out.catching(film):
                    report.add(film, genres)


def _named(stream: Any, given: Path | None) -> Iterator[tuple[str, Any]]:
    """The stream with each film's name instead of its path, also in errors."""
    for film, genres in stream:
        if given and isinstance(genres, MediakitError):
            genres = InputError(str(genres).replace(str(given), "standard input"))
        yield _name(film, given), genres


def _name(film: Any, given: Path | None) -> str:
    """What a film is called in results. The film on standard input is called `-`."""
    return STANDARD_INPUT if given and str(film) == str(given) else item_name(film)


@dataclass
class _Report:
    """What is printed and drawn of each film."""

    out: Results
    top: int | None
    threshold: float | None
    timeline: Path | None
    evidence: Path | None
    several: bool
    names: UniqueNames

    def add(self, path: str, film: "FilmGenres") -> None:
        """Print a film's genres, after its figures are written."""
        if film.shortfall:
            self.out.note(f"{path}: {film.shortfall}")
        name = self.names.of(path)
        if self.timeline:
            several = self.timeline.with_name(f"{self.timeline.stem}-{name}{self.timeline.suffix}")
            _draw_timeline(several if self.several else self.timeline, name, film, self.genres(film, SHOWN))
        if self.evidence:
            _write_evidence(self.evidence / name, film, self.genres(film, SHOWN))
        lines = [f"{genre.name:<10} {genre.probability:4.2f}  {_bar(genre.probability)}".rstrip() for genre in self.genres(film, SHOWN)]
        if self.several:
            lines = [on_one_line(path), *(f"  {line}" for line in lines)]
        listed = {genre.name for genre in self.genres(film, None)}
        if not listed:
            self.out.note(f"{path}: no genre reaches the threshold {self.threshold:g}")
            if not self.out.as_json:
                return
        fields = film.to_dict()
        fields["genres"] = [entry for entry in fields["genres"] if entry["genre"] in listed]
        self.out.give("\n".join(lines), {"path": path, **fields})

    def genres(self, film: "FilmGenres", default: int | None) -> "list[Genre]":
        """The film's genres that were asked for; `default` of them if no number or threshold was given."""
        top = self.top if self.top or self.threshold is not None else default
        return [genre for genre in film.genres[:top] if genre.probability >= (self.threshold or 0)]


def _bar(part: float) -> str:
    halves = round(2 * BAR * part)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def _draw_timeline(path: Path, name: str, film: "FilmGenres", genres: "list[Genre]") -> None:
    from mediakit.tasks.film_genres.timeline import draw_film

    with whole_file(path, "wb") as out:
        draw_film(film, name, genres).save(out, "PNG")


def _write_evidence(folder: Path, film: "FilmGenres", genres: "list[Genre]") -> None:
    from PIL import Image

    make_folder(folder)
    for genre in genres:
        for rank, index in enumerate(film.spoke_for(genre.name, EVIDENCE), 1):
            moment = film.moments[index]
            assert moment.frame is not None
            with whole_file(folder / f"{genre.name}-{rank}-at-{moment.seconds:.1f}s.jpg", "wb") as out:
                Image.fromarray(moment.frame).save(out, "JPEG", quality=92)
