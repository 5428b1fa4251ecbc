"""Tasks are found by name, here and in other distributions."""

from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

import mediakit
from mediakit import tasks
from mediakit.errors import ModelError
from mediakit.tasks.captioning import pipeline


def test_a_task_imports_its_parts_from_their_modules():
    task = tasks.find_task("captioning")
    assert task.load is pipeline.load
    assert task.command_name == "caption"


@pytest.mark.parametrize("name", ["juggling", "", "../captioning", "captioning.pipeline"])
def test_an_unknown_task_is_refused(name):
    with pytest.raises(ModelError, match="no installed package provides the task"):
        tasks.find_task(name)


def test_other_distributions_bring_tasks(monkeypatch):
    module = SimpleNamespace(__name__="juggling_kit", COMMAND="juggle", load=lambda folder: "a juggler")
    point = EntryPoint("juggling", "juggling_kit", tasks.ENTRY_POINTS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: module)
    monkeypatch.setattr(tasks, "entry_points", lambda group, name=None: [point] if name in (None, "juggling") else [])
    assert "juggling" in tasks.task_names()
    assert tasks.find_task("juggling").load(None) == "a juggler"
    with pytest.raises(ModelError, match="provides no evaluate: juggling_kit lacks it"):
        tasks.find_task("juggling").evaluate  # noqa: B018


@pytest.mark.parametrize("old", ["trailer_genre", "style_gan/emoji"])
def test_models_named_after_their_recipe_still_load(old):
    assert mediakit.load(old).folder.name == old
