"""`mediakit export`: a model folder from a run folder."""

from pathlib import Path

import click

from mediakit.console.files import PlaceOnDisk


@click.command("export", short_help="Make a model folder from a training run.")
@click.argument("run", type=PlaceOnDisk(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=PlaceOnDisk(file_okay=False, path_type=Path), help="The model folder to write.")
@click.option("--name", metavar="NAME", help="The model's name.  [default: the recipe's]")
def command(run: Path, out: Path, name: str | None) -> None:
    """Export the newest weights of a run folder: those of a finished phase, or of the best epoch so far. Training may go on.

    Each network is converted to LiteRT and compared with the Keras model; one that differs is not written.

    \b
    mediakit export runs/captioning --out my-model
    mediakit caption photo.jpg --model my-model
    """
    from mediakit.training.command import export

    export(run, out, name)
    click.echo(str(out))
