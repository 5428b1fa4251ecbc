"""The model that a command was asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError, ModelError, did_you_mean

if TYPE_CHECKING:
    from mediakit.runtime.model_folder import ModelFolder


def model_for(task: str, model: str) -> "ModelFolder":
    """The folder of a model of one task.

    Args:
        task: such as `music`.
        model: a model's name, with or without what stands before the slash (`music/jsb`, `jsb`), or the path of a model folder.

    Raises ModelError for an unknown model, with the names of the task's models, and InputError for a model of another task.
    """
    from mediakit.runtime.model_folder import named, open_folder

    known = named()
    if model not in known and not (Path(model) / "manifest.json").exists():
        of_task = [name for name, path in known.items() if _task_of(path) == task]
        full = [name for name in of_task if model and name.partition("/")[2] == model]
        if not full:
            names = [name.partition("/")[2] or name for name in of_task]
            known_ones = f"one of {', '.join(names)}" if names else "shipped with mediakit"
            near = did_you_mean(model, [*names, *of_task])
            raise ModelError(f"no model {model!r} of the task {task}: neither a model folder nor {known_ones}{near}")
        model = full[0]
    folder = open_folder(model)
    if folder.task != task:
        raise InputError(f"{model}: is a model of the task {folder.task}, not of {task}")
    return folder


def _task_of(path: Path) -> str | None:
    """The task of a model folder; None if it is damaged."""
    from mediakit.runtime.model_folder import open_folder

    try:
        return open_folder(path).task
    except ModelError:
        return None
