"""A dry run: everything that training does, once, on one batch, so that a mistake in a recipe shows within seconds."""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mediakit.errors import ModelError, RecipeError
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks import find_task, task_names
from mediakit.training.loading import Recipe, config_as_dict
from mediakit.training.photos import placeholder_features
from mediakit.training.session import Session
from mediakit.training.trainer import Trainer
from mediakit.training.warm_start import WarmStart


def try_recipe(
    recipe: Recipe, config: Any, data: Path, strategy: tf.distribute.Strategy, phases: Sequence[str] = (), start: WarmStart | None = None
) -> None:
    """Build the model, take one step of every phase (or of those named), export the untrained networks with files and card to a
    temporary folder, and open it as the task's pipeline. Config, parameters and batch shapes are printed; nothing is kept.

    Raises RecipeError for the first mistake.
    """
    with tempfile.TemporaryDirectory() as temporary, placeholder_features():
        run = Path(temporary)
        session = Session.open(recipe, config, data, strategy, run, start)
        session.check_phases(phases)
        _print_model(config, session.model)
        initial = [np.array(keras.ops.convert_to_numpy(variable)) for variable in session.model.variables]
        _try_phases(session, Trainer(session.model, session.phases, strategy, run), phases)
        for variable, value in zip(session.model.variables, initial, strict=True):
            variable.assign(value)
        session.export(run / "model")
        print("model folder: " + ", ".join(sorted(file.name for file in (run / "model").iterdir())))
        _open(recipe, run / "model")


def _try_phases(session: Session, trainer: Trainer, wanted: Sequence[str]) -> None:
    for phase in session.phases:
        print(f"phase {phase.name}: {phase.epochs} epochs of {phase.steps} steps", end="", flush=True)
        if not phase.epochs or (wanted and phase.name not in wanted):
            print("; not tried")
            continue
        with session.recipe.blame(f"phase {phase.name}"):
            batch, metrics = trainer.try_step(phase)
        print("; one batch:")
        for name, shape in batch.items():
            print(f"  {name}: {shape}")
        print("  one step: " + ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


def _open(recipe: Recipe, folder: Path) -> None:
    """Open the model folder as a user will."""
    if recipe.task not in task_names():
        print(f"mediakit: no task {recipe.task!r} is installed, so nothing can use the model yet (see docs/recipes.md)", file=sys.stderr)
        return
    try:
        find_task(recipe.task).load(open_folder(folder))
    except ModelError as error:
        reason = str(error).replace(f"{folder}: ", "").replace(f"{folder}/", "")
        raise RecipeError(f"{recipe.name}: the task {recipe.task} cannot use its networks and files: {reason}") from error


def _print_model(config: Any, model: keras.Model) -> None:
    print(json.dumps(config_as_dict(config), indent=2))
    print(f"parameters: {model.count_params():,}")
    for layer in model.layers:
        if layer.count_params():
            print(f"  {layer.name}: {layer.count_params():,}")
