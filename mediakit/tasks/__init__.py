"""Tasks: what comes out of a model, such as captions, translations or music.

A task is a package here, or one that another distribution registers under the entry-point group `mediakit.tasks`. It provides

    COMMAND                            the name of its command
    load(folder, **options)            the pipeline of an opened model folder        (pipeline.py)
    examples(folder, split, config)    the examples of a data set's split            (metrics.py)
    evaluate(pipeline, examples, ...)  the Evaluation of a pipeline on examples      (metrics.py)
    command                            the click command                             (command.py)
    SERVICE, optional                  what `mediakit serve` offers; a tuple of all  (service.py)
                                       where a task offers several things

A package keeps them in the modules named on the right, each imported when it is needed; a small task may hold all of them in
one module.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mediakit.errors import ModelError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import click

    from mediakit.runtime.model_folder import ModelFolder
    from mediakit.runtime.service import Service

ENTRY_POINTS = "mediakit.tasks"
_ALWAYS = ("mediakit", "tensorflow", "keras")  # packages that every manifest names


@dataclass(frozen=True)
class Task:
    """A task by name. Its parts are imported when they are asked for."""

    name: str
    module: ModuleType

    @property
    def command_name(self) -> str:
        """What a user types: `caption` for captioning."""
        return str(getattr(self.module, "COMMAND", self.name))

    @property
    def command(self) -> "click.Command":
        """The click command."""
        return self.part("command", "command")

    @property
    def load(self) -> Callable[..., Any]:
        """`load(folder, **options)` returns the pipeline of an opened model folder."""
        return self.part("load", "pipeline")

    @property
    def examples(self) -> Callable[..., Any]:
        """`examples(folder, split, config)` returns the examples of a split, as the model with that config reads them."""
        return self.part("examples", "metrics")

    @property
    def evaluate(self) -> Callable[..., Any]:
        """`evaluate(pipeline, examples, options=..., progress=...)` returns an `Evaluation` without data, split and date.

        `options` are the pipeline's, by name; `progress` wraps the stream of results.
        """
        return self.part("evaluate", "metrics")

    @property
    def services(self) -> "tuple[Service, ...]":
        """What `mediakit serve` offers of the task; empty for a task that is not served."""
        try:
            declared = self.part("SERVICE", "service")
        except ModelError:
            return ()
        return declared if isinstance(declared, tuple) else (declared,)

    def part(self, name: str, home: str) -> Any:
        """A part by its name and the module that holds it. Raises ModelError for one that is missing."""
        module, full = self.module, f"{self.module.__name__}.{home}"
        if hasattr(module, "__path__") and importlib.util.find_spec(full):
            module = importlib.import_module(full)
        try:
            return getattr(module, name)
        except AttributeError as error:
            raise ModelError(f"the task {self.name!r} provides no {name}: {module.__name__} lacks it") from error


def task_names() -> list[str]:
    """The tasks of this package and those that other distributions register."""
    return sorted({*_own_names(), *(point.name for point in entry_points(group=ENTRY_POINTS))})


def installed_tasks() -> Iterator[Task]:
    """All tasks, our own first. Other distributions are asked only after those have been taken, since that takes longer.

    Tasks that cannot be imported are left out; `find_task` says what is wrong with them.
    """
    own = _own_names()
    yield from map(find_task, own)
    for name in task_names():
        if name not in own:
            with suppress(ModelError):
                yield find_task(name)


def find_task(name: str) -> Task:
    """A task by name. Raises ModelError when no installed package provides it, or the one that does cannot be imported."""
    full = f"{__name__}.{name}"
    spec = importlib.util.find_spec(full) if name.isidentifier() else None
    if spec and spec.submodule_search_locations:
        return Task(name, importlib.import_module(full))
    for point in entry_points(group=ENTRY_POINTS, name=name):
        try:
            return Task(name, point.load())
        except Exception as error:  # whatever a stranger's module raises
            package = point.dist.name if point.dist else point.value
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise ModelError(f"the task {name!r} of {package} cannot be imported: {reason}") from error
    raise ModelError(f"no installed package provides the task {name!r}; known: {', '.join(task_names())}")


def task_of(folder: "ModelFolder") -> Task:
    """The task that a model serves. Raises ModelError as `find_task` does, with what to install where the manifest says it."""
    try:
        return find_task(folder.task)
    except ModelError as error:
        packages = [name for name in folder.manifest.get("versions", {}) if name not in _ALWAYS]
        advice = f"; install {' and '.join(packages)}" if packages else ""
        raise ModelError(f"{folder.path}: {error}{advice}") from error


def entry_points(group: str, name: str | None = None) -> "list[EntryPoint]":
    """The entry points of installed distributions. Importing `importlib.metadata` takes longer than all else here."""
    from importlib.metadata import entry_points as installed

    return [point for point in installed(group=group) if name in (None, point.name)]


def _own_names() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
