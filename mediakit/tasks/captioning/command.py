"""`mediakit caption`: describe photos."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import UniqueNames, check_json_ending, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.path_input import STANDARD_INPUT, is_one_file, item_name, photo_items
from mediakit.errors import InputError

if TYPE_CHECKING:
    from mediakit.tasks.captioning.pipeline import Caption


@click.command("caption", short_help="Describe photos.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines("path, caption, log_probability, alternatives; or path, error")
@options.beam_search("Captions")
@click.option("--sample", is_flag=True, help="Sample words instead of searching for the most probable caption.")
@options.sampling(top_p=0.9)
@options.seed("sampled captions")
@click.option("--text-files", is_flag=True, help="Write each caption to a .txt file beside its photo.")
@click.option(
    "--existing",
    type=click.Choice(["skip", "overwrite", "append"]),
    default="skip",
    show_default=True,
    help="What --text-files does with a photo that has a text file.",
)
@options.output
@options.folder("--explain", text="For each photo, write a PNG that shows where the model looked for each word.")
@options.model("captioning")
@options.max_pixels("photos")
@options.threads("Photos")
@options.quiet
def command(
    paths: tuple[str, ...],
    recursive: bool,
    as_json: bool,
    output: Path | None,
    explain: Path | None,
    text_files: bool,
    existing: str,
    model: str,
    threads: int | None,
    quiet: bool,
    **decoding: Any,
) -> None:
    """Describe each photo in a sentence.

    PATH is a photo (JPEG, PNG, WebP, BMP, TIFF, GIF), a folder, a pattern such as 'holiday/*.jpg', or - for a photo on
    standard input. One photo prints its caption; several print path, tab, caption. A photo that cannot be read is reported on
    standard error and the others are still captioned; the exit code is then 1.

    \b
    mediakit caption photo.jpg
    mediakit caption holiday/ --recursive --json > captions.jsonl
    mediakit caption holiday/ --text-files --existing overwrite
    mediakit caption photo.jpg --n-best 3 --explain why/
    curl -s https://example.org/photo.jpg | mediakit caption -
    """
    from mediakit.tasks.captioning.pipeline import load

    check_json_ending(output, as_json)
    if text_files and STANDARD_INPUT in paths:
        raise click.UsageError("--text-files writes beside each photo; a photo on standard input has no folder")
    photos = photo_items(paths, recursive)
    pipeline = load(model_for("captioning", model), threads=threads)
    if explain:
        make_folder(explain)
    alone, names = is_one_file(paths, photos), UniqueNames()
    with results(output, as_json, quiet, "photo") as out:
        if text_files:
            photos = _with_text_file_to_write(photos, existing, out)
        for photo, caption in out.successes(out.progress(pipeline.stream(photos, **decoding), len(photos))):
            path = item_name(photo)
            with out.catching(path):
                if text_files:
                    _write_text(Path(path), caption.text, existing)
                if explain:
                    _explain(photo, caption, explain / f"{names.of(path)}.png", decoding["max_pixels"])
                texts = [caption.text, *(other.text for other in caption.alternatives)]
                out.give("\n".join(text if alone else f"{path}\t{text}" for text in texts), {"path": path, **caption.to_dict()})


def _with_text_file_to_write(photos: list[Any], existing: str, out: Results) -> list[Any]:
    """The photos whose text file is to be written, and the errors among them. `out` is told what is left out."""
    kept: list[Any] = []
    written, described, shared = set(), 0, 0
    for photo in photos:
        file = _text_file(photo) if isinstance(photo, Path) else None
        if file in written:
            shared += 1
        elif file and existing == "skip" and file.exists():
            described += 1
        else:
            kept.append(photo)
            if file:
                written.add(file)
    out.leave_out(described, "a text file exists; --existing overwrite or append includes them")
    out.leave_out(shared, "another photo has the same text file")
    return kept


def _text_file(photo: Path) -> Path:
    return photo.with_suffix(".txt")


def _write_text(photo: Path, text: str, existing: str) -> None:
    file = _text_file(photo)
    before = ""
    if existing == "append" and file.exists():
        try:
            before = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{file}: is not UTF-8 and was left as it is") from error
    if before and not before.endswith("\n"):
        before += "\n"
    with whole_file(file) as out:
        out.write(f"{before}{text}\n")


def _explain(photo: Any, caption: "Caption", path: Path, max_pixels: int) -> None:
    from mediakit.media.figures import draw_attention
    from mediakit.media.image import read_photo

    figure = draw_attention(read_photo(photo, max_pixels=max_pixels), caption.words, caption.attention)
    with whole_file(path, "wb") as file:
        figure.save(file, "PNG")
