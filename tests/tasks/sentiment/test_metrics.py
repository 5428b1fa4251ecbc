"""Accuracy and calibration error of a model with known answers."""

import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError
from mediakit.tasks.sentiment import metrics


def test_accuracy_of_all_and_of_each_set(tmp_path):
    (tmp_path / "amazon_cells_labelled.txt").write_text("good\t1\nbad\t0\nlovely\t1\nbad day\t1\n")
    (tmp_path / "imdb_labelled.txt").write_text("terrible\t0\ngood\t1\n")
    examples = metrics.examples(tmp_path, "all", {})
    found = metrics.evaluate(mediakit.load(DATA / "tiny_sentiment"), examples)
    assert found.examples == 6 and found.values["accuracy"] == pytest.approx(500 / 6)
    assert (found.values["accuracy amazon_cells"], found.values["accuracy imdb"]) == (75, 100)
    assert 0 < found.values["calibration error"] < 0.4 and found.baselines == {"always positive": {"accuracy": pytest.approx(400 / 6)}}
    assert found.intervals["accuracy imdb"] == (100, 100) and found.intervals["accuracy"][0] < 80


def test_neutral_sentences_count_for_stars_only(tmp_path):
    (tmp_path / "dev.txt").write_text("(4 lovely)\n(2 day)\n(0 terrible)\n(3 bad)\n")
    examples = metrics.examples(tmp_path, "dev", {})
    pipeline = mediakit.load(DATA / "tiny_sentiment")
    found = metrics.evaluate(pipeline, examples)
    assert found.values["accuracy"] == pytest.approx(200 / 3) and "stars right" not in found.values
    pipeline._least_scores = [0.15, 0.4, 0.6, 0.85]
    found = metrics.evaluate(pipeline, examples)
    assert (found.values["stars right"], found.values["stars within one"]) == (75, 75)


def test_options_are_checked(tmp_path):
    with pytest.raises(InputError, match="no option 'beam'"):
        metrics.evaluate(mediakit.load(DATA / "tiny_sentiment"), [], options={"beam": 2})
