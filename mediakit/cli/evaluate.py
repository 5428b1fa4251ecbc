"""`mediakit evaluate`: measure a model on a data set."""

import json
from pathlib import Path
from typing import Any

import click

from mediakit.console.options import settings
from mediakit.console.output import progress


@click.command("evaluate", short_help="Measure a model on a data set.")
@click.argument("recipe")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The data set's folder, or an archive of it.")
@click.option("--split", required=True, help="Such as dev or test.")
@click.option("--model", help="A shipped model or a model folder.  [default: the shipped one of this recipe]")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the shipped model was trained with, to tell several apart (target=de), or an option of the pipeline (beam=5).",
)
@click.option("--limit", type=click.IntRange(1), help="Only the first so many examples.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: each figure by its name, intervals, baselines.")
@click.option("--record", is_flag=True, help="Write the figures into the model's manifest and card.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def command(
    recipe: str,
    data: Path,
    split: str,
    model: str | None,
    pairs: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    record: bool,
    quiet: bool,
) -> None:
    """Measure a model through its pipeline on a split of a data set.

    \b
    mediakit evaluate captioning --data flickr8k --split dev
    mediakit evaluate captioning --data flickr8k --split dev --set beam=1 --json
    mediakit evaluate translation --data multi30k --split val --set target=de
    mediakit evaluate captioning --data mine --split test --model runs/mine/model --record
    """
    import datetime

    from mediakit.runtime.card import render
    from mediakit.runtime.model_folder import RENAMED_TASKS, choose, open_folder, record_figures
    from mediakit.tasks import find_task

    task = find_task(RENAMED_TASKS.get(recipe, recipe))
    given = settings(pairs)
    folder = choose(task.name, given, open_folder(model) if model else None)
    config = folder.manifest.get("config", {})
    examples = task.examples(data, split, config)[:limit]
    options = {name: _number(value) for name, value in given.items() if name not in config}
    entry: dict[str, Any] = {
        "data": data.resolve().name,
        "split": split if limit is None else f"{split}[:{limit}]",
        "date": datetime.date.today().isoformat(),
        **task.evaluate(
            task.load(folder), examples, options=options, progress=lambda stream: progress(stream, len(examples), "example", quiet)
        ),
    }
    if record:
        record_figures(folder, entry)
    if as_json:
        click.echo(json.dumps({**entry["values"], **entry}, ensure_ascii=False))
    else:
        section = render({**folder.manifest, "figures": [entry]})
        click.echo(section.partition("## Figures\n\n")[2].partition("\n## ")[0].strip())


def _number(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
