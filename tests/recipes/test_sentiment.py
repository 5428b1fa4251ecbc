"""The parts of the recipe; what every recipe keeps is in tests/contract."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import mediakit
from mediakit.errors import DataError, InputError
from mediakit.recipes import sentiment as recipe
from mediakit.recipes.sentiment import Config
from mediakit.runtime.model_folder import ModelFolder
from mediakit.training import checkpoints
from mediakit.training.distribution import make_strategy
from mediakit.training.export import export_model
from mediakit.training.loading import Recipe
from mediakit.training.trainer import Trainer
from mediakit.training.warm_start import WarmStart

TEXTS = ("the food was good", "the food was bad .", "good", "a bad , bad day", "really very good food !", "bad")
HELD_OUT = tuple(f"{text} again" for text in TEXTS)  # the same texts would be left out of training
TINY = Config(
    vectors="vectors.txt", frequent_words=2, character_embedding=4, character_filters=3, widest_filter=3, characters_per_word=6, units=5,
    heads=2, hidden=4, texts_per_batch=3, batches_per_bucket=2, reviews=1.0, comparisons=2, epochs=2, warmup=1, dropout=0.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for split, texts in (("train", TEXTS * 3), ("dev", HELD_OUT)):
        lines = [f"{text}\t{int('good' in text)}" for text in texts]
        (folder / f"{split}.tsv").write_text("\n".join(["text\tlabel", *lines]) + "\n", encoding="utf-8")
    (folder / "vectors.txt").write_text("the 1 0 0\ngood 0 1 0.5\nbad 0 -1 1\nzebra 1 1 1\n", encoding="utf-8")
    (folder / "vader_lexicon.txt").write_text("lovely\t2.8\t0.5\t[]\nso so\t-1.1\t0.5\t[]\nodd\t-0.3\t0.5\t[]\n", encoding="utf-8")
    return folder


def test_reads_texts_and_the_words_that_count(folder):
    data = recipe.read(TINY, folder)
    assert len(data.train) == 18 + 2 and len(data.validation) == 6 and data.train[0].words == ("the", "food", "was", "good")
    assert "zebra" not in data.features.words and data.features.dimensions == 3
    rated = recipe.read(replace(TINY, lexicon="vader_lexicon.txt", words=0.5), folder)
    assert [example for example in rated.train if example.weight == 0.5] == [recipe.Example(("lovely",), 1.0, 0.5)]
    assert [entry["name"] for entry in recipe.card(TINY, rated).data] == [folder.name, "VADER lexicon", "vectors.txt"]


def test_bad_data_and_settings_are_one_line(folder, tmp_path):
    with pytest.raises(DataError, match=r"none\.tgz: no such file, nor in .*vectors=none"):
        recipe.read(replace(TINY, vectors="none.tgz"), folder)
    (tmp_path / "train.tsv").write_text("good\t1\nfine\t1\n")
    (tmp_path / "dev.tsv").write_text("nice\t1\n")
    with pytest.raises(DataError, match="all texts for training have the same label"):
        recipe.read(replace(TINY, vectors=None), tmp_path)
    for setting in ({"cell": "cnn"}, {"direction": "left"}, {"pooling": "max"}):
        with pytest.raises(InputError, match="choose from"):
            Recipe(recipe).config(setting)


@pytest.mark.parametrize(
    ("cell", "direction", "pooling", "vectors"),
    [
        ("lstm", "both", "attention", "vectors.txt"),
        ("gru", "both", "last", None),
        ("rnn", "forward", "last", None),
        ("lstm", "forward", "attention", None),
    ],
)
def test_the_pipeline_says_what_the_model_says(folder, tmp_path, cell, direction, pooling, vectors):
    """Through all files of the model folder: features, steps, what each word says."""
    config = replace(TINY, cell=cell, direction=direction, pooling=pooling, vectors=vectors)
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    export_model(Recipe(recipe), config, data, model, folder, tmp_path / "model")
    read = mediakit.load(tmp_path / "model")
    logits = np.array(recipe.predictor(config, data, model)()) / read.folder.manifest["calibration"]["temperature"]
    scores = np.array([found.score for found in read(list(HELD_OUT))])
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits)), atol=0.02)
    weights = sum(word.weight for word in read(HELD_OUT[1]).parts[0].weighed)
    assert weights == pytest.approx(np.log(scores[1] / (1 - scores[1])) if pooling == "attention" else 0, abs=1e-4)


def test_padding_does_not_change_logits(folder):
    data = recipe.read(TINY, folder)
    model, encoded = recipe.build(TINY, data), recipe.encode(TINY, data, data.validation)
    names = [tensor.name for tensor in model.inputs]
    together, alone = (encoded.batch(np.array(rows)) for rows in ([2, 4], [2]))
    logits = [np.asarray(model([batch[name] for name in names])) for batch in (together, alone)]
    assert logits[0][0] == pytest.approx(logits[1][0], abs=1e-5)


def test_learns_six_texts(folder, tmp_path):
    config = replace(
        TINY, units=12, hidden=16, epochs=40, rate=0.01, word_dropout=0.0, tuning_dropout=0.0, blanked=0.0, joined=0.0, negated=0.0,
        comparisons=0, label_smoothing=0.0, average=0.9,
    )  # fmt: skip
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    Trainer(model, recipe.phases(config, data, model, tmp_path), make_strategy("one"), tmp_path).train()
    epochs = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert epochs[0]["loss"] > 0.4 and epochs[-1]["loss"] < 0.1 and epochs[-1]["validation_accuracy"] == 100


def test_a_warm_start_keeps_its_words(folder, tmp_path):
    data = recipe.read(TINY, folder)
    model = recipe.build(TINY, data)
    checkpoints.save(tmp_path / "best.npz", model.variables, {})
    start = WarmStart("mine", Recipe(recipe), TINY, ModelFolder(tmp_path, {"name": "mine"}), data, tmp_path / "best.npz")
    other = recipe.read(replace(TINY, vectors=None), folder, start)
    assert other.features.words == data.features.words
    new = recipe.build(TINY, other)
    assert start.apply(start.recipe, TINY, other, new) == []
    for ours, theirs in zip(new.trainable_variables, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
