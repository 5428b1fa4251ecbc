"""Texts as the sentiment recipe sees them in training: drawn by weight, joined, negated, with hidden words."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from fixtures_models import DATA

from mediakit.errors import DataError
from mediakit.text.word_features import WordFeatures
from mediakit.training import negations
from mediakit.training.text_examples import (
    AccuracyValidator,
    EncodedTexts,
    Example,
    Noise,
    TrainingTexts,
    calibrated,
    compared,
    neutral,
    rated_words,
    sharpened,
    taught,
    words_and_statements,
)

EXAMPLES = [
    Example(("good",), 1.0, 2.0),
    Example(("bad",), 0.0, 2.0),
    Example(("the", "food", "was", "good", "."), 1.0, 8.0),
    Example(("the", "service", "was", "bad"), 0.0, 8.0),
    Example(("never", "seen"), 0.0, 0.0),
]


@pytest.fixture(scope="module")
def texts():
    words = [word for example in EXAMPLES for word in example.words]
    features = WordFeatures.learn(words, {"good": np.ones(3, np.float32)}, min_count=1)
    return EncodedTexts(EXAMPLES, features, 5)


def drawn(texts, noise: Noise, steps: int = 4) -> list[dict]:
    return list(TrainingTexts(texts, noise, 5, steps, 2, seed=1).batches(0, 0))


def spelled(texts, noise: Noise, steps: int = 40) -> list[tuple[str, float]]:
    """Texts of an epoch by their words, and their labels."""
    words = {number: word for word, number in texts.numbers.items()}
    training = TrainingTexts(texts, noise, 5, steps, 2, seed=1)
    found = []
    training._batch = lambda drawn, rng: [(" ".join(words[n] for n in text), label) for text, label in drawn]  # type: ignore[method-assign]
    for batch in training.batches(0, 0):
        found += batch
    return found


def test_texts_are_drawn_by_weight(texts):
    found = [text for text, _ in spelled(texts, Noise())]
    counts = [found.count(" ".join(example.words)) for example in EXAMPLES]
    assert len(found) == 200 and counts == [20, 20, 80, 80, 0]


def test_batches_follow_from_seed_and_step(texts):
    noise = Noise(1.0, 1.0, 0.1, 0.5, 0.5)
    whole = drawn(texts, noise)
    [again] = list(TrainingTexts(texts, noise, 5, 4, 2, seed=1).batches(0, 3))
    assert all((whole[3][name] == part).all() for name, part in again.items())


def test_the_main_clause_decides(texts):
    both = [pair for pair in spelled(texts, Noise(joined=1.0)) if "good" in pair[0] and "bad" in pair[0]]
    assert len(both) > 20
    for text, label in both:
        last = max(("good", "bad"), key=text.rfind)
        assert label == (last == "good") and any(word in text.split() for word in ("but", "yet", "however", "although", "though", "while"))
    alike = [(text, label) for text, label in spelled(texts, Noise(joined=1.0)) if text.count("good") == 2]
    assert alike and all(label == 1 and ". ." not in text for text, label in alike)


def test_short_texts_are_negated(texts):
    changed = [pair for pair in spelled(texts, Noise(negated=1.0)) if pair not in [(" ".join(e.words), e.positive) for e in EXAMPLES]]
    assert len(changed) == 40
    kept = [text for text, label in changed if (label > 0.5) == ("good" in text.split())]
    assert 2 <= len(kept) <= 20
    frames = [frame.partition("_")[0] for frame in negations.KEPT]
    assert all(any(text.startswith(before) for before in frames) for text in kept)


def test_neutral_texts_say_nothing_beside_others():
    examples = [Example(("the", "red", "door"), 0.5), Example(("a", "good", "door"), 1.0), Example(("open",), 0.5)]
    features = WordFeatures.learn([word for example in examples for word in example.words], {}, min_count=1)
    found = spelled(EncodedTexts(examples, features, 5), Noise(joined=1.0, negated=1.0))
    assert ("open", 0.5) in found
    for text, label in found:
        assert label == (1.0 if "good" in text else 0.5)


def test_statements_without_rated_words_are_neutral():
    sentences = ["The train leaves at nine.", "The train is lovely.", "He is not here.", "Go!", "Where is the door?"]
    found = neutral(sentences, {"lovely": 2.8}, 1, seed=1)
    assert {" ".join(one.words) for one in found} == {"the train leaves at nine .", "where is the door ?"}
    assert all(one.positive == 0.5 and one.weight == 0.5 for one in found)


def test_grades_are_sharpened():
    grades = [sharpened(Example(("good",), grade), 1.6).positive for grade in (0, 0.25, 0.5, 0.75, 1)]
    assert grades == pytest.approx([0, 0.1, 0.5, 0.9, 1])


def test_statements_need_a_lexicon(tmp_path):
    assert words_and_statements(tmp_path, None, 1.0, None, 5, 1) == ([], [])
    with pytest.raises(DataError, match=r"statements=x\.txt needs lexicon=vader_lexicon\.txt"):
        words_and_statements(tmp_path, None, 1.0, "x.txt", 5, 1)
    (tmp_path / "words.txt").write_text("good\t1.9\t0.9\n")
    (tmp_path / "x.txt").write_text("It rains outside.\n")
    found, origins = words_and_statements(tmp_path, "words.txt", 1.0, "x.txt", 5, 1)
    assert [one.positive for one in found] == [1.0, 0.5] and [origin.name for origin in origins] == ["VADER lexicon", "x.txt"]


def test_words_are_hidden_but_not_spelled_otherwise(texts):
    plain, hidden = drawn(texts, Noise()), drawn(texts, Noise(word_dropout=1e9))
    for one, other in zip(plain, hidden, strict=True):
        assert not other["words"].any() and not other["vectors"].any() and (one["characters"] == other["characters"]).all()
    [blank] = drawn(texts, Noise(blanked=1.0), 1)
    assert not blank["words"].any()


def test_comparisons_are_labelled_by_what_is_better():
    found = dict(negations.comparisons(300, np.random.default_rng(0)))
    assert 0.3 < np.mean(list(found.values())) < 0.7
    for words, positive in found.items():
        text = " ".join(words)
        better = any(word in negations.BETTER for word in words)
        if " than " in text and "makes up" not in text:
            others_first = min(text.find(other) for other in negations.OTHERS if other in text) < min(
                text.find(own) for own in negations.OWN if own in text
            )
            assert positive == (better != others_first), text


def test_invented_opinions_of_all_kinds():
    found = {" ".join(words).rstrip(" .,"): positive for words, positive in negations.comparisons(3000, np.random.default_rng(0))}
    assert found["we will be back"] and not found["we left early"]
    told = {text: (not set(negations.WORSE).intersection(text.split()), positive) for text, positive in found.items()}
    none_is = [pair for text, pair in told.items() if text.startswith("no ") and " is " in text]
    it_was = [pair for text, pair in told.items() if text.startswith(("it used to be", "it was"))]
    assert len(none_is) > 9 and all(better == positive for better, positive in none_is)
    assert len(it_was) > 9 and all(better != positive for better, positive in it_was)
    assert not any(positive for text, positive in found.items() if " can make up for " in text)


def test_rated_words_and_accuracy_of_sets():
    assert rated_words({"good": 1.9, "so so": 2.0, "odd": -0.4, "bad": -2.5}, 0.5) == [
        Example(("good",), 1.0, 0.5),
        Example(("bad",), 0.0, 0.5),
    ]
    measured = AccuracyValidator(lambda: [np.float32(x) for x in (1, -1, 2, 3)], [1, 0.75, 1, 0.5], ["a", "a", "b", "b"])()
    assert measured == pytest.approx({"accuracy": 200 / 3, "accuracy_a": 50, "accuracy_b": 100})


def test_teachers_say_a_part_of_the_labels():
    examples = [Example(("good",), 1.0), Example(("bad",), 0.0)]
    assert taught(examples, None, 0.5) is examples
    tiny = str(DATA / "tiny_sentiment")
    good, bad = taught(examples, f"{tiny},{tiny}", 0.5)
    assert good.positive == pytest.approx(0.5 + 0.5 * 0.8176, abs=1e-3) and bad.positive == pytest.approx(0.5 * 0.1825, abs=1e-3)
    assert compared(20, 1) == compared(20, 1) != compared(20, 2)


def test_stars_follow_the_grades():
    rng = np.random.default_rng(0)
    degrees = rng.integers(0, 5, 2000) / 4
    found = calibrated(4 * (degrees - 0.5) + rng.normal(size=2000), degrees, np.ones(2000, bool))
    cuts = [found[f"{stars} stars"] for stars in (2, 3, 4, 5)]
    assert 0 < cuts[0] < cuts[1] < 0.5 < cuts[2] < cuts[3] < 1 and cuts[0] == pytest.approx(1 - cuts[3], abs=0.05)
    assert list(calibrated(4 * (degrees - 0.5), degrees, np.zeros(2000, bool))) == ["temperature"]
