"""The model that a command was asked for."""

import pytest

from mediakit.console.models import model_for
from mediakit.errors import InputError, ModelError


def test_a_model_is_found_by_name_by_the_end_of_its_name_and_by_path(tiny_model):
    assert model_for("music", "music/jsb").name == model_for("music", "jsb").name == "music/jsb"
    assert model_for("captioning", str(tiny_model)).path == tiny_model


def test_an_unknown_model_gets_the_names_and_the_nearest_one():
    with pytest.raises(ModelError, match="one of jsb, nottingham; did you mean nottingham"):
        model_for("music", "notingham")
    with pytest.raises(InputError, match="is a model of the task captioning, not of music"):
        model_for("music", "captioning")
    with pytest.raises(ModelError, match="no model ''"):
        model_for("captioning", "")
