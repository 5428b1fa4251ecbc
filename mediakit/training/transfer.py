"""A run that begins with what another has learned (Zoph et al. 2016)."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mediakit.errors import DataError

Keys = Sequence[str]


def kept_settings(run: Path) -> dict[str, Any]:
    """What a run folder's `config.json` holds: `recipe`, `data`, `config`. Raises DataError when it is no run folder."""
    try:
        return json.loads((run / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{run}: not a run to begin with: {error}") from error


def take_over(run: Path, model: keras.Model, tables: Mapping[str, tuple[Keys, Keys]], fresh: Collection[str] = ()) -> None:
    """Give a model the weights of another run of its recipe: the best that it has so far.

    Args:
        run: the other's folder.
        model: a new one; its variables are in the same order as the other's, whose sizes may differ in `tables` and `fresh`.
        tables: by layer's name, those with a row of weights for each key (a word, say): the keys of their rows and of ours. Rows
            whose key both have are taken over, ours of other keys stay as they are.
        fresh: names of layers that take nothing over.

    Raises DataError when the run has no weights, or weights of other sizes.
    """
    try:
        with np.load(max(run.glob("*.npz"), key=lambda file: (file.name == "best.npz", file.stat().st_mtime))) as arrays:
            weights = [arrays[f"{i:05d}"] for i in range(len(model.variables))]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{run}: not a run to begin with: {error}") from error
    for variable, values in zip(model.variables, weights, strict=True):
        layers = variable.path.split("/")[:-1]
        if not variable.trainable or set(layers) & set(fresh):  # not trainable: the state of random numbers
            continue
        keys = tables.get("/".join(layers))
        if keys:
            theirs = {key: i for i, key in enumerate(keys[0])}
            both = [(i, theirs[key]) for i, key in enumerate(keys[1]) if key in theirs]
            rows = np.array(both, np.intp).reshape(-1, 2)
            mixed = keras.ops.convert_to_numpy(variable).copy()
            mixed[rows[:, 0]] = values[rows[:, 1]]
            values = mixed
        if values.shape != tuple(variable.shape):
            raise DataError(f"{run}: {variable.path} is {values.shape}, wanted {tuple(variable.shape)}: was it of other sizes?")
        variable.assign(values)
