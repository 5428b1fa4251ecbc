"""What `mediakit train` and `mediakit export` do, behind their options."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from mediakit.errors import InputError
from mediakit.training import checkpoints
from mediakit.training.distribution import among_workers, is_chief, make_strategy, set_precision, wait_for_all
from mediakit.training.dry_run import try_recipe
from mediakit.training.fingerprint import fingerprint
from mediakit.training.history import History
from mediakit.training.loading import find_recipe
from mediakit.training.run_folder import RunFolder
from mediakit.training.session import Session
from mediakit.training.trainer import Interrupted, Trainer
from mediakit.training.warm_start import open_warm_start


def train(
    recipe: str | ModuleType | None,
    data: Path | None,
    out: Path | None,
    settings: Mapping[str, Any],
    strategy: str = "auto",
    dry_run: bool = False,
    phases: Sequence[str] = (),
    precision: str = "float32",
    start: str | os.PathLike[str] | None = None,
) -> History | None:
    """Train a recipe in a run folder, then export the model folder `out/model`. The same command goes on after a stop.

    Args:
        recipe: a name, the path of a recipe file, or a module; None is that of `start`.
        data: the data set's folder.
        out: the run folder; `runs/<recipe>` by default.
        settings: fields of the recipe's Config, as values or as text.
        dry_run: try everything once on one batch, print what there is to know, and train nothing.
        phases: only these, in the recipe's order; each starts from what is finished in the run folder.
        precision: of matrix products, see `distribution.set_precision`.
        start: a shipped model's name, a model folder or a run folder to take weights, words and settings from.

    Returns the run's history; None after a dry run.
    """
    trained = open_warm_start(start) if start else None
    found = trained.recipe if trained and recipe is None else find_recipe(recipe)
    config = found.config(trained.settings(found, settings) if trained else settings)
    if data is None:
        raise InputError(f"{found.name}: --data FOLDER is needed: the data set to learn from")
    set_precision(precision)
    devices = make_strategy(strategy)
    run = out or Path("runs") / Path(found.name).stem
    if dry_run:
        try_recipe(found, config, data, devices, phases, trained)
        return None
    session = Session.open(found, config, data, devices, run, trained)
    session.check_phases(phases)
    with ExitStack() as stack:
        stack.enter_context(among_workers(devices))
        if is_chief(devices):
            stack.enter_context(RunFolder(run).lock())
            session.keep(RunFolder(run))
        try:
            with found.blame("training"):
                Trainer(session.model, session.phases, devices, run).train(phases)
        except Interrupted as stopped:
            print(f"\n{stopped}", file=sys.stderr)
            raise KeyboardInterrupt from stopped
        if is_chief(devices):
            session.export(run / "model")
        wait_for_all(devices)
    return History.of(run)


def export(run: Path, out: Path, name: str | None = None) -> None:
    """Export the newest finished phase of a run folder, or the best epoch of the phase under way, as a model folder."""
    folder = RunFolder(run)
    kept = folder.settings()
    weights = folder.newest_weights()
    recipe = find_recipe(kept["recipe"])
    start = open_warm_start(kept["start"]) if kept.get("start") else None
    config = recipe.module.Config(**kept["config"])
    session = Session.open(recipe, config, Path(kept["data"]), make_strategy("one"), run, start)
    folder.check_data(session.folder, fingerprint(session.data))
    folder.keep_files(recipe.files(config, session.data))
    checkpoints.load(weights, session.model.variables)
    session.export(out, name)
