"""Checkpoints: every number that training needs to go on as if it had never stopped, in one file, written whole or not at all."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mediakit.errors import DataError


def save(path: Path, variables: Sequence[keras.Variable], position: dict[str, Any]) -> None:
    """Write variables and the position in the data; the old file stays until the new one is whole on disk."""
    arrays = {f"{i:05d}": keras.ops.convert_to_numpy(variable) for i, variable in enumerate(variables)}
    arrays["position"] = np.frombuffer(json.dumps(position).encode(), np.uint8)
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(path: Path, variables: Sequence[keras.Variable]) -> dict[str, Any]:
    """Set variables from a file that `save` wrote for the same ones, and return the position. Raises DataError on a mismatch."""
    try:
        with np.load(path) as arrays:
            position = json.loads(arrays["position"].tobytes())
            if len(arrays.files) - 1 != len(variables):
                raise DataError(f"{path}: holds {len(arrays.files) - 1} variables, the model has {len(variables)}: was the config changed?")
            for i, variable in enumerate(variables):
                value = arrays[f"{i:05d}"]
                if tuple(value.shape) != tuple(variable.shape):
                    raise DataError(f"{path}: {variable.path} has shape {value.shape}, the model's has {tuple(variable.shape)}")
                variable.assign(value)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: not a checkpoint: {error}") from error
    return position


def peek(path: Path) -> dict[str, Any]:
    """The position that a checkpoint holds."""
    with np.load(path) as arrays:
        return json.loads(arrays["position"].tobytes())
