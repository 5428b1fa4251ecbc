"""Recipes by name, without what trains them."""

import subprocess
import sys

import pytest

from mediakit.errors import InputError
from mediakit.runtime.recipes import check_recipe, recipe_names


def test_names():
    assert {"captioning", "lenet", "ssd"} <= set(recipe_names()) and "translation_model" not in recipe_names()
    check_recipe("lenet")
    with pytest.raises(InputError, match=r"no recipe 'lenett'; .* did you mean lenet\?"):
        check_recipe("lenett")


@pytest.mark.parametrize("call", ["mediakit.train('nope', 'data')", "mediakit.cli.mediakit(['train', 'nope', '--data', 'data'])"])
def test_an_unknown_recipe_is_named_before_the_missing_extra(call):
    script = f"import sys; sys.modules['keras'] = None\nimport mediakit, mediakit.cli\n{call}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "no recipe 'nope'; known: " in done.stderr and "keras" not in done.stderr
