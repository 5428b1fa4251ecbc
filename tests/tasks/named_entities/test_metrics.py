"""Figures of named entities."""

import numpy as np
import pytest

import mediakit
from mediakit.datasets.conll import TaggedSentence
from mediakit.errors import DataError
from mediakit.tasks.named_entities import metrics as metrics

pytest.importorskip("seqeval", reason="the scorer needs the extra train")

TRAIN = "in O\nNew B-NAME\nYork I-NAME\n\nYork B-CITY\n\nYork B-CITY\n"
DEV = "by O\nAda B-NAME\nand O\nB B-NAME\nC B-NAME\n\nin O\nYork B-CITY\n\nnothing O\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train.txt").write_text(TRAIN)
    (tmp_path / "dev.txt").write_text(DEV)
    return tmp_path


def test_a_model_that_is_sometimes_right(folder, tiny_entities):
    """It finds Ada, takes B C for one entity, and York for a NAME: of three that it gives one is right, of four wanted."""
    figures = metrics.evaluate(mediakit.load(tiny_entities), metrics.examples(folder, "dev", {}))
    assert figures["examples"] == 3 and figures["options"] == {}
    values = figures["values"]
    assert values["precision"] == pytest.approx(100 / 3) and values["recall"] == 25
    assert values["F1"] == pytest.approx(200 / 7) and values["F1 CITY"] == 0 and values["F1 NAME"] == pytest.approx(200 / 6)
    low, high = figures["intervals"]["F1"]
    assert 0 <= low < values["F1"] < high <= 100
    baselines = figures["baselines"]
    assert baselines["longest match with training entities"]["F1 CITY"] == 100
    assert baselines["this model, all in small letters"]["F1"] == 0
    assert baselines["this model, all in capitals"]["F1"] < values["F1"]


def test_options_reach_the_pipeline(folder, tiny_entities):
    figures = metrics.evaluate(mediakit.load(tiny_entities), metrics.examples(folder, "dev", {}), options={"threshold": 1})
    assert figures["options"] == {"threshold": 1} and figures["values"]["F1"] == 0


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
    few, many = metrics.f1_interval(wanted[:40], given[:40]), metrics.f1_interval(wanted, given)
    assert many[1] - many[0] < (few[1] - few[0]) / 2
    assert many[0] < metrics.score(wanted, given)["F1"] < many[1]


def test_the_set_is_the_models(folder):
    with pytest.raises(DataError, match="no data set 'what'"):
        metrics.examples(folder, "dev", {"dataset": "what"})
