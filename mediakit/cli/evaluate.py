"""`mediakit evaluate`: measure a model on a data set."""

import json
from pathlib import Path
from typing import Any

import click

from mediakit.console import options


@click.command("evaluate", short_help="Measure a model on a data set.")
@click.argument("model")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The data set's folder, or an archive of it.")
@click.option("--split", required=True, metavar="NAME", help="The split, such as dev, val or test.")
@options.set_values("Set an option of the pipeline, such as beam=5.")
@click.option("--limit", type=click.IntRange(1), help="Measure only the first N examples.", metavar="N")
@options.json_lines("each metric by name, intervals, baselines")
@click.option("--record", is_flag=True, help="Write the metrics to the model's manifest and card.")
@options.quiet
@click.option("--model", "folder", hidden=True, help="What MODEL was called where the argument was a task.")
def command(
    model: str,
    data: Path,
    split: str,
    pairs: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    record: bool,
    quiet: bool,
    folder: str | None,
) -> None:
    """Measure MODEL on a split of a data set, through its pipeline.

    MODEL is a shipped model, a model folder, or a task of which one model is shipped. This needs the extra `train`: pip install
    ".[train]" in a clone of the repository.

    \b
    mediakit evaluate translation/en-de --data multi30k --split val
    mediakit evaluate captioning --data flickr8k --split dev --set beam=1 --json
    mediakit evaluate runs/mine/model --data my_photos --split test --record
    """
    from mediakit.tasks.evaluate import evaluate

    given = {name: _value(text) for name, text in options.settings(pairs).items()}
    evaluation = evaluate(folder or model, data, split, given, limit=limit, record=record, progress=not quiet)
    if as_json:
        click.echo(json.dumps({**evaluation.values, **evaluation.to_dict()}, ensure_ascii=False))
    else:
        click.echo(str(evaluation))


def _value(text: str) -> Any:
    """A number or truth value if the text is one in JSON, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
