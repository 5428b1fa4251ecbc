"""What `mediakit train` and `mediakit export` do, behind their options."""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mediakit.errors import InputError
from mediakit.training import checkpoints
from mediakit.training.distribution import is_chief, make_strategy, set_precision, wait_for_all
from mediakit.training.export import export_model
from mediakit.training.fingerprint import fingerprint
from mediakit.training.history import History
from mediakit.training.loading import Recipe, config_as_dict, find_recipe
from mediakit.training.photos import placeholder_features
from mediakit.training.recipe import Phase
from mediakit.training.run_folder import RunFolder
from mediakit.training.trainer import Interrupted, Trainer
from mediakit.training.warm_start import WarmStart, open_warm_start


@dataclass(frozen=True)
class Session:
    """A recipe made ready: its config, its data, the model under a strategy's scope, and the phases to go through."""

    recipe: Recipe
    config: Any
    folder: Path
    data: Any
    model: keras.Model
    phases: list[Phase]
    start: WarmStart | None = None

    @classmethod
    def open(
        cls, recipe: Recipe, config: Any, folder: Path, strategy: tf.distribute.Strategy, run: Path, start: WarmStart | None = None
    ) -> "Session":
        """Read the data and build the model, with the weights of `start` unless the run has weights of its own."""
        data = recipe.read(config, folder, start)
        with strategy.scope():
            model = recipe.build(config, data)
        if start and not RunFolder(run).has_begun():
            _report(start, start.apply(recipe, config, data, model), model)
        with strategy.scope():
            return cls(recipe, config, folder, data, model, recipe.phases(config, data, model, run), start)

    def keep(self, folder: RunFolder) -> None:
        """Note in the run folder what the run begins with, or check that it goes on with the same."""
        start = self.start.reference if self.start else None
        folder.keep_settings(self.recipe.reference, self.config, self.folder, fingerprint(self.data), start)
        folder.keep_files(self.recipe.files(self.config, self.data))

    def export(self, out: Path, name: str | None = None) -> None:
        """Write the model folder `out`."""
        export_model(self.recipe, self.config, self.data, self.model, self.folder, out, name, self.start and self.start.folder)


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
        _dry_run(found, config, data, devices, phases, trained)
        return None
    session = Session.open(found, config, data, devices, run, trained)
    _check_names(session.phases, phases)
    with ExitStack() as stack:
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


def _report(start: WarmStart, left: Sequence[str], model: keras.Model) -> None:
    taken = len(model.trainable_variables) - len(left)
    rest = f"; untrained: {', '.join(left[:3])}{f' and {len(left) - 3} more' if len(left) > 3 else ''}" if left else ""
    print(f"starting from {start.folder.name}: {taken} of {len(model.trainable_variables)} variables{rest}", file=sys.stderr, flush=True)


def _check_names(phases: Sequence[Phase], wanted: Sequence[str]) -> None:
    names = [phase.name for phase in phases]
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        raise InputError(f"no phase {', '.join(unknown)}; known: {', '.join(names)}")


def _dry_run(
    recipe: Recipe, config: Any, data: Path, strategy: tf.distribute.Strategy, wanted: Sequence[str], start: WarmStart | None
) -> None:
    """Build, take one step of every phase, export the untrained networks with files and card to a temporary folder."""
    with tempfile.TemporaryDirectory() as temporary, placeholder_features():
        run = Path(temporary)
        session = Session.open(recipe, config, data, strategy, run, start)
        _check_names(session.phases, wanted)
        _print_model(config, session.model)
        initial = [np.array(keras.ops.convert_to_numpy(variable)) for variable in session.model.variables]
        trainer = Trainer(session.model, session.phases, strategy, run)
        for phase in session.phases:
            print(f"phase {phase.name}: {phase.epochs} epochs of {phase.steps} steps", end="", flush=True)
            if not phase.epochs or (wanted and phase.name not in wanted):
                print("; not tried")
                continue
            with recipe.blame(f"phase {phase.name}"):
                batch, metrics = trainer.try_step(phase)
            print("; one batch:")
            for name, shape in batch.items():
                print(f"  {name}: {shape}")
            print("  one step: " + ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))
        for variable, value in zip(session.model.variables, initial, strict=True):
            variable.assign(value)
        session.export(run / "model")
        print("model folder: " + ", ".join(sorted(file.name for file in (run / "model").iterdir())))


def _print_model(config: Any, model: keras.Model) -> None:
    print(json.dumps(config_as_dict(config), indent=2))
    print(f"parameters: {model.count_params():,}")
    for layer in model.layers:
        if layer.count_params():
            print(f"  {layer.name}: {layer.count_params():,}")
