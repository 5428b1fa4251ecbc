"""`mediakit models`: what is shipped."""

import json
from typing import Any

import click

from mediakit.console import options


@click.command("models", short_help="List the shipped models and what was measured of them.")
@click.option("--card", metavar="NAME", help="Print a model's card: uses and limits, metrics, training data, licence.")
@options.json_lines("name, task, megabytes, headline, license, data, evaluations and what else its card says")
def command(card: str | None, as_json: bool) -> None:
    """List the shipped models.

    \b
    mediakit models
    mediakit models --card captioning
    """
    from mediakit.runtime.card import headline, render
    from mediakit.runtime.model_folder import ModelFolder, open_folder, shipped

    if card:
        click.echo(render(open_folder(card).manifest), nl=False)
        return
    folders = [open_folder(name) for name in shipped()]
    if as_json:
        for folder in folders:
            click.echo(json.dumps(_fields(folder), ensure_ascii=False))
        return

    def row(folder: ModelFolder) -> tuple[str, ...]:
        return folder.name, folder.task, f"{folder.size / 1e6:.1f}", headline(folder.manifest, place=False)

    rows = [("model", "task", "MB", "metric"), *map(row, folders)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, task, size, metric in rows:
        click.echo(f"{name:{widths[0]}}  {task:{widths[1]}}  {size:>{widths[2]}}  {metric}")
    click.echo("\nmediakit models --card NAME tells more about one: its evaluations, limits and licence.", err=True)


def _fields(folder: Any) -> dict[str, Any]:
    """What a program may want to know of a model."""
    from mediakit.runtime.card import evaluations, headline

    manifest = folder.manifest
    kept = ("recipe", "summary", "good_for", "not_good_for", "training", "data", "license", "parameters", "created")
    return {
        "name": folder.name,
        "task": folder.task,
        "megabytes": round(folder.size / 1e6, 1),
        "headline": headline(manifest),
        **{key: manifest[key] for key in kept if key in manifest},
        "evaluations": [evaluation.to_dict() for evaluation in evaluations(manifest)],
    }
