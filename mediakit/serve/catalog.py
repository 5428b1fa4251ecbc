"""The tasks that are served: their models, their options, and their pipelines, each loaded when it is first used."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, get_type_hints

from mediakit.errors import ModelError, did_you_mean
from mediakit.runtime.model_folder import ModelFolder, named, open_folder
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
    """A service of a task.

    Attributes:
        task: its name and parts.
        service: what the task says of it.
        models: the names of its models, the default one first, with a sentence about each.
    """

    task: Task
    service: Service
    models: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of its address."""
        return self.service.name or self.task.name

    @cached_property
    def load(self) -> Callable[..., Any]:
        """`load(folder, **options)` returns the pipeline. Imports it."""
        return self.task.part("load", self.service.pipeline)

    @cached_property
    def stream(self) -> Callable[..., Any]:
        """The pipeline class's `stream`. Imports the pipeline."""
        return get_type_hints(self.load)["return"].stream

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
            raise Problem(422, f"no model {name!r} of {self.name}{near}")
        return full[0]


class Catalog:
    """All offers, and the pipelines that are loaded."""

    def __init__(self, only: tuple[str, ...] = ()):
        folders: dict[str, dict[str, ModelFolder]] = {}  # by task and name
        for name in named():
            with suppress(ModelError):  # `mediakit models` says what is wrong with it
                folder = open_folder(name)
                folders.setdefault(folder.task, {})[name] = folder
        self.offers: dict[str, Offer] = {}
        for task in installed_tasks():
            for service in task.services:
                offer = Offer(task, service, _models(service, folders.get(task.name, {})))
                if offer.models and (not only or offer.name in only):
                    self.offers[offer.name] = offer
        self.pipelines: dict[tuple[str, str], Any] = {}  # by offer and model
        self._loading = Lock()

    def find(self, name: str) -> Offer:
        """The offer of a name. Raises Problem when there is none."""
        if name not in self.offers:
            near = did_you_mean(name, self.offers) or f"; the tasks are {', '.join(self.offers)}"
            raise Problem(404, f"no task {name!r}{near}")
        return self.offers[name]

    def models(self) -> list[dict[str, Any]]:
        """The models of all offers, and what was measured of them, as `mediakit models --json` says it."""
        names = dict.fromkeys(name for offer in self.offers.values() for name in offer.models)
        return [describe(open_folder(name)) for name in names]

    def pipeline(self, offer: Offer, model: str) -> Any:
        """The pipeline of a model. The first call loads it; others wait meanwhile. Raises ModelError for a damaged one."""
        with self._loading:
            if (offer.name, model) not in self.pipelines:
                # Requests are worked on side by side; a pipeline's own threads would only stand in their way.
                self.pipelines[offer.name, model] = offer.load(open_folder(model), threads=1)
            return self.pipelines[offer.name, model]


def _models(service: Service, folders: Mapping[str, ModelFolder]) -> dict[str, str]:
    """The names of the models that fit a service, its default one first, each with its summary."""
    fitting = {name: folder.manifest.get("summary", "") for name, folder in folders.items() if service.fits(folder.manifest)}
    first = {service.model: fitting[service.model]} if service.model in fitting else {}
    return first | fitting
