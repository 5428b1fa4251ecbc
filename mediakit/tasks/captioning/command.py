"""`mediakit caption`: describe photos."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console.output import Results, make_folder, model_for, progress, results, whole_file
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.tasks.captioning.pipeline import Caption


@click.command("caption", short_help="Describe photos.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--recursive", "-r", is_flag=True, help="Look into folders' folders.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line: path, caption, log_probability, alternatives; or path, error."
)
@click.option("--beam", type=click.IntRange(1, 64), help="Width of the beam search; 1 is greedy.  [default: the model's, 3]")
@click.option("--n-best", type=click.IntRange(1, 64), default=1, show_default=True, help="Captions for each photo, best first.")
@click.option("--sample", is_flag=True, help="Draw words at random in place of searching.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of --sample: the same seed writes the same captions.")
@click.option("--temperature", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="Of --sample: lower is safer.")
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=0.9, show_default=True, help="Of --sample: probability kept.")
@click.option("--text-files", is_flag=True, help="Write each caption to a .txt file beside its photo.")
@click.option(
    "--existing",
    type=click.Choice(["skip", "overwrite", "append"]),
    default="skip",
    show_default=True,
    help="Of --text-files: when the file is there.",
)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to this file, whole or not at all."
)
@click.option(
    "--explain",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="For each photo a PNG of where the model looked for each word.",
)
@click.option("--model", default="captioning", show_default=True, help="A shipped model, or a folder that `mediakit train` wrote.")
@click.option("--max-pixels", type=click.IntRange(1), default=64_000_000, show_default=True, help="Refuse larger photos.")
@click.option("--threads", type=click.IntRange(1, 256), help="Photos read side by side.  [default: one a processor, at most 4]")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes; errors are still told.")
def command(paths: tuple[str, ...], recursive: bool, as_json: bool, output: Path | None, explain: Path | None, **options: Any) -> None:
    """Describe photos in a sentence each.

    PATH is a photo (JPEG, PNG, WebP, BMP, TIFF, GIF), a folder, a pattern such as 'holiday/*.jpg', or - for a photo on
    standard input. One photo prints its caption; several print path, tab, caption. A photo that cannot be read is told on
    standard error, and the others are done: exit code 1.

    \b
    mediakit caption photo.jpg
    mediakit caption holiday/ --recursive --json > captions.jsonl
    mediakit caption holiday/ --text-files --existing overwrite
    mediakit caption photo.jpg --n-best 3 --explain why/
    curl -s https://example.org/photo.jpg | mediakit caption -
    """
    from mediakit.media.image import find_photos
    from mediakit.tasks.captioning.pipeline import load

    quiet, text_files, existing, model, threads = (options.pop(name) for name in ("quiet", "text_files", "existing", "model", "threads"))
    _check(paths, text_files)
    pipeline = load(model_for("captioning", model), threads=threads)
    if explain:
        make_folder(explain)
    photos: Any = find_photos(paths, recursive)
    single = len(paths) == 1 and not Path(paths[0]).is_dir()
    if not single:
        photos = list(photos)
    if text_files and existing == "skip":
        photos = _without_text(photos, quiet)
    total = len(photos) if isinstance(photos, list) else None
    with results(output, as_json) as out:
        stream = pipeline.stream(_sources(photos), **options)
        for photo, said in progress(stream, 1 if single else total, "photo", quiet):
            _give(out, photo, said, _Writing(single, explain, text_files, existing), options)


class _Writing:
    """What becomes of each caption beside its line."""

    def __init__(self, alone: bool, explain: Path | None, text_files: bool, existing: str):
        self.alone, self.explain, self.text_files, self.existing = alone, explain, text_files, existing


def _give(out: Results, photo: Any, said: "Caption | MediakitError", writing: _Writing, options: dict[str, Any]) -> None:
    name = "-" if hasattr(photo, "read") else str(photo)
    if isinstance(said, MediakitError):
        out.fail(str(said).partition(": ")[0] if isinstance(photo, MediakitError) else name, said)
        return
    try:
        if writing.text_files:
            _write_text(Path(name), said.text, writing.existing)
        if writing.explain:
            _explain(photo, said, writing.explain, options["max_pixels"])
    except (MediakitError, OSError) as error:
        out.fail(name, error if isinstance(error, MediakitError) else InputError(f"{error.filename}: {error.strerror}"))
        return
    texts = [said.text, *(other.text for other in said.alternatives)]
    out.give("\n".join(text if writing.alone else f"{name}\t{text}" for text in texts), {"path": name, **said.to_dict()})


def _check(paths: tuple[str, ...], text_files: bool) -> None:
    if paths.count("-") > 1:
        raise click.UsageError("- (standard input) can be given once")
    if text_files and "-" in paths:
        raise click.UsageError("--text-files writes beside each photo; a photo on standard input has no place")


def _sources(photos: Any) -> Iterator[Any]:
    for photo in photos:
        yield _StandardInput() if str(photo) == "-" else photo


class _StandardInput:
    """The photo on standard input, read once and kept."""

    def __init__(self) -> None:
        self._bytes: bytes | None = None

    def read(self) -> bytes:
        if self._bytes is None:
            self._bytes = sys.stdin.buffer.read()
        return self._bytes


def _text_file(photo: Path) -> Path:
    return photo.with_suffix(".txt")


def _without_text(photos: Any, quiet: bool) -> list[Any]:
    photos = list(photos)
    kept = [photo for photo in photos if not (isinstance(photo, Path) and _text_file(photo).exists())]
    if len(kept) < len(photos) and not quiet:
        click.echo(
            f"mediakit: {len(photos) - len(kept)} photos have a text file already and are left out; "
            "--existing overwrite or append does them",
            err=True,
        )
    return kept


def _write_text(photo: Path, text: str, existing: str) -> None:
    file = _text_file(photo)
    before = file.read_text(encoding="utf-8") if existing == "append" and file.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    with whole_file(file) as out:
        out.write(f"{before}{text}\n")


def _explain(photo: Any, caption: "Caption", folder: Path, max_pixels: int) -> None:
    from mediakit.media.figures import draw_attention
    from mediakit.media.image import read_photo

    picture = draw_attention(read_photo(photo, max_pixels=max_pixels), caption.words, caption.attention)
    stem = "standard input" if hasattr(photo, "read") else Path(photo).stem
    path, number = folder / f"{stem}.png", 2
    while path in _explained:  # photos of the same name from several folders
        path, number = folder / f"{stem}-{number}.png", number + 1
    _explained.add(path)
    with whole_file(path, "wb") as file:
        picture.save(file, "PNG")


_explained: set[Path] = set()
