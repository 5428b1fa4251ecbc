"""The recipes that `mediakit train` knows, by name. Finding out needs no TensorFlow."""

import importlib.metadata
import importlib.util
from pathlib import Path

from mediakit.errors import InputError, did_you_mean


def recipe_names() -> list[str]:
    """The recipes that come with mediakit and those that other packages register. A file that ends in `_model` holds the networks
    of the recipe beside it."""
    package = importlib.util.find_spec("mediakit.recipes")
    folders = package.submodule_search_locations or [] if package else []
    files = (file for folder in folders for file in Path(folder).glob("*.py"))
    own = [file.stem for file in files if not file.stem.startswith("_") and not file.stem.endswith("_model")]
    return sorted({*own, *(point.name for point in importlib.metadata.entry_points(group="mediakit.recipes"))})


def check_recipe(recipe: str) -> None:
    """Raise InputError for what is neither the name of a recipe nor the path of a recipe file."""
    if recipe.endswith(".py"):
        if not Path(recipe).exists():
            raise InputError(f"{recipe}: no such recipe file")
    elif recipe not in (known := recipe_names()):
        near = did_you_mean(recipe, known)
        raise InputError(f"no recipe {recipe!r}; known: {', '.join(known)}, or the path of a recipe file (.py){near}")
