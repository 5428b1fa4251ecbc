"""Finding the module that serves a task: one of this package's, or one that another package registers."""

import importlib
import importlib.util
from types import ModuleType

from mediakit.errors import ModelError

ENTRY_POINTS = "mediakit.pipelines"


def pipeline_module(task: str) -> ModuleType:
    """The module `mediakit.pipelines.<task>`, or the entry point of that name; ModelError if neither is there."""
    name = f"mediakit.pipelines.{task}"
    if task.isidentifier() and importlib.util.find_spec(name):
        return importlib.import_module(name)
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=task):
        return point.load()
    raise ModelError(f"no pipeline for the task {task!r}: install the package that brings it, or a newer mediakit")
