"""Finding a recipe, setting its Config, and calling its functions so that a mistake in one is a single clear line."""

import dataclasses
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import traceback
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import keras

from mediakit.errors import InputError, MediakitError, MissingExtra, RecipeError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.recipes import check_recipe, recipe_names
from mediakit.training.recipe import Card, Export, Phase

REQUIRED = ("TASK", "Config", "read", "build", "phases", "networks")
ARGUMENTS = {
    "read": ("config", "folder"),
    "build": ("config", "data"),
    "phases": ("config", "data", "model", "run"),
    "networks": ("config", "data", "model"),
    "files": ("config", "data"),
    "card": ("config", "data"),
    "calibrate": ("config", "data", "model"),
    "read_files": ("config", "folder"),
    "axis_names": ("config", "data"),
    "initialize_rest": ("variables",),
}


class Recipe:
    """A recipe module whose functions are called with checks of what they take and return.

    Args:
        module: the module.
        name: as the user gave it, for messages; the module's own name by default.

    Raises RecipeError when the module does not keep the contract of `mediakit.training.recipe`.
    """

    def __init__(self, module: ModuleType, name: str | None = None):
        registered = name is not None and name in recipe_names()
        self.module, self.module_name = module, name if registered else module.__name__.rpartition(".")[2]
        self.name = name or self.module_name
        missing = [part for part in REQUIRED if not hasattr(module, part)]
        if missing:
            raise RecipeError(f"{self.name}: not a recipe: it lacks {', '.join(missing)} (see docs/recipes.md)")
        self._check_config()
        for function in (name for name in ARGUMENTS if hasattr(module, name)):
            self._check_arguments(function)

    @property
    def reference(self) -> str:
        """What `find_recipe` finds it by again, from any folder: its name, or the path of its file."""
        return (
            self.module_name
            if self.module_name in recipe_names() and self.name == self.module_name
            else str(Path(self.module.__file__).resolve())
        )

    @property
    def package(self) -> dict[str, str]:
        """The other distribution that brings it, with its version; empty for our own recipes and for files."""
        points = importlib.metadata.entry_points(group="mediakit.recipes", name=self.module_name) if self.name == self.module_name else ()
        brings = [point.dist for point in points if point.dist and not point.value.startswith("mediakit.recipes.")]
        return {brought.name: brought.version for brought in brings}

    @property
    def task(self) -> str:
        """What comes out of its models."""
        return self.module.TASK

    def config(self, settings: Mapping[str, Any]) -> Any:
        """A Config with these fields set, as values or as text. Raises InputError for an unknown name or a wrong value."""
        return make_config(self.module.Config, settings)

    def read(self, config: Any, folder: Path, start: Any = None) -> Any:
        """The examples of a folder; with a WarmStart, in the words and labels of the trained model."""
        takes_start = "start" in inspect.signature(self.module.read).parameters
        return self._call("read", config, folder, start) if takes_start else self._call("read", config, folder)

    def build(self, config: Any, data: Any) -> keras.Model:
        """The model, its initial weights and dropout seeded by `config.seed`."""
        keras.utils.set_random_seed(getattr(config, "seed", 0))
        return self._returned("build", keras.Model, self._call("build", config, data))

    def phases(self, config: Any, data: Any, model: keras.Model, run: Path) -> list[Phase]:
        """The phases of training."""
        phases = self._returned("phases", list | tuple, self._call("phases", config, data, model, run))
        for phase in phases:
            self._returned("phases", Phase, phase, "a list of")
        return list(phases)

    def networks(self, config: Any, data: Any, model: keras.Model) -> dict[str, Export]:
        """The networks that ship, their tensors named."""
        networks = self._returned("networks", dict, self._call("networks", config, data, model))
        for export in networks.values():
            self._returned("networks", Export, export, "a dictionary of")
        with self.blame("networks"):
            return {key: dataclasses.replace(export, model=_with_named_tensors(export.model)) for key, export in networks.items()}

    def files(self, config: Any, data: Any) -> dict[str, Callable[[Path], None]]:
        """Other files of the model folder: none by default."""
        return self._returned("files", dict, self._call("files", config, data)) if hasattr(self.module, "files") else {}

    def card(self, config: Any, data: Any) -> Card:
        """The model card: an empty one by default."""
        return self._returned("card", Card, self._call("card", config, data)) if hasattr(self.module, "card") else Card()

    def calibrate(self, config: Any, data: Any, model: keras.Model) -> dict[str, float]:
        """What the manifest says of the model's calibration: nothing by default."""
        if not hasattr(self.module, "calibrate"):
            return {}
        return self._returned("calibrate", dict, self._call("calibrate", config, data, model))

    @property
    def warm_start_settings(self) -> dict[str, Any]:
        """Settings that a warm start does not take from the trained model: none by default."""
        return getattr(self.module, "WARM_START", {})

    def read_files(self, config: Any, folder: ModelFolder) -> Any:
        """Data without examples from the files of a model folder; None for a recipe that keeps nothing."""
        return self._call("read_files", config, folder) if hasattr(self.module, "read_files") else None

    def axis_names(self, config: Any, data: Any) -> dict[str, tuple[Sequence[str] | None, ...]]:
        """By a variable's path, what the entries along each of its axes belong to."""
        return self._returned("axis_names", dict, self._call("axis_names", config, data)) if hasattr(self.module, "axis_names") else {}

    def initialize_rest(self, variables: Sequence[keras.Variable]) -> None:
        """Initial values for trainable variables that a warm start has left: as built, by default."""
        if hasattr(self.module, "initialize_rest"):
            self._call("initialize_rest", variables)

    @contextmanager
    def blame(self, where: str) -> Iterator[None]:
        """Turn an exception from the recipe's own lines into a RecipeError that names the line; others pass through."""
        try:
            yield
        except RecipeError as error:
            named = str(error).startswith(f"{self.name}: ")
            raise (error if named else RecipeError(f"{self.name}: {error}")) from error.__cause__
        except MediakitError:
            raise
        except Exception as error:
            file = getattr(self.module, "__file__", None)
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
            if not lines:
                raise
            reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
            raise RecipeError(
                f"{self.name}: {where}, line {lines[-1]}: {type(error).__name__}: {reason} (MEDIAKIT_DEBUG=1 shows the traceback)"
            ) from error

    def _call(self, function: str, *arguments: Any) -> Any:
        with self.blame(function):
            return getattr(self.module, function)(*arguments)

    def _returned(self, function: str, wanted: Any, value: Any, kind: str = "a") -> Any:
        if not isinstance(value, wanted):
            names = " or ".join(each.__name__ for each in typing.get_args(wanted) or (wanted,))
            raise RecipeError(f"{self.name}: {function} must return {kind} {names}, not {kind} {type(value).__name__}")
        return value

    def _check_config(self) -> None:
        config = self.module.Config
        if not (isinstance(config, type) and dataclasses.is_dataclass(config)):
            raise RecipeError(f"{self.name}: Config must be a dataclass: put @dataclass(frozen=True) above it")
        for field in dataclasses.fields(config):
            if field.default is field.default_factory is dataclasses.MISSING:
                raise RecipeError(f"{self.name}: Config.{field.name} has no default: give it one, as `{field.name}: … = …`")

    def _check_arguments(self, function: str) -> None:
        signature, wanted = inspect.signature(getattr(self.module, function)), ARGUMENTS[function]
        try:
            signature.bind(*wanted)
        except TypeError as error:
            raise RecipeError(
                f"{self.name}: {function} takes ({', '.join(signature.parameters)}), wanted {function}({', '.join(wanted)})"
            ) from error


