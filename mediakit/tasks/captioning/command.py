"""`mediakit caption`: describe photos."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mediakit.console import options
from mediakit.console.engine import engine
from mediakit.console.files import UniqueNames, check_json_ending, make_folder, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.console.path_input import STANDARD_INPUT, is_one_file, item_name, photo_items
from mediakit.errors import on_one_line
from mediakit.tasks.captioning import MIN_SCORE
from mediakit.tasks.captioning.destinations import Destination, PhotoMetadata, TextFiles, to_describe

if TYPE_CHECKING:
    from mediakit.tasks.captioning.pipeline import Caption


@click.command("caption", short_help="Describe photos.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.recursive
@options.json_lines("path, caption, log_probability, score, concepts, alternatives; or path, error")
@options.beam_search("Captions")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="In place of a caption with a score below P, name what is probably in the photo, or nothing. 0 prints every caption."
    f"  [default: {MIN_SCORE}; 0 with --json, --sample or --n-best]",
)
@click.option("--sample", is_flag=True, help="Sample words instead of searching for the most probable caption.")
@options.sampling(top_p=0.9)
@options.seed("sampled captions")
@click.option("--text-files", is_flag=True, help="Write each caption to a .txt file beside its photo.")
@click.option("--write-metadata", is_flag=True, help="Write each caption into its photo: Exif ImageDescription, XMP dc:description.")
@click.option(
    "--existing",
    type=click.Choice(["skip", "overwrite", "append"]),
    default="skip",
    show_default=True,
    help="What --text-files and --write-metadata do with a photo that is described already.",
)
@options.output
@engine("photos")
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
    resume: bool,
    explain: Path | None,
    text_files: bool,
    write_metadata: bool,
    existing: str,
    model: str,
    threads: int | None,
    quiet: bool,
    min_score: float | None,
    **decoding: Any,
) -> None:
    """Describe each photo in a sentence.

    PATH is a photo (JPEG, PNG, WebP, AVIF, TIFF, GIF, …), a folder, a pattern such as 'holiday/*.jpg', or - for a photo on
    standard input. One photo prints its caption; several print path, tab, caption. Where the model is unsure of a caption, it
    names what is probably in the photo ("a photo of a cup, perhaps"), or nothing; --json has every caption with its score. A photo
    that cannot be read is reported on standard error and the others are still captioned; the exit code is then 1.

    \b
    mediakit caption photo.jpg
    mediakit caption holiday/ --recursive --json > captions.jsonl
    mediakit caption holiday/ --text-files --existing overwrite
    mediakit caption holiday/ --write-metadata
    mediakit caption photo.jpg --n-best 3 --explain why/
    curl -s https://example.org/photo.jpg | mediakit caption -
    """
    from mediakit.tasks.captioning.pipeline import load

    _check_unused(decoding["sample"], text_files or write_metadata)
    check_json_ending(output, as_json)
    if (text_files or write_metadata) and STANDARD_INPUT in paths:
        raise click.UsageError("--text-files and --write-metadata need photos in files, not one on standard input")
    photos, left_out = photo_items(paths, recursive)
    pipeline = load(model_for("captioning", model), threads=threads)
    if min_score is None:
        min_score = _least_score(as_json or decoding["sample"] or decoding["n_best"] > 1, text_files or write_metadata)
    if explain:
        make_folder(explain)
    alone, names = is_one_file(paths, photos), UniqueNames()
    with results(output, as_json, quiet, "photo", resume) as out:
        out.remark(left_out)
        destinations: list[Destination] = [PhotoMetadata(existing)] if write_metadata else []
        if text_files:
            destinations.append(texts := TextFiles(photos, existing))
            out.remark(texts.remark)
        photos = out.remaining(photos, skipped=names.of)
        if destinations:
            photos = to_describe(photos, destinations, out)
        unsure = 0
        for photo, guess in out.successes(out.progress(pipeline.stream(photos, **decoding), len(photos))):
            path, caption = item_name(photo), guess.at_least(min_score)
            unsure += caption.text != guess.text
            with out.catching(path):
                for destination in destinations if caption.text else []:
                    destination.write(Path(path), caption.text)
                if explain:
                    _explain(photo, caption, explain / f"{names.of(path)}.png", decoding["max_pixels"])
                best_first = [caption.text, *(other.text for other in caption.alternatives)]
                lines = (text if alone else f"{on_one_line(path)}\t{text}" for text in best_first)
                out.give("\n".join(lines), {"path": path, **caption.to_dict()})
        if unsure:
            captions = "1 caption has" if unsure == 1 else f"{unsure:,} captions have"
            out.remark(f"{captions} a score below {min_score}; --min-score 0 prints every caption")


def _check_unused(sample: bool, describes: bool) -> None:
    """Raise a usage error for an option that would change nothing without another one."""
    context = click.get_current_context()
    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if not sample and given & {"temperature", "top_p", "seed"}:
        raise click.UsageError("--temperature, --top-p and --seed are for sampling: give --sample too")
    if not describes and "existing" in given:
        raise click.UsageError("--existing is for --text-files and --write-metadata: give one of them too")


def _least_score(every: bool, describes: bool) -> float:
    """The default of --min-score. JSON shows the score of every caption, a photo's description does not."""
    return 0.0 if every and not describes else MIN_SCORE


def _explain(photo: Any, caption: "Caption", path: Path, max_pixels: int) -> None:
    from mediakit.media.figures import draw_attention
    from mediakit.media.image import read_photo

    figure = draw_attention(read_photo(photo, max_pixels=max_pixels), caption.words, caption.attention)
    with whole_file(path, "wb") as file:
        figure.save(file, "PNG")
