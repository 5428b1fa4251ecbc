"""`mediakit train`: train a recipe."""

from pathlib import Path

import click

from mediakit.console import options
from mediakit.console.files import PlaceOnDisk


@click.command("train", short_help="Train a recipe on a data set.")
@click.argument("recipe")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The data set's folder, or an archive of it.")
@click.option("--out", type=PlaceOnDisk(file_okay=False, path_type=Path), help="The run folder.  [default: runs/RECIPE]")
@click.option("--start", metavar="MODEL", help="Start from a trained model: a shipped one by name, a model folder or a run folder.")
@options.set_values("Set a field of the recipe's Config; --dry-run shows them all.")
@click.option("--phase", "phases", multiple=True, metavar="NAME", help="Train only this phase; may be repeated.")
@click.option(
    "--strategy",
    type=click.Choice(["auto", "one", "mirrored", "multiworker", "tpu"]),
    default="auto",
    show_default=True,
    help="The devices to train on.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="Precision of matrix products on a CPU; bfloat16 is faster on CPUs that support it.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Run one step of each phase and the export, print config, parameters and batch shapes, and keep nothing.",
)
def command(
    recipe: str,
    data: Path,
    out: Path | None,
    start: str | None,
    pairs: tuple[str, ...],
    phases: tuple[str, ...],
    strategy: str,
    precision: str,
    dry_run: bool,
) -> None:
    """Train a recipe, by name or from a file of your own, and write a model folder to OUT/model.

    After Ctrl-C or a crash of the machine, the same command continues from the last checkpoint.

    \b
    mediakit train captioning --data flickr8k --dry-run
    mediakit train captioning --data flickr8k --out runs/mine --set joint_epochs=2
    mediakit train captioning --data my_photos --start captioning --out runs/mine
    mediakit train my_recipe.py --data mine
    mediakit caption photo.jpg --model runs/mine/model
    """
    from mediakit.runtime.recipes import check_recipe

    check_recipe(recipe)  # before TensorFlow is missed or started
    from mediakit.training.command import train

    history = train(recipe, data, out, options.settings(pairs), strategy, dry_run, phases, precision, start)
    if history:
        click.echo(str(history.model))
