"""Measuring a model of any task: from its name and a data set to an evaluation."""

import datetime

import pytest

import mediakit
from mediakit.errors import DataError, InputError, ModelError
from mediakit.runtime.model_folder import open_folder

pytest.importorskip("seqeval", reason="the scorer needs the extra train")


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "train.txt").write_text("in O\nYork B-NAME\n")
    (folder / "dev.txt").write_text("by O\nAda B-NAME\n\nnothing O\n\nno O\nBen B-NAME\n")
    return folder


def test_it_says_what_was_measured(data, tiny_entities):
    found = mediakit.evaluate(tiny_entities, data=data, split="dev")
    assert (found.data, found.split, found.examples, found.options) == ("news", "dev", 3, {})
    assert found.values["F1"] == 100
    assert datetime.date.fromisoformat(found.date) <= datetime.date.today()


def test_options_are_the_pipelines(data, tiny_entities):
    found = mediakit.evaluate(str(tiny_entities), data=str(data), split="dev", threshold=1)
    assert found.options == {"threshold": 1} and found.values["F1"] == 0
    with pytest.raises(InputError, match="no option 'beam'"):
        mediakit.evaluate(tiny_entities, data=data, split="dev", beam=1)


def test_a_limit_is_said(data, tiny_entities):
    found = mediakit.evaluate(tiny_entities, data=data, split="dev", limit=2)
    assert found.examples == 2 and found.split == "dev[:2]"


def test_metrics_are_recorded_only_if_asked(data, tiny_entities):
    mediakit.evaluate(tiny_entities, data=data, split="dev")
    assert open_folder(tiny_entities).manifest["figures"] == []
    found = mediakit.evaluate(tiny_entities, data=data, split="dev", record=True)
    assert open_folder(tiny_entities).manifest["figures"] == [found.to_dict()]
    assert found.table() in (tiny_entities / "card.md").read_text()


def test_what_is_wrong_is_said(data, tiny_entities):
    with pytest.raises(DataError, match="no such folder"):
        mediakit.evaluate(tiny_entities, data=data / "absent", split="dev")
    with pytest.raises(ModelError, match="several models of translation: name one of translation/en-cs"):
        mediakit.evaluate("translation", data=data, split="dev")
    with pytest.raises(ModelError, match="did you mean captioning"):
        mediakit.evaluate("captoning", data=data, split="dev")


def test_a_split_without_examples_is_an_error(data, tiny_entities):
    (data / "dev.txt").write_text("\n")
    with pytest.raises(DataError, match="dev"):
        mediakit.evaluate(tiny_entities, data=data, split="dev")
