"""What a recipe tells the trainer: its phases, and in each phase who moves which weights down which loss.

A recipe is a module (`mediakit.recipes.captioning`, or a file of one's own) with these names:

    Config                          frozen dataclass; every field can be set from the command line
    read(config, folder) -> data    examples and whatever belongs to them (a vocabulary); may raise DataError
    build(config, data) -> keras.Model
    phases(context) -> list[Phase]
    networks(config, model) -> dict[str, Export]
    files(data) -> dict[str, Callable[[Path], None]]   what else belongs in the model folder, and how to write it
    card(config, data) -> Card      what the model card says beside the figures
"""

import dataclasses
import importlib
import importlib.metadata
import importlib.util
import json
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import tensorflow as tf

from mediakit.errors import DataError, InputError

REQUIRED = ("Config", "read", "build", "phases", "networks", "files", "card")


@dataclass(frozen=True)
class Shard:
    """Which rows of a global batch one replica reads: those at `index`, `index + count`, …"""

    index: int = 0
    count: int = 1

    def rows(self, batch):
        """This replica's share of a global batch's rows (any sliceable)."""
        return batch[self.index :: self.count]


@dataclass(frozen=True)
class Loss:
    """A loss as sums over this replica's examples; the trainer divides by the weight of all replicas together.

    A mean of the replicas' means would weigh a word on a replica with few words more than one elsewhere.
    """

    total: tf.Tensor
    weight: tf.Tensor
    metrics: dict[str, tuple[tf.Tensor, tf.Tensor]] = field(default_factory=dict)  # name: (sum, weight)


@dataclass(frozen=True)
class Group:
    """Weights that one optimizer moves."""

    variables: Sequence[keras.Variable]
    optimizer: keras.optimizers.Optimizer


@dataclass(frozen=True)
class Update:
    """One move in a training step: a loss, its gradient, clipped by global norm over all groups, applied.

    `every` counts steps between two such moves (lazy regularisation).
    """

    name: str
    loss: Callable[[Any], Loss]
    groups: Sequence[Group]
    clip_norm: float | None = None
    every: int = 1


@dataclass(frozen=True)
class Phase:
    """A stretch of training with its own data, losses and optimizers.

    Args:
        name: used in logs and checkpoints.
        epochs, steps: epochs, and steps in each.
        batches: `(shard, epoch, start)` to a dataset of this replica's part of the global batches `start`, `start + 1`, … of
            an epoch. It must depend on nothing else, so that training resumes exactly and on any number of replicas.
        updates: makes optimizers and losses; called once, under the strategy's scope.
        prepare: called before the first step, after a resume too (cached features, for example).
        validate: figures after each epoch.
        watch: which figure chooses the epoch that the phase ends with ("-loss": lower is better); None keeps the last.
        average: decay of an exponential moving average of the weights, which validation and what follows then use.
        state: variables beside the model's and the optimizers' that the losses or `after_step` keep; checkpoints hold them.
        after_step: given each step's figures over all replicas, by name; it may change `state`.
    """

    name: str
    epochs: int
    steps: int
    batches: Callable[[Shard, int, int], tf.data.Dataset]
    updates: Callable[[], Sequence[Update]]
    prepare: Callable[[], None] | None = None
    validate: Callable[[], dict[str, float]] | None = None
    watch: str | None = None
    average: float | None = None
    state: Sequence[keras.Variable] = ()
    after_step: Callable[[dict[str, tf.Tensor]], None] | None = None


@dataclass(frozen=True)
class Context:
    """What `phases` is given, under the strategy's scope: config, model, data, and the run folder, for caches and samples."""

    config: Any
    model: keras.Model
    data: Any
    run: Path

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.run / "cache"


@dataclass(frozen=True)
class Export:
    """A network that ships: a Keras model whose inputs and outputs are dictionaries (their keys name the tensors).

    Args:
        model: the network.
        batch: fixed batch size; None for a dynamic one.
        weights: "float32", "float16", or "int8" (dynamic range).
        tolerance: largest relative difference ‖shipped - Keras‖ / ‖Keras‖ of any output.
        example: inputs for that comparison; random numbers by default.
    """

    model: keras.Model
    batch: int | None = None
    weights: str = "float32"
    tolerance: float = 1e-3
    example: dict[str, Any] | None = None


@dataclass(frozen=True)
class Card:
    """What a model card says beside the figures; `name` is the shipped model's, such as `translation/en-de`."""

    name: str
    summary: str
    good_for: Sequence[str]
    not_good_for: Sequence[str]
    training: str
    headline: str
    license: str
    data: Sequence[dict[str, str]]


def find_recipe(name: str) -> ModuleType:
    """A recipe by name, by entry point (`mediakit.recipes`) or by the path of a file; checks that it has all parts."""
    module = _module_from_file(Path(name)) if name.endswith(".py") else _module_from_name(name)
    missing = [part for part in REQUIRED if not hasattr(module, part)]
    if missing:
        raise InputError(f"{name}: not a recipe: it has no {', '.join(missing)}")
    return module


def recipe_names() -> list[str]:
    """The recipes that come with mediakit and those that other packages register."""
    folder = Path(importlib.import_module("mediakit.recipes").__path__[0])
    own = [file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")]
    return sorted({*own, *(point.name for point in importlib.metadata.entry_points(group="mediakit.recipes"))})


def _module_from_name(name: str) -> ModuleType:
    for point in importlib.metadata.entry_points(group="mediakit.recipes", name=name):
        return point.load()
    if name not in recipe_names():
        raise InputError(f"no recipe {name!r}; known: {', '.join(recipe_names())}, or the path of a recipe file (.py)")
    return importlib.import_module(f"mediakit.recipes.{name}")


def _module_from_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise InputError(f"{path}: no such recipe file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_config(config_class: type, settings: dict[str, str]) -> Any:
    """A `Config` with fields set from text (`--set name=value`). An unknown name or a value of another type is an InputError."""
    types = typing.get_type_hints(config_class)
    unknown = sorted(set(settings) - set(types))
    if unknown:
        raise InputError(f"no setting {', '.join(unknown)}; known: {', '.join(sorted(types))}")
    return config_class(**{name: _parse(name, text, types[name]) for name, text in settings.items()})


def _parse(name: str, text: str, wanted: Any) -> Any:
    options = [option for option in typing.get_args(wanted) or (wanted,) if option is not type(None)]
    if text.lower() == "none" and type(None) in typing.get_args(wanted):
        return None
    try:
        if options[0] is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        return options[0](json.loads(text) if options[0] is dict else text)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"--set {name}={text}: wanted {'JSON of a ' if options[0] is dict else ''}{options[0].__name__}") from error


def config_as_dict(config: Any) -> dict[str, Any]:
    """A config's fields, ready for JSON."""
    return dataclasses.asdict(config)


def require(condition: bool, message: str) -> None:
    """Raise DataError with `message` unless `condition`."""
    if not condition:
        raise DataError(message)
