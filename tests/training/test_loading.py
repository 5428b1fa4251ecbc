"""Recipes by name, their settings, and mistakes in them: each is one line that says where and what to do."""

import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")

from mediakit.errors import InputError, RecipeError
from mediakit.training.loading import Recipe, find_recipe, make_config


@pytest.fixture
def lenet(repository):
    return (repository / "recipes" / "lenet.py").read_text(encoding="utf-8")


def write(folder: Path, text: str) -> str:
    file = folder / "mine.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(file)


def test_by_name_by_path_and_as_a_module(tmp_path, lenet):
    from mediakit.recipes import lenet as module

    assert find_recipe("lenet").module is find_recipe(module).module is module
    mine = find_recipe(write(tmp_path, lenet))
    assert (mine.module_name, mine.task, mine.config({}).epochs) == ("mine", "classification", 10)
    with pytest.raises(InputError, match=r"no recipe 'nothing'; known: .*captioning.*lenet"):
        find_recipe("nothing")
    with pytest.raises(InputError, match=r"none\.py: no such recipe file"):
        find_recipe(str(tmp_path / "none.py"))


def test_settings_from_text_and_from_values():
    config = find_recipe("captioning").module.Config
    made = make_config(config, {"units": "64", "imagenet": "false", "dropout": "0.1", "heads": 2, "label_smoothing": 0})
    assert (made.units, made.imagenet, made.dropout, made.heads, made.label_smoothing) == (64, False, 0.1, 2, 0)
    for given in ('{"beam": 5}', {"beam": 5}):
        assert make_config(config, {"decoding": given}).decoding == {"beam": 5}
    assert make_config(find_recipe("dcgan").module.Config, {"channels": "none"}).channels is None
    assert make_config(find_recipe("ssd").module.Config, {"ratios": [1.0, 3.0]}).ratios == (1.0, 3.0)  # as in a manifest


@dataclass(frozen=True)
class Settings:
    units: int = 4
    imagenet: bool = True
    cell: Literal["lstm", "gru"] = "lstm"
    decoding: dict[str, Any] = field(default_factory=dict)


def test_a_setting_with_few_choices():
    assert make_config(Settings, {"cell": "gru"}).cell == "gru"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unitz": "1"}, r"no setting unitz; known: .*units"),
        ({"units": "many"}, "units=many: wanted int"),
        ({"units": 1.5}, "units=1.5: wanted int"),
        ({"decoding": "beam=5"}, "wanted JSON of a dict"),
        ({"decoding": "5"}, "wanted JSON of a dict"),
        ({"imagenet": "maybe"}, "wanted bool"),
        ({"cell": "rnn"}, "setting cell=rnn: choose from lstm, gru"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=message):
        make_config(Settings, settings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('TASK = "classification"', "", r"mine\.py: not a recipe: it lacks TASK"),
        ("    epochs: int = 10", "    epochs: int", r"Config\.epochs has no default|cannot be imported: TypeError"),
        ("@dataclass(frozen=True)\n", "", "Config must be a dataclass"),
        ("def networks(config: Config, data: LabelledImages, model: keras.Model)", "def networks(config, model)",
         r"networks takes \(config, model\), wanted networks\(config, data, model\)"),
        ("import keras\n", "import kerras\n", r"mine\.py, line \d+: cannot be imported: ModuleNotFoundError"),
        ("def build(", "def build((", r"line \d+: cannot be imported: SyntaxError"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file(tmp_path, lenet, old, new, message):
    assert old in lenet
    with pytest.raises(RecipeError, match=message) as raised:
        find_recipe(write(tmp_path, lenet.replace(old, new)))
    assert "\n" not in str(raised.value)


def module(**parts: Any) -> ModuleType:
    """A recipe whose functions do as little as they can."""
    made = ModuleType("mine")
    made.__dict__.update(vars(find_recipe("lenet").module) | {"__name__": "mine", "__file__": __file__} | parts)
    return made


@pytest.mark.parametrize(
    ("function", "returned", "message"),
    [
        ("build", None, "build must return a Model, not a NoneType"),
        ("phases", None, "phases must return a list or tuple, not a NoneType"),
        ("phases", [1], "phases must return a list of Phase, not a list of int"),
        ("networks", {"a": 1}, "networks must return a dictionary of Export, not a dictionary of int"),
        ("files", [], "files must return a dict"),
        ("card", {}, "card must return a Card, not a dict"),
    ],
)
def test_what_functions_return_is_checked(function, returned, message):
    recipe = Recipe(module(**{function: lambda *arguments: returned}))
    arguments = {"phases": (None, None, None, None), "networks": (None, None, None)}.get(function, (recipe.config({}), None))
    with pytest.raises(RecipeError, match=f"mine: {message}"):
        getattr(recipe, function)(*arguments)


def test_an_exception_in_a_recipe_names_its_line():
    def build(config, data):
        return data["no such key"]

    with pytest.raises(RecipeError, match=r"mine: build, line \d+: KeyError: 'no such key' \(MEDIAKIT_DEBUG=1"):
        Recipe(module(build=build)).build(find_recipe("lenet").config({}), {})


def test_exceptions_of_others_pass_through():
    with pytest.raises(KeyError), Recipe(find_recipe("lenet").module).blame("training"):
        raise KeyError
