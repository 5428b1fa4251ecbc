"""Tasks are found by name, here and in other distributions."""

import json
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


@pytest.mark.parametrize(("fixture", "task"), [("tiny_style_gan", "style_gan"), ("tiny_dcgan", "dcgan")])
def test_folders_whose_task_had_another_name_still_load(request, fixture, task):
    folder = request.getfixturevalue(fixture)
    file = folder / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "task": task}))
    assert mediakit.load(folder).folder.task == "image_generation"


def test_a_model_of_an_unknown_task_is_one_line_with_its_folder(tiny_model):
    file = tiny_model / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "task": "juggling", "versions": {"mediakit": "1", "juggling-kit": "2"}}))
    with pytest.raises(ModelError, match=r"tiny_model: .*'juggling'; known: .*captioning, .*; install juggling-kit$"):
        mediakit.load(tiny_model)
