"""A recipe made ready to train or to export."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from mediakit.errors import InputError
from mediakit.training.export import export_model
from mediakit.training.fingerprint import fingerprint
from mediakit.training.loading import Recipe
from mediakit.training.recipe import Phase
from mediakit.training.run_folder import RunFolder
from mediakit.training.warm_start import WarmStart


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

    def check_phases(self, wanted: Sequence[str]) -> None:
        """Raise InputError when a phase of these names does not exist."""
        names = [phase.name for phase in self.phases]
        unknown = sorted(set(wanted) - set(names))
        if unknown:
            raise InputError(f"no phase {', '.join(unknown)}; known: {', '.join(names)}")

    def keep(self, folder: RunFolder) -> None:
        """Note in the run folder what the run begins with, or check that it goes on with the same."""
        start = self.start.reference if self.start else None
        folder.keep_settings(self.recipe.reference, self.config, self.folder, fingerprint(self.data), start)
        folder.keep_files(self.recipe.files(self.config, self.data))

    def export(self, out: Path, name: str | None = None) -> None:
        """Write the model folder `out`."""
        export_model(self.recipe, self.config, self.data, self.model, self.folder, out, name, self.start and self.start.folder)


def _report(start: WarmStart, left: Sequence[str], model: keras.Model) -> None:
    taken = len(model.trainable_variables) - len(left)
    rest = f"; untrained: {', '.join(left[:3])}{f' and {len(left) - 3} more' if len(left) > 3 else ''}" if left else ""
    print(f"starting from {start.folder.name}: {taken} of {len(model.trainable_variables)} variables{rest}", file=sys.stderr, flush=True)
