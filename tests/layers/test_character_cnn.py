"""Words by their spelling."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras

from mediakit.layers.character_cnn import CharacterCNN


@pytest.fixture(scope="module")
def layer():
    keras.utils.set_random_seed(1)
    layer = CharacterCNN(characters=9, embedding=4, filters=3, widths=(2, 3))
    layer(np.ones((1, 6), np.int32))
    return layer


def test_words_of_sentences_are_read_one_by_one(layer):
    words = np.random.default_rng(0).integers(1, 9, (2, 5, 6))
    together = np.asarray(layer(words))
    assert together.shape == (2, 5, 6)
    for row in range(2):
        np.testing.assert_allclose(together[row], layer(words[row]), atol=1e-6)


def test_a_filter_finds_its_pattern_anywhere(layer):
    early, late = np.full((2, 1, 10), 8)
    early[0, 3:6], late[0, 4:7] = (1, 2, 3), (1, 2, 3)
    np.testing.assert_allclose(layer(early), layer(late), atol=1e-6)


def test_it_is_saved_with_its_sizes(layer):
    again = CharacterCNN.from_config(layer.get_config())
    assert again.sizes == {"characters": 9, "embedding": 4, "filters": 3, "widths": [2, 3]}
