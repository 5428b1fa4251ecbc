"""`mediakit models`: what can be given to --model by name."""

from typing import TYPE_CHECKING

import click

from mediakit.console import options
from mediakit.console.output import results

if TYPE_CHECKING:
    from mediakit.runtime.model_folder import ModelFolder

_LEGEND = (
    "The licence is the strictest of the training data's; NC: non-commercial.\n"
    "mediakit models --card NAME tells more about one: its evaluations, limits and licence."
)


@click.command("models", short_help="List the models that are known by name, and what was measured of them.")
@click.option("--card", metavar="NAME", help="Print a model's card: uses and limits, metrics, training data, licence.")
@options.json_lines("name, task, command, megabytes, headline, license, data, evaluations and what else its card says")
def command(card: str | None, as_json: bool) -> None:
    """List the models that are known by name: the shipped ones, and your own.

    Your own are the model folders in the folder that the environment variable MEDIAKIT_MODELS names, also in its subfolders.
    Wherever a command takes a model, it takes these names.

    \b
    mediakit models
    mediakit models --card captioning
    MEDIAKIT_MODELS=~/models mediakit caption photo.jpg --model birds
    """
    from mediakit.runtime.card import render
    from mediakit.runtime.model_folder import named, open_folder
    from mediakit.tasks.description import describe

    if card is not None:
        click.echo(render(open_folder(card).manifest), nl=False)
        return
    with results(None, as_json, unit="model") as out:
        folders = []
        for name, path in out.counted(named().items()):
            with out.catching(name):
                folders.append((name, open_folder(path)))
        if as_json:
            for name, folder in folders:
                out.give("", {**describe(folder), "name": name})
        else:
            _print_table(folders)


def _print_table(folders: "list[tuple[str, ModelFolder]]") -> None:
    from mediakit.runtime.card import headline, restriction
    from mediakit.tasks.description import command_of

    rows = [("model", "command", "MB", "metric", "licence")]
    for name, folder in folders:
        metric = headline(folder.manifest, place=False)
        rows.append((name, command_of(folder), f"{folder.size / 1e6:.1f}", metric, restriction(folder.manifest)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, task, size, metric, licence in rows:
        click.echo(f"{name:{widths[0]}}  {task:{widths[1]}}  {size:>{widths[2]}}  {metric:{widths[3]}}  {licence}".rstrip())
    click.echo(f"\n{_LEGEND}", err=True)
