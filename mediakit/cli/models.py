"""`mediakit models`: what is shipped."""

import json

import click


@click.command("models", short_help="List the shipped models, their figures and licences.")
@click.option("--card", metavar="NAME", help="Print a model's card: what it is good for and not, figures, training, licences.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: name, task, megabytes, headline, license.")
def command(card: str | None, as_json: bool) -> None:
    """List the shipped models.

    \b
    mediakit models
    mediakit models --card captioning
    """
    from mediakit.runtime.card import headline, render
    from mediakit.runtime.model_folder import open_folder, shipped

    if card:
        click.echo(render(open_folder(card).manifest), nl=False)
        return
    rows = []
    for name in shipped():
        folder = open_folder(name)
        manifest = folder.manifest
        rows.append(
            {
                "name": name,
                "task": folder.task,
                "megabytes": round(folder.size / 1e6, 1),
                "headline": headline(manifest),
                "license": manifest["license"],
            }
        )
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    table = [("model", "task", "MB", "figure", "licence"), *(tuple(str(value) for value in row.values()) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    for cells in table:
        click.echo("  ".join([*(cell.ljust(width) for cell, width in zip(cells[:4], widths, strict=True)), cells[4]]))
