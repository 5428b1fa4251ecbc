"""Step networks over texts side by side, checked against one text at a time with a network that is easily computed by hand."""

import numpy as np
import pytest

from mediakit.errors import ModelError
from mediakit.runtime import recurrence
from mediakit.runtime.recurrence import StepReader, TokenTable
from mediakit.text.word_features import WordFeatures


class Decay:
    """A stand-in for a step network: in each direction the state is a decaying sum of tokens."""

    def __init__(self, *ways):
        self.ways = ways
        self.inputs = [{"name": f"{way}_{part}", "shape": [None, 2]} for way in ways for part in "hc"]

    def __call__(self, **given):
        states = {f"{way}_h": 0.5 * given[f"{way}_h"] + given[f"token_{way}"] for way in self.ways}
        return states | {f"{way}_c": given[f"{way}_c"] + 1 for way in self.ways}


@pytest.mark.parametrize("ways", [("forward", "backward"), ("forward",)])
def test_texts_side_by_side_give_the_states_that_each_gives_alone(ways):
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(9, 2)).astype(np.float32)
    texts = [rng.integers(0, 9, length) for length in (3, 1, 6, 6)]
    states = StepReader(Decay(*ways))(tokens, texts)
    assert sorted(states) == sorted(f"{way}_h" for way in ways)
    wanted = {"forward_h": [], "backward_h": []}
    for text in texts:
        rows = tokens[text]
        wanted["forward_h"] += [sum(0.5 ** (i - k) * rows[k] for k in range(i + 1)) for i in range(len(rows))]
        wanted["backward_h"] += [sum(0.5 ** (k - i) * rows[k] for k in range(i, len(rows))) for i in range(len(rows))]
    for name, array in states.items():
        np.testing.assert_allclose(array, wanted[name], rtol=1e-5)


class Lengths:
    """A stand-in for a token network: the number of characters. It counts the tokens that it is asked for."""

    path = "lengths.tflite"
    inputs = ({"name": "words", "shape": [None]}, {"name": "characters", "shape": [None, 4]}, {"name": "shapes", "shape": [None, 8]})
    outputs = ({"name": "token", "shape": [None, 1]},)
    asked = 0

    def __call__(self, words, characters, shapes):
        self.asked += len(words)
        return {"token": (characters > 0).sum(axis=1, keepdims=True).astype(np.float32)}


def test_every_distinct_token_is_asked_for_once_until_there_are_too_many(monkeypatch):
    network = Lengths()
    table = TokenTable(WordFeatures.learn(["a"]), network)
    features, rows = table([["a", "bb", "a"], ["ccc"]])
    assert [features[row, 0].tolist() for row in rows] == [[1, 2, 1], [3]] and network.asked == 3
    table([["bb", "d"]])
    assert network.asked == 4
    monkeypatch.setattr(recurrence, "KEPT", 3)
    features, [row] = table([["bb", "a"]])
    assert features[row, 0].tolist() == [2, 1] and network.asked == 6 and len(features) == 2


def test_a_network_for_other_vectors_is_one_line():
    network = Lengths()
    network.inputs = (*Lengths.inputs, {"name": "vectors", "shape": [None, 5]})
    with pytest.raises(ModelError, match="the network and the word vectors don't belong together"):
        TokenTable(WordFeatures.learn(["a"]), network)
