"""Tables in LiteRT files."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras

from mediakit.runtime.network import open_network
from mediakit.training import export
from mediakit.training.litert_file import constants
from mediakit.training.recipe import Export


def network(tied):
    """A table of 200 subwords that embeds tokens, and that or another one scores them."""
    keras.utils.set_random_seed(0)
    tokens = keras.Input((), dtype="int32", name="tokens")
    embedding, other = (keras.layers.ReversibleEmbedding(200, 64) for _ in range(2))
    hidden = keras.layers.Dense(64, activation="tanh")(embedding(tokens) * 8.0)
    other.build((None,))
    return keras.Model({"tokens": tokens}, {"scores": (embedding if tied else other)(hidden, reverse=True)})


@pytest.mark.parametrize(("tied", "tables"), [(True, 1), (False, 2)])
def test_a_table_that_embeds_and_scores_is_stored_once(tmp_path, monkeypatch, tied, tables):
    path, tokens, model = tmp_path / "net.tflite", np.arange(0, 200, 7, dtype=np.int32), network(tied)
    export.convert(Export(model, weights="int8"), path)
    exact = model({"tokens": tokens})["scores"].numpy()
    [found] = open_network(path)(**{open_network(path).inputs[0]["name"]: tokens}).values()
    assert np.linalg.norm(found - exact) < 0.03 * np.linalg.norm(exact)
    places = [(constant.place, constant.values.shape) for constant in constants(path)]
    size = path.stat().st_size
    monkeypatch.setattr(export, "share_tables", lambda path: None)
    export.convert(Export(model, weights="int8"), path)
    assert [(constant.place, constant.values.shape) for constant in constants(path)] == places  # which restoring weights relies on
    assert (path.stat().st_size - size > 0.8 * 200 * 64) == (tables == 1)
