"""Answers of a model with hand-set weights: for the whole text, for its clauses, by which words."""

import json
import math
import shutil
import warnings

import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError, InputWarning


@pytest.fixture(scope="module")
def read():
    return mediakit.load(DATA / "tiny_sentiment")


def probability(logit: float) -> float:
    """With the manifest's temperature."""
    return 1 / (1 + math.exp(-logit / 2))


def test_the_whole_and_its_clauses(read):
    found = read("The food was lovely. But, the service was terrible.")
    assert [part.text for part in found.parts] == ["The food was lovely.", "But, the service was terrible."]
    assert [part.label for part in found.parts] == ["positive", "negative"]
    assert found.parts[0].score == pytest.approx(probability(4), abs=1e-3)
    assert found.score == pytest.approx(0.5, abs=1e-3)
    assert all(found.text[part.start : part.end] == part.text for part in found.parts)


def test_the_words_that_said_so_add_up_to_the_answer(read):
    [part] = read("Good food, BAD service, good day!").parts
    assert [word.text for word in part.words] == ["Good", "good"] and part.label == "positive"
    assert sum(word.weight for word in part.weighed) == pytest.approx(math.log(part.score / (1 - part.score)), abs=1e-3)
    assert part.to_dict()["words"] == ["Good", "good"] and len(part.to_dict()["weights"]) == 2


def test_neutral_is_what_is_less_certain_than_the_threshold(read):
    assert read("It was good", threshold=0.8).label == "positive"
    assert read("It was good", threshold=0.9).label == read("It was bad", threshold=0.9).label == "neutral"
    for wrong in (0.4, 1.1, float("nan")):
        with pytest.raises(InputError, match=r"it must be from 0\.5 to 1"):
            read("It was good", threshold=wrong)


def test_stars_of_a_model_that_learned_from_grades(read, tmp_path):
    folder = tmp_path / "stars"
    shutil.copytree(DATA / "tiny_sentiment", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["calibration"] |= {"2 stars": 0.15, "3 stars": 0.4, "4 stars": 0.6, "5 stars": 0.85}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    texts = ["lovely", "good", "", "bad", "terrible"]
    found = mediakit.load(folder)(texts, scale=5)
    assert [one.stars for one in found] == [5, 4, 3, 2, 1] and found[0].to_dict()["stars"] == found[0].to_row()["stars"] == 5
    assert "stars" not in read("good").to_dict() and read("good").to_row()["stars"] is None
    with pytest.raises(InputError, match="tiny_sentiment gives no stars"):
        read("good", scale=5)
    with pytest.raises(InputError, match="scale is 3; it must be 5"):
        read("good", scale=3)


@pytest.mark.parametrize("text", ["", " \n", "...", "?! — ☂"])
def test_a_text_without_words_is_neutral(read, text):
    found = read(text)
    assert (found.label, found.score, found.parts) == ("neutral", 0.5, ())


def test_many_texts_get_the_answers_that_each_gets_alone(read):
    texts = ["good", "", "The food was bad, but the service was good.", "a lovely day " * 100, "bad"]
    assert [found.to_dict() for found in read(texts)] == [read(text).to_dict() for text in texts]


def test_a_long_text_is_read_in_pieces(read):
    text = "It was good. " * 200
    found = read(text)
    assert len(found.parts) == 200 and found.score == pytest.approx(probability(3), abs=1e-3)


def test_a_text_of_unknown_words_is_warned_of(read):
    with pytest.warns(InputWarning, match='"Der Film war.*": unlike the texts'):
        found = read("Der Film war wirklich langweilig und schlecht, leider")
    assert found.unknown == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read("The food was good").unknown == 0
        read("Très bon")  # too short to tell
