"""Checkpoints: every number that training needs to go on as if it had never stopped, in one file, written whole or not at all.

The one before is kept: where the newest file is damaged, that one is used.
"""

import json
import os
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mediakit.errors import DataError


def save(path: Path, variables: Sequence[keras.Variable], position: dict[str, Any]) -> None:
    """Write variables and the position in the data; the file that was there becomes the previous one."""
    arrays = {f"{i:05d}": keras.ops.convert_to_numpy(variable) for i, variable in enumerate(variables)}
    arrays["position"] = np.frombuffer(json.dumps(position).encode(), np.uint8)
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        path.replace(_previous(path))
    partial.replace(path)


def exists(path: Path) -> bool:
    """Whether there is a checkpoint, be it the previous one."""
    return path.exists() or _previous(path).exists()


def remove(path: Path) -> None:
    """Remove a checkpoint and the previous one."""
    path.unlink(missing_ok=True)
    _previous(path).unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The position and the variables' values. Raises DataError when the file is damaged and so is the previous one, if any."""
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"is damaged: {str(error).partition(':')[0]}"
    try:
        found = _read(_previous(path))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: {reason}, and there is none before it; delete it to do without") from error
    print(f"mediakit: {path} {reason}; the checkpoint before it is used", file=sys.stderr)
    return found


def load(path: Path, variables: Sequence[keras.Variable]) -> dict[str, Any]:
    """Set variables from a file that `save` wrote for the same ones, and return the position.

    Raises DataError for a damaged file, and for one of other variables.
    """
    position, values = read(path)
    assign(path, variables, values)
    return position


def assign(path: Path, variables: Sequence[keras.Variable], values: Sequence[np.ndarray]) -> None:
    """Set variables to the values that `path` holds. Raises DataError when they are of other variables."""
    if len(values) != len(variables):
        raise DataError(f"{path}: holds {len(values)} variables, the model has {len(variables)}: was the recipe changed?")
    for variable, value in zip(variables, values, strict=True):
        if value.shape != tuple(variable.shape):
            raise DataError(f"{path}: {variable.path} has shape {value.shape}, the model's has {tuple(variable.shape)}")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _previous(path: Path) -> Path:
    return path.with_suffix(".previous")


def _read(path: Path) -> tuple[dict[str, Any], list[np.ndarray]]:
    with np.load(path) as arrays:  # a zip file: each member is checked by its CRC as it is read
        return json.loads(arrays["position"].tobytes()), [arrays[f"{i:05d}"] for i in range(len(arrays.files) - 1)]
