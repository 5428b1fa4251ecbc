"""A task's pipeline: the package's own, or another package's."""

import importlib.metadata
from types import SimpleNamespace

import pytest

from mediakit.errors import ModelError
from mediakit.pipelines import captioning
from mediakit.pipelines.registry import pipeline_module


def test_own():
    assert pipeline_module("captioning") is captioning


@pytest.mark.parametrize("task", ["juggling", "../captioning", "", "captioning.load"])
def test_an_unknown_task_is_named(task):
    with pytest.raises(ModelError, match="no pipeline for the task"):
        pipeline_module(task)


def test_of_another_package(monkeypatch):
    theirs = SimpleNamespace(load=print)
    points = {("mediakit.pipelines", "juggling"): [SimpleNamespace(load=lambda: theirs)]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group, name: points.get((group, name), []))
    assert pipeline_module("juggling") is theirs
