"""Metrics of named entities."""

import numpy as np
import pytest

import mediakit
from mediakit.datasets import conll
from mediakit.datasets.conll import TaggedSentence
from mediakit.errors import InputError
from mediakit.tasks.named_entities import metrics

pytest.importorskip("seqeval", reason="the scorer needs the extra train")

TRAIN = "in O\nNew B-NAME\nYork I-NAME\n\nYork B-CITY\n\nYork B-CITY\n"
DEV = "by O\nAda B-NAME\nand O\nB B-NAME\nC B-NAME\n\nin O\nYork B-CITY\n\nnothing O\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train.txt").write_text(TRAIN)
    (tmp_path / "dev.txt").write_text(DEV)
    return tmp_path


def test_a_model_that_is_sometimes_right(folder, tiny_entities):
    """It finds Ada, takes B C for one entity, and York for a NAME: one of its three entities is correct, and one of four is found."""
    found = metrics.evaluate(mediakit.load(tiny_entities), metrics.examples(folder, "dev", {}))
    assert found.examples == 3 and found.options == {}
    values = found.values
    assert values["precision"] == pytest.approx(100 / 3) and values["recall"] == 25
    assert values["F1"] == pytest.approx(200 / 7) and values["F1 CITY"] == 0 and values["F1 NAME"] == pytest.approx(200 / 6)
    low, high = found.intervals["F1"]
    assert 0 <= low < values["F1"] < high <= 100
    baselines = found.baselines
    assert baselines["longest match with training entities"]["F1 CITY"] == 100
    assert baselines["this model, all in lower case"]["F1"] == 0
    assert baselines["this model, all in upper case"]["F1"] < values["F1"]


def test_options_reach_the_pipeline(folder, tiny_entities):
    found = metrics.evaluate(mediakit.load(tiny_entities), metrics.examples(folder, "dev", {}), options={"threshold": 1})
    assert found.options == {"threshold": 1} and found.values["F1"] == 0
    with pytest.raises(InputError, match="no option 'beam'; the options are threshold"):
        metrics.evaluate(mediakit.load(tiny_entities), metrics.examples(folder, "dev", {}), options={"beam": 1})


def test_longest_match():
    known = metrics.entity_dictionary([TaggedSentence(tuple("abcabab"), ("B-X", "I-X", "O", "B-Y", "I-Y", "B-Y", "I-Y"))])
    assert known == {("a", "b"): "Y"}
    known = {**known, ("a", "b", "c"): "Z", ("c",): "W"}
    assert metrics.longest_matches(tuple("abcabxcab"), known) == ("B-Z", "I-Z", "I-Z", "B-Y", "I-Y", "O", "B-W", "B-Y", "I-Y")
    assert metrics.longest_matches(("a",), {}) == ("O",)


def test_intervals_shrink_with_more_sentences():
    rng = np.random.default_rng(0)
    wanted = [("B-X",) if rng.random() < 0.5 else ("O",) for _ in range(400)]
    given = [labels if rng.random() < 0.8 else ("O",) for labels in wanted]
    few, many = metrics.f1_interval(wanted[:40], given[:40])["F1"], metrics.f1_interval(wanted, given)["F1"]
    assert many[1] - many[0] < (few[1] - few[0]) / 2
    assert many[0] < metrics.score(wanted, given)["F1"] < many[1]


def test_the_set_is_the_models(tmp_path):
    (tmp_path / "eng.testa").write_text("Ada I-PER\n")
    (tmp_path / "emerging.dev.conll").write_text("Bob\tB-person\n")
    found = metrics.examples(tmp_path, "dev", {"dataset": "wnut17"})
    assert [example.sentence.tokens for example in found] == [("Bob",)]


def test_ones_own_files_without_a_training_split(tmp_path, tiny_entities):
    (tmp_path / "mine.conll").write_text(DEV)
    examples = metrics.examples(tmp_path, "mine", {"dataset": "conll2003"})
    assert [example.sentence.tokens for example in examples] == [example.tokens for example in conll.read(tmp_path, "mine")]
    evaluation = metrics.evaluate(mediakit.load(tiny_entities), examples)
    assert list(evaluation.baselines) == ["this model, all in upper case", "this model, all in lower case"]
