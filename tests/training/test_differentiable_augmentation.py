"""Augmentation that is always there: what it changes, what it leaves, and that gradients pass."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import tensorflow as tf

from mediakit.training.differentiable_augmentation import BRIGHTNESS, CONTRAST, DRAWS, SATURATION, augmented

MIDDLE = np.full((1, DRAWS), 0.5, np.float32)
AWAY = 5.0  # a centre of the cut so far away that nothing is cut


def draws(**changed):
    """Draws that change nothing, except for the given ones."""
    places = {"brightness": 0, "saturation": 1, "contrast": 2, "across": 3, "down": 4, "cut_down": 5, "cut_across": 6}
    values = MIDDLE.copy()
    values[0, 5:] = AWAY
    for name, value in changed.items():
        values[0, places[name]] = value
    return tf.constant(values)


def pictures(channels, count=1):
    return tf.constant(np.random.default_rng(0).uniform(-0.5, 0.5, (count, 16, 16, channels)).astype(np.float32))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_middle_draws_change_nothing(channels):
    np.testing.assert_allclose(augmented(pictures(channels), draws()), pictures(channels), atol=1e-5)


def test_brightness_adds_the_same_everywhere():
    np.testing.assert_allclose(augmented(pictures(3), draws(brightness=1.0)), pictures(3) + BRIGHTNESS, atol=1e-5)


def test_less_saturation_is_greyer():
    changed, grey = np.asarray(augmented(pictures(3), draws(saturation=0.0))), np.mean(pictures(3), axis=-1, keepdims=True)
    np.testing.assert_allclose(changed - grey, (1 - SATURATION) * (pictures(3) - grey), atol=1e-5)


def test_contrast_stretches_about_grey():
    np.testing.assert_allclose(augmented(pictures(3), draws(contrast=1.0)), (1 + CONTRAST) * pictures(3), atol=1e-5)


def test_a_picture_moves_by_whole_pixels_and_nothing_comes_in():
    given = pictures(4)
    changed = np.asarray(augmented(given, draws(across=1.0)))
    np.testing.assert_allclose(changed[:, :, :14], given[:, :, 2:], atol=1e-5)
    np.testing.assert_allclose(changed[:, :, 14:], -1, atol=1e-5)


@pytest.mark.parametrize(("channels", "empty"), [(1, 0), (3, 0), (4, -1)])
def test_a_square_is_cut_out(channels, empty):
    changed = np.asarray(augmented(pictures(channels), draws(cut_down=0.25, cut_across=0.5)))
    np.testing.assert_allclose(changed[:, :8, 4:12], empty, atol=1e-6)
    np.testing.assert_allclose(changed[:, 8:], pictures(channels)[:, 8:], atol=1e-5)


def test_each_picture_changes_in_its_own_way_and_the_same_draws_change_it_alike():
    given, drawn = pictures(3, 3), tf.constant(np.random.default_rng(1).random((3, DRAWS), np.float32))
    changed = np.asarray(augmented(given, drawn))
    np.testing.assert_array_equal(changed, augmented(given, drawn))
    np.testing.assert_allclose(changed[1:2], augmented(given[1:2], drawn[1:2]), atol=1e-5)


def test_gradients_reach_the_pictures():
    given = pictures(4, 2)
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = tf.reduce_sum(augmented(given, tf.constant(np.random.default_rng(2).random((2, DRAWS), np.float32))) ** 2)
    gradient = np.asarray(tape.gradient(total, given))
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0.1
