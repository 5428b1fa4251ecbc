"""`mediakit search`: find photos by what they show."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import PlaceOnDisk
from mediakit.console.models import model_for
from mediakit.console.output import Results, progress, results
from mediakit.console.path_input import photo_items
from mediakit.errors import InputError, MediakitError, on_one_line

if TYPE_CHECKING:
    from mediakit.runtime.model_folder import ModelFolder
    from mediakit.tasks.captioning.index import Description, PhotoIndex
    from mediakit.tasks.captioning.pipeline import Captioner


@click.command("search", short_help="Find photos by what they show.")
@click.argument("folder", type=PlaceOnDisk(exists=True, file_okay=False, path_type=Path))
@click.argument("query", required=False)
@click.option("--similar", type=click.Path(path_type=Path), metavar="PHOTO", help="Find photos that look like this one.")
@click.option(
    "--index",
    type=PlaceOnDisk(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the index in this SQLite file.  [default: one per folder and model in the cache folder]",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Print at most N photos.")
@click.option("--no-update", is_flag=True, help="Search the index as it is, without looking for new photos.")
@options.recursive
@options.json_lines("path, caption, score")
@options.model("captioning")
@options.threads("Photos")
@options.quiet
def command(
    folder: Path,
    query: str | None,
    similar: Path | None,
    index: Path | None,
    limit: int,
    no_update: bool,
    recursive: bool,
    as_json: bool,
    model: str,
    threads: int | None,
    quiet: bool,
) -> None:
    """Find photos of a FOLDER by their captions and what they show, best first.

    The first search captions every photo and keeps an index; later ones caption only new and changed photos. Without a QUERY
    the index is only brought up to date. Photos that match most words of the QUERY come first; words in double quotes stand
    side by side, and a minus before a word leaves photos out.

    \b
    mediakit search holiday/ "a dog on a beach" --recursive
    mediakit search holiday/ '"red car" -street'
    mediakit search holiday/ --similar holiday/IMG_0042.jpg
    mediakit search holiday/ "bicycle" --index holiday.sqlite --json
    """
    if query is not None and similar is not None:
        raise click.UsageError("give a QUERY or --similar, not both")
    from mediakit.tasks.captioning.index import PhotoIndex

    model_folder = model_for("captioning", model)
    file = index or _default_index(folder, model_folder, recursive)
    if no_update and not file.exists():
        raise InputError(f"{file}: there is no index yet; search once without --no-update")

    def load() -> "Captioner":
        from mediakit.tasks.captioning import pipeline

        return pipeline.load(model_folder, threads=threads)

    with results(None, as_json, quiet, "photo") as out, PhotoIndex(file, folder) as photos:
        if not no_update:
            _update(photos, load, folder, recursive, out)
        if similar is not None:
            matches = photos.similar(load()(similar).features, limit)
        else:
            matches = photos.search(query, limit) if query is not None else []
        for match in matches:
            out.give(f"{on_one_line(str(match.path))}\t{match.caption}", match.to_dict())
        if query is not None and not matches:
            out.note("no photo matches")


def _update(index: "PhotoIndex", load: Callable[[], "Captioner"], folder: Path, recursive: bool, out: Results) -> None:
    items, left_out = photo_items([str(folder)], recursive)
    out.remark(left_out)
    paths = [item for item in items if isinstance(item, Path)]
    if not paths:  # a drive that is not mounted, perhaps: the index stays as it is
        raise next(item for item in items if isinstance(item, MediakitError))

    def describe(changed: Iterable[Path]) -> Iterator[tuple[Path, "Description | MediakitError"]]:
        changed = list(changed)
        stream: Any = load().stream(changed)
        # The bar is gone before the first match is printed.
        for path, caption in progress(stream, len(changed), "photo", out.quiet or not sys.stderr.isatty()):
            yield path, caption if isinstance(caption, MediakitError) else _description(caption)

    done = index.update(paths, describe)
    for error in done.errors:
        out.note(str(error))
    out.leave_out(done.failed, "not readable")
    if done.added or done.removed or done.renamed:
        renamed = f", renamed {done.renamed:,}" if done.renamed else ""
        out.note(f"index: added {done.added:,}, removed {done.removed:,}{renamed}, unchanged {done.unchanged:,}")


def _description(caption: Any) -> "Description":
    from mediakit.tasks.captioning import MIN_SCORE
    from mediakit.tasks.captioning.index import Description

    seen = tuple(seen.word for seen in caption.concepts if seen.probability >= MIN_SCORE)
    return Description(caption.at_least(MIN_SCORE).text, seen, caption.features)


def _default_index(folder: Path, model: "ModelFolder", recursive: bool) -> Path:
    """The index of a folder by a model in the user's cache folder (XDG Base Directory Specification)."""
    from mediakit.tasks.captioning.index import VERSION

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mediakit" / "search"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{cache}: cannot be made: {error.strerror}; give --index FILE") from error
    networks = json.dumps(model.manifest["networks"], sort_keys=True).encode()  # their checksums: another model, another index
    content = b"\0".join((str(VERSION).encode(), os.fsencode(folder.resolve()), networks, b"subfolders" * recursive))
    name = hashlib.sha256(content).hexdigest()[:16]
    return cache / f"{name}.sqlite"
