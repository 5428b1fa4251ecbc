"""A detector's state as plain data, so that a stream can be gone on with later."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import numpy as np


def plain(value: Any) -> Any:
    """Dataclasses, arrays, lists and dictionaries as what JSON knows."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return value


def restored(kind: Any, value: Any) -> Any:
    """What `plain` made plain, as a value of this type. Raises KeyError, TypeError or ValueError if it does not fit."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: restored(hints[field.name], value[field.name]) for field in fields(kind)})  # type: ignore[operator]
    if kind is np.ndarray:
        return np.array(value, np.float64)
    arguments = get_args(kind)
    if isinstance(value, list):
        return [restored(arguments[0], one) for one in value]
    if isinstance(value, dict):
        return {key: restored(arguments[1], one) for key, one in value.items()}
    return kind(value)
