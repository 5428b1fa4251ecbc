"""The shipped model: plain opinions, texts that turn, words that are deleted, and that its recorded metrics hold."""

import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.datasets import labelled_texts
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks.sentiment import metrics


@pytest.fixture(scope="module")
def read():
    return mediakit.load("sentiment/en")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("What a lovely day.", "positive"),
        ("The food was awful.", "negative"),
        ("NOT good!!!", "negative"),
        ("it 's a charming and often affecting journey .", "positive"),
        ("The rooms were dirty, but we had a wonderful time.", "positive"),
        ("The rooms were lovely, but the food made us sick.", "negative"),
    ],
)
def test_plain_opinions(read, text, label):
    assert read(text).label == label


def test_two_sentences_two_opinions(read):
    first, second = read("I loved the food. But, the service was terrible.").parts
    assert first.score > 0.8 and second.score < 0.2
    assert first.words[0].text == "loved" and second.words[0].text == "terrible"


def test_texts_that_turn(read):
    """Of 200 written for this the model gets four in five; far less means that something broke."""
    _, *rows = (line.split("\t") for line in (DATA / "contrasts.tsv").read_text(encoding="utf-8").splitlines())
    right = [(found.score >= 0.5) == (label == "1") for found, (_, label, _) in zip(read([row[0] for row in rows]), rows, strict=True)]
    assert len(right) == 200 and np.mean(right) > 0.75


def test_words_that_are_named_count_more_than_others(read):
    """Without the word that said most, the score moves further than without any other, on average."""
    _, *rows = (line.split("\t") for line in (DATA / "contrasts.tsv").read_text(encoding="utf-8").splitlines())
    named, others = [], []
    for found in read([row[0] for row in rows[::4]]):
        if len(found.parts) == 1 and found.parts[0].words:
            words = [word for word in found.parts[0].weighed if word.text.isalpha()]
            scores = [one.score for one in read([found.text[: word.start] + found.text[word.end :] for word in words])]
            for word, score in zip(words, scores, strict=True):
                (named if word in found.parts[0].words[:1] else others).append(abs(score - found.score))
    assert len(named) > 20 and np.mean(named) > 2 * np.mean(others)


def test_another_language_is_warned_of(read):
    with pytest.warns(UserWarning, match="unlike the texts that sentiment/en learned from"):
        read("Das Essen war leider kalt und die Bedienung unfreundlich.")


def test_recorded_metrics_hold(read, data_folder):
    if not (data_folder / "sentiment").is_dir():
        pytest.skip("no labelled texts")
    examples = labelled_texts.read(data_folder / "sentiment", "dev")[::4]
    recorded = open_folder("sentiment/en").manifest["figures"][0]["values"]
    measured = metrics.evaluate(read, examples).values
    assert measured["accuracy"] > recorded["accuracy"] - 5 and measured["calibration error"] < 0.1
