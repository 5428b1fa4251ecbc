"""The tasks that are served: their models, their options, and their pipelines, each loaded when it is first used."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, get_type_hints

from mediakit.errors import ModelError, did_you_mean
from mediakit.runtime.model_folder import named, open_folder
from mediakit.runtime.service import Option, Service
from mediakit.serve.problems import Problem
from mediakit.tasks import Task, installed_tasks
from mediakit.tasks.description import describe


@dataclass(frozen=True)
class Parameter:
    """An option with the type and the default that the pipeline's signature gives it."""

    option: Option
    type: Any
    default: Any


@dataclass(frozen=True)
class Offer:
    """A task that is served.

    Attributes:
        task: its name and parts.
        service: what it says of itself.
        models: the names of its models, the default one first, with a sentence about each.
    """

    task: Task
    service: Service
    models: Mapping[str, str]

    @property
    def name(self) -> str:
        """The task's name, and that of its address."""
        return self.task.name

    @cached_property
    def stream(self) -> Callable[..., Any]:
        """The pipeline class's `stream`. Imports the pipeline."""
        return get_type_hints(self.task.load)["return"].stream

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The options that a request may set, by name."""
        hints, signature = get_type_hints(self.stream), inspect.signature(self.stream).parameters
        return {name: Parameter(option, hints[name], signature[name].default) for name, option in self.service.options.items()}

    def takes(self, option: str) -> bool:
        """Whether the pipeline's `stream` has an option."""
        return option in inspect.signature(self.stream).parameters

    def model(self, name: str | None) -> str:
        """A model's full name; what stands before the slash may be left out. Raises Problem for any but the task's models: a
        client names no folder."""
        if name is None:
            return next(iter(self.models))
        full = [model for model in self.models if name in (model, model.partition("/")[2])]
        if not full:
            near = did_you_mean(name, self.models) or f"; the models are {', '.join(self.models)}"
            raise Problem(422, f"no model {name!r} of the task {self.name}{near}")
        return full[0]


class Catalog:
    """All offers, and the pipelines that are loaded."""

    def __init__(self, only: tuple[str, ...] = ()):
        models: dict[str, dict[str, str]] = {}
        for name in named():
            try:
                folder = open_folder(name)
            except ModelError:  # `mediakit models` says what is wrong with it
                continue
            models.setdefault(folder.task, {})[name] = folder.manifest.get("summary", "")
        self.offers: dict[str, Offer] = {}
        for task in installed_tasks():
            if (service := task.service) and task.name in models and (not only or task.name in only):
                of_task = models[task.name]
                default = service.model if service.model in of_task else next(iter(of_task))
                self.offers[task.name] = Offer(task, service, {default: of_task[default], **of_task})
        self.pipelines: dict[str, Any] = {}
        self._loading = Lock()

    def find(self, name: str) -> Offer:
        """The offer of a name. Raises Problem when there is none."""
        if name not in self.offers:
            near = did_you_mean(name, self.offers) or f"; the tasks are {', '.join(self.offers)}"
            raise Problem(404, f"no task {name!r}{near}")
        return self.offers[name]

    def models(self) -> list[dict[str, Any]]:
        """The models of all offers, and what was measured of them, as `mediakit models --json` says it."""
        return [describe(open_folder(name)) for offer in self.offers.values() for name in offer.models]

    def pipeline(self, offer: Offer, model: str) -> Any:
        """The pipeline of a model. The first call loads it; others wait meanwhile. Raises ModelError for a damaged one."""
        with self._loading:
            if model not in self.pipelines:
                # Requests are worked on side by side; a pipeline's own threads would only stand in their way.
                self.pipelines[model] = offer.task.load(open_folder(model), threads=1)
            return self.pipelines[model]
