"""`mediakit search`: find photos by what they show."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.models import model_for
from mediakit.console.output import Results, progress, results
from mediakit.console.path_input import photo_items
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.tasks.captioning.index import Description, Match, PhotoIndex
    from mediakit.tasks.captioning.pipeline import Captioner


@click.command("search", short_help="Find photos by what they show.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("query", required=False)
@click.option("--similar", type=click.Path(path_type=Path), metavar="PHOTO", help="Find photos that look like this one.")
@click.option(
    "--index",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the index in this SQLite file.  [default: one per folder and model in the cache folder]",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Print at most so many photos.")
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
    the index is only brought up to date.

    \b
    mediakit search holiday/ "a dog on a beach" --recursive
    mediakit search holiday/ --similar holiday/IMG_0042.jpg
    mediakit search holiday/ "bicycle" --index holiday.sqlite --json
    """
    if query is not None and similar is not None:
        raise click.UsageError("give a QUERY or --similar, not both")
    from mediakit.tasks.captioning.index import PhotoIndex
    from mediakit.tasks.captioning.pipeline import load

    model_folder = model_for("captioning", model)
    file = index or _default_index(folder, model_folder.path, recursive)
    with results(None, as_json, quiet, "photo") as out, PhotoIndex(file) as photos:
        captioner = None if no_update and similar is None else load(model_folder, threads=threads)
        if not no_update and captioner:
            _update(photos, captioner, folder, recursive, out)
        for match in _matches(photos, captioner, query, similar, limit):
            out.give(f"{match.path}\t{match.caption}", match.to_dict())


def _update(index: "PhotoIndex", captioner: "Captioner", folder: Path, recursive: bool, out: Results) -> None:
    items, left_out = photo_items([str(folder)], recursive)
    out.remark(left_out)
    paths = [item for item in items if isinstance(item, Path)]

    def describe(changed: Iterable[Path]) -> Iterator[tuple[Path, "Description | MediakitError"]]:
        changed = list(changed)
        stream: Any = captioner.stream(changed)
        # The bar is gone before the first match is printed.
        for path, caption in progress(stream, len(changed), "photo", out.quiet or not sys.stderr.isatty()):
            yield path, caption if isinstance(caption, MediakitError) else _description(caption)

    done = index.update(paths, describe)
    out.leave_out(done.failed, "not readable")
    if done.added or done.removed:
        out.note(f"index: added {done.added:,}, removed {done.removed:,}, unchanged {done.unchanged:,}")


def _matches(
    index: "PhotoIndex", captioner: "Captioner | None", query: str | None, similar: Path | None, limit: int
) -> list["Match"]:
    if similar is not None and captioner is not None:
        return index.similar(captioner(similar).features, limit)
    return index.search(query, limit) if query is not None else []


def _description(caption: Any) -> "Description":
    from mediakit.tasks.captioning.index import Description

    return Description(caption.text, tuple(seen.word for seen in caption.concepts), caption.features)


def _default_index(folder: Path, model: Path, recursive: bool) -> Path:
    """The index of a folder in the user's cache folder (XDG Base Directory Specification)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mediakit" / "search"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{cache}: cannot be made: {error.strerror}; give --index FILE") from error
    content = b"\0".join((os.fsencode(folder.resolve()), os.fsencode(model.resolve()), b"subfolders" * recursive))
    name = hashlib.sha256(content).hexdigest()[:16]
    return cache / f"{name}.sqlite"
