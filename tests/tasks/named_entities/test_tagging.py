"""Scoring sentences in groups, checked against one at a time with networks that are easily computed by hand."""

import numpy as np
import pytest

from mediakit.tasks.named_entities.tagging import SentenceScorer

FEATURES, LABELS = 3, 2


class Echo:
    """A stand-in for the networks. The state is a decaying sum of tokens; a label's score is a weighted sum of both states."""

    def __init__(self, kind):
        self.kind = kind
        sizes = {f"{d}_{part}": FEATURES for d in ("forward", "backward") for part in "hc"}
        self.inputs = [{"name": name, "shape": [None, size]} for name, size in sizes.items()]
        self.outputs = [{"name": "scores", "shape": [None, LABELS]}]

    def __call__(self, **inputs):
        if self.kind == "transitions":
            return {"transitions": np.arange(9, dtype=np.float32).reshape(3, 3)[inputs["label"]]}
        if self.kind == "scores":
            return {"scores": np.stack([inputs["forward_h"].sum(axis=1), inputs["backward_h"][:, 0]], axis=1)}
        states = {}
        for direction in ("forward", "backward"):
            states[f"{direction}_h"] = 0.5 * inputs[f"{direction}_h"] + inputs[f"token_{direction}"]
            states[f"{direction}_c"] = inputs[f"{direction}_c"] + 1
        return states


@pytest.fixture
def scorer():
    return SentenceScorer(Echo("step"), Echo("scores"), Echo("transitions"))


def one_by_one(tokens, sentence):
    rows = tokens[sentence]
    forward = [sum(0.5 ** (i - k) * rows[k] for k in range(i + 1)) for i in range(len(rows))]
    backward = [sum(0.5 ** (k - i) * rows[k] for k in range(i, len(rows))) for i in range(len(rows))]
    return np.array([[f.sum(), b[0]] for f, b in zip(forward, backward, strict=True)])


def test_groups_agree_with_single_sentences(scorer):
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(11, FEATURES)).astype(np.float32)
    sentences = [rng.integers(0, 11, n) for n in (1, 4, 2, 7, 4)]
    scores, lengths = scorer(tokens, sentences)
    assert scores.shape == (5, 7, LABELS) and scores.dtype == np.float32 and lengths.tolist() == [1, 4, 2, 7, 4]
    for row, sentence in zip(scores, sentences, strict=True):
        np.testing.assert_allclose(row[: len(sentence)], one_by_one(tokens, sentence), rtol=1e-5)
        assert not row[len(sentence) :].any()


def test_transitions_are_split(scorer):
    assert scorer.transitions.between.tolist() == [[0, 1], [3, 4]]
    assert scorer.transitions.start.tolist() == [6, 7] and scorer.transitions.end.tolist() == [2, 5]