def find_recipe(recipe: str | ModuleType) -> Recipe:
    """A recipe by name, by entry point (`mediakit.recipes`), by the path of a file, or as a module."""
    if isinstance(recipe, ModuleType):
        return Recipe(recipe)
    check_recipe(recipe)
    return Recipe(_module_from_file(Path(recipe)) if recipe.endswith(".py") else _module_from_name(recipe), recipe)


def _module_from_name(name: str) -> ModuleType:
    try:
        for point in importlib.metadata.entry_points(group="mediakit.recipes", name=name):
            return point.load()
        return importlib.import_module(f"mediakit.recipes.{name}")
    except ModuleNotFoundError as error:
        raise MissingExtra.of("train", error.name or "a package") from error


def _module_from_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except MediakitError:
        raise
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        lines += [error.lineno or 0] if isinstance(error, SyntaxError) else []
        where = f", line {lines[-1]}" if lines else ""
        raise RecipeError(f"{path}{where}: cannot be imported: {type(error).__name__}: {error}") from error
    return module


def make_config(config_class: type, settings: Mapping[str, Any]) -> Any:
    """A `Config` with fields set from values or from text (`--set name=value`).

    Raises InputError for an unknown name or a value of another type.
    """
    types = typing.get_type_hints(config_class)
    unknown = sorted(set(settings) - set(types))
    if unknown:
        raise InputError(f"no setting {', '.join(unknown)}; known: {', '.join(sorted(types))}")
    return config_class(**{name: _parse(name, value, types[name]) for name, value in settings.items()})


def _parse(name: str, value: Any, wanted: Any) -> Any:
    """A setting as a value of its field's type. Text is converted, other values are only checked."""
    if typing.get_origin(wanted) is typing.Literal:
        if value not in typing.get_args(wanted):
            raise InputError(f"setting {name}={value}: choose from {', '.join(typing.get_args(wanted))}")
        return value
    optional = type(None) in typing.get_args(wanted)
    kind = next(option for option in typing.get_args(wanted) if option is not type(None)) if optional else wanted
    plain = typing.get_origin(kind) or kind
    if optional and (value is None or (isinstance(value, str) and value.lower() == "none")):
        return None
    if (plain is float and isinstance(value, int)) or (plain is not Any and isinstance(value, plain)):
        return value
    if plain is tuple and isinstance(value, list):  # from JSON
        return tuple(value)
    try:
        if not isinstance(value, str):
            raise TypeError
        if plain is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
        if plain in (dict, list, tuple):
            loaded = json.loads(value)
            if isinstance(loaded, dict) != (plain is dict):
                raise TypeError
            return plain(loaded)
        return plain(value)
    except (ValueError, KeyError, TypeError) as error:
        what = f"JSON of a {plain.__name__}" if plain in (dict, list, tuple) else plain.__name__
        raise InputError(f"setting {name}={value}: wanted {what}") from error


def config_as_dict(config: Any) -> dict[str, Any]:
    """A config's fields, ready for JSON."""
    return json.loads(json.dumps(dataclasses.asdict(config), default=str))


def _with_named_tensors(model: keras.Model) -> keras.Model:
    """The model with dictionaries of inputs and outputs; tensors get the names of their keras.Input, outputs those of their layers."""
    if isinstance(model.input, dict) and isinstance(model.output, dict):
        return model
    inputs = model.input if isinstance(model.input, dict) else {tensor.name: tensor for tensor in model.inputs}
    outputs = model.output if isinstance(model.output, dict) else dict(zip(model.output_names, model.outputs, strict=True))
    return keras.Model(inputs, outputs, name=model.name)
