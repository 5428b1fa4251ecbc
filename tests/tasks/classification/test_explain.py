"""What an explanation shows."""

import numpy as np
from fixtures_models import colour_photo

import mediakit
from mediakit.runtime.layers import Layer
from mediakit.tasks.classification.explain import Explainer, chosen_layers, filtered, occlusion, strongest


def layer(size):
    return Layer("convolution", np.zeros((size, size, 2), np.float32), np.zeros((size, size, 3), np.float32), None)


def test_an_explanation_is_drawn(tiny_classification):
    explain = Explainer(mediakit.load(tiny_classification))
    sheet = np.asarray(explain(colour_photo("red"), 1_000_000))
    assert sheet.shape[1] > 200 and (sheet != 255).any()


def test_covering_what_counts_lowers_the_score():
    pixels = np.zeros((27, 27, 3), np.uint8)
    pixels[:9, 18:] = 255  # the upper right corner
    [falls] = occlusion(lambda image: np.array([image[:9, 18:].mean()]), pixels)
    assert np.unravel_index(falls.argmax(), falls.shape) in {(1, 7), (0, 7), (1, 8), (0, 8)} and falls[8, 0] == 0


def test_of_a_deep_network_the_last_layer_of_each_resolution():
    layers = [layer(size) for size in (32, 32, 16, 16, 8, 8, 8, 8, 8, 8, 8, 8, 4)]
    assert chosen_layers(layers) == [layers[1], layers[3], layers[11], layers[12]]
    assert chosen_layers(layers[:3]) == layers[:3]


def test_the_channels_that_vary_most_keep_their_order():
    maps = np.stack([np.zeros((2, 2)), [[0, 9], [0, 0]], [[0, 1], [0, 0]], [[5, 0], [0, 0]]], axis=-1)
    assert strongest(maps, 2).tolist() == [[[0, 9], [0, 0]], [[5, 0], [0, 0]]]


def test_a_filter_with_and_without_padding():
    given, kernel = np.ones((5, 6, 2)), np.ones((3, 3, 2))
    assert filtered(given, kernel, None).tolist() == np.full((3, 4), 18.0).tolist()
    padded = filtered(given, kernel, "constant")
    assert padded.shape == (5, 6) and padded[0, 0] == 8 and padded[2, 2] == 18
    assert filtered(given, kernel, "reflect").tolist() == np.full((5, 6), 18.0).tolist()
