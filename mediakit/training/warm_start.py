"""Training that starts from the weights of a trained model, even of one with other words, labels or sizes (Zoph et al. 2016)."""

import dataclasses
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mediakit.errors import InputError, ModelError
from mediakit.runtime.model_folder import ModelFolder, open_folder, shipped
from mediakit.training import checkpoints
from mediakit.training.loading import Recipe, find_recipe
from mediakit.training.restore import restore_weights
from mediakit.training.run_folder import RunFolder

# For each axis of a variable what its entries belong to, words for example; None where they have no names.
AxisNames = tuple[Sequence[str] | None, ...]


@dataclass(frozen=True)
class WarmStart:
    """A trained model whose weights another one starts from.

    Args:
        reference: opens it again: a shipped model's name, or a path.
        recipe: the trained model's recipe.
        config: its Config.
        folder: its model folder.
        data: what the folder keeps of the training data (see a recipe's `read_files`); None for a recipe that keeps nothing.
        checkpoint: its weights; None when they have to be restored from the LiteRT files of the folder.
    """

    reference: str
    recipe: Recipe
    config: Any
    folder: ModelFolder
    data: Any
    checkpoint: Path | None = None

    def settings(self, recipe: Recipe, given: Mapping[str, Any]) -> dict[str, Any]:
        """Settings for a recipe's Config: the given ones, of the others the trained model's.

        Raises InputError for a recipe of another task.
        """
        if recipe.task != self.recipe.task:
            raise InputError(f"{recipe.name}: cannot start from {self.folder.name}, which is of the task {self.recipe.task}")
        shared = {field.name for field in dataclasses.fields(recipe.module.Config)} & set(vars(self.config))
        return {**{name: getattr(self.config, name) for name in shared}, **given}

    def apply(self, recipe: Recipe, config: Any, data: Any, model: keras.Model) -> list[str]:
        """Copy the trained weights into a new model and return the paths of the trainable variables that got none.

        Variables are paired by path. Along an axis that has names (see a recipe's `axis_names`) the entries are paired by name,
        and those that only the new model has keep their initial values. So do variables of another size.

        Raises ModelError when the weights cannot be restored, or none of them fits.
        """
        known = data if self.data is None else self.data
        trained, absent = self._trained_model(known)
        theirs, ours = self.recipe.axis_names(self.config, known), recipe.axis_names(config, data)
        left = []
        for variable, source in _pairs(model, trained):
            value = None
            if source is not None and id(source) not in absent:
                values = (keras.ops.convert_to_numpy(each) for each in (variable, source))
                value = _combined(*values, theirs.get(source.path), ours.get(variable.path))
            if value is not None:
                variable.assign(value)
            elif variable.trainable:
                left.append(variable)
        if len(left) == len(model.trainable_variables):
            raise ModelError(f"{self.folder.path}: none of its weights fits the recipe {recipe.name}: is it of another recipe?")
        recipe.initialize_rest(left)
        return [variable.path for variable in left]

    def _trained_model(self, data: Any) -> tuple[keras.Model, set[int]]:
        """The model with its trained weights, and the identities of variables whose weights are lost."""
        model = self.recipe.build(self.config, data)
        if self.checkpoint:
            checkpoints.load(self.checkpoint, model.variables)
            return model, set()
        return model, {id(each) for each in restore_weights(self.folder, model, lambda: self.recipe.networks(self.config, data, model))}


def open_warm_start(model: str | os.PathLike[str]) -> WarmStart:
    """Open a shipped model by name, a model folder, or the folder of a finished run, to start from.

    A run folder gives its weights as they were trained, a model folder in the precision of its LiteRT files.

    Raises ModelError when there is no such model or it was not made by a recipe, InputError when its recipe is unknown.
    """
    run = RunFolder(Path(model)) if (Path(model) / "config.json").is_file() else None
    folder = open_folder(run.path / "model" if run else model)
    made = {**folder.manifest, **(run.settings() if run else {})}
    if "recipe" not in made or "config" not in made:
        raise ModelError(f"{folder.path}: its manifest names no recipe and config: training cannot start from it")
    recipe = find_recipe(made["recipe"])
    fields = {field.name for field in dataclasses.fields(recipe.module.Config)}
    config = recipe.config({name: value for name, value in made["config"].items() if name in fields} | recipe.warm_start_settings)
    path = run.path if run else folder.path
    reference = os.fspath(model) if path in shipped().values() else str(path.resolve())
    return WarmStart(reference, recipe, config, folder, recipe.read_files(config, folder), run.newest_weights() if run else None)


def _pairs(model: keras.Model, trained: keras.Model) -> list[tuple[keras.Variable, keras.Variable | None]]:
    """Each floating-point variable of a model with that of the trained one at the same path.

    Keras numbers layers without a name through a whole process, so what is left is paired in order where both have as much left.
    """
    ours, theirs = _by_path(model), _by_path(trained)
    left = [[path for path in one if path not in other] for one, other in ((ours, theirs), (theirs, ours))]
    renamed = dict(zip(*left, strict=True)) if len(left[0]) == len(left[1]) else {}
    return [(variable, theirs.get(renamed.get(path, path))) for path, variable in ours.items()]


def _by_path(model: keras.Model) -> dict[tuple[str, int], keras.Variable]:
    """The floating-point variables; a path that parts of the model share is counted."""
    seen: Counter[str] = Counter()
    found = {}
    for variable in model.variables:
        if keras.backend.is_float_dtype(variable.dtype):
            found[variable.path, seen[variable.path]] = variable
            seen[variable.path] += 1
    return found


def _combined(initial: np.ndarray, trained: np.ndarray, theirs: AxisNames | None, ours: AxisNames | None) -> np.ndarray | None:
    """Trained values in place of initial ones, paired by name along axes that have names. None when the sizes differ."""
    if initial.ndim != trained.ndim:
        return None
    to: list[list[int]] = []
    of: list[list[int]] = []
    for axis, sizes in enumerate(zip(initial.shape, trained.shape, strict=True)):
        if theirs and ours and theirs[axis] is not None and ours[axis] is not None:
            place = {name: i for i, name in enumerate(theirs[axis])}
            to.append([i for i, name in enumerate(ours[axis]) if name in place])
            of.append([place[ours[axis][i]] for i in to[-1]])
        elif sizes[0] == sizes[1]:
            to.append(list(range(sizes[0])))
            of.append(to[-1])
        else:
            return None
    combined = np.array(initial)
    combined[np.ix_(*to)] = trained[np.ix_(*of)]
    return combined
