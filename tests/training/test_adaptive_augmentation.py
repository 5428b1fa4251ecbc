"""Changes of pictures that a discriminator is shown."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import tensorflow as tf

from mediakit.training.adaptive_augmentation import DRAWS, _Draws, _geometry, _hue, augmented, moved


def pictures(count=3, size=8, channels=4):
    """Premultiplied: no colour is brighter than its alpha."""
    made = np.random.default_rng(0).uniform(0, 1, (count, size, size, channels)).astype(np.float32)
    if channels == 4:
        made[..., :3] *= made[..., 3:]
    return made * 2 - 1


def draws(count=3):
    return np.random.default_rng(1).random((count, DRAWS)).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_no_strength_no_change(channels):
    given = pictures(channels=channels)
    np.testing.assert_allclose(augmented(given, draws(), 0.0), given, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_full_strength_changes_each_picture_in_its_own_way(channels):
    given = np.repeat(pictures(1, channels=channels), 3, axis=0)
    changed = np.asarray(augmented(given, draws(), 1.0))
    assert changed.shape == given.shape and np.isfinite(changed).all()
    assert all(np.abs(changed[i] - changed[j]).mean() > 0.05 for i, j in ((0, 1), (1, 2), (0, 2)))


def test_every_draw_is_used_and_no_more():
    given = draws(200)
    once = np.asarray(augmented(np.repeat(pictures(1, 16), 200, axis=0), given, 0.7))
    for i in range(DRAWS):
        other = given.copy()
        other[:, i] = np.random.default_rng(2).random(200)
        assert np.abs(np.asarray(augmented(np.repeat(pictures(1, 16), 200, axis=0), other, 0.7)) - once).max() > 0, i


def test_the_same_draws_make_the_same_changes():
    given, numbers = pictures(), draws()
    np.testing.assert_array_equal(augmented(given, numbers, 0.5), augmented(given, numbers, 0.5))


def test_strength_is_how_often_a_change_is_made():
    numbers = draws(4000)
    moved = np.abs(np.asarray(_geometry(_Draws(numbers, 0.3), 64)) - np.eye(3)).max(axis=(1, 2)) > 1e-4
    # Of mirroring half of the draws change nothing, of turns a quarter; the two rotations count as one change.
    wanted = 1 - (1 - 0.15) * (1 - 0.225) * (1 - 0.3) ** 2 * (1 - 0.3) ** 2 * (1 - 0.3)
    assert moved.mean() == pytest.approx(wanted, abs=0.03)


def test_nothing_lies_beyond_a_picture_with_alpha_and_it_stays_premultiplied():
    given = np.ones((200, 8, 8, 4), np.float32)
    changed = np.asarray(augmented(given, draws(200), 1.0))
    unseen = changed[..., 3] < -0.999
    assert unseen.any()
    np.testing.assert_allclose(changed[unseen][:, :3], -1, atol=0.01)  # a trace of alpha, times the contrast


def test_a_mirror_matrix_mirrors():
    given = pictures(1, 6, 3)
    matrix = np.diag([-1.0, 1.0, 1.0]).astype(np.float32)[None]
    np.testing.assert_allclose(moved(tf.constant(given), tf.constant(matrix)), given[:, :, ::-1], atol=1e-5)


def test_a_turn_of_hue_by_a_third_puts_red_on_green():
    matrix = np.asarray(_hue(tf.constant([2 * np.pi / 3], tf.float32), tf.constant([0.0]), tf.constant([1.0])))[0]
    np.testing.assert_allclose(matrix[:3, :3] @ [1, 0, 0], [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(matrix[:3, :3] @ [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], atol=1e-6)


def test_no_saturation_is_grey_and_the_flip_of_light_keeps_the_hue():
    grey = np.asarray(_hue(tf.constant([0.3]), tf.constant([0.0]), tf.constant([0.0])))[0, :3, :3]
    np.testing.assert_allclose(grey, np.full((3, 3), 1 / 3), atol=1e-6)
    flipped = np.asarray(_hue(tf.constant([0.0]), tf.constant([1.0]), tf.constant([1.0])))[0, :3, :3]
    np.testing.assert_allclose(flipped @ [1, 1, 1], [-1, -1, -1], atol=1e-6)
    np.testing.assert_allclose(flipped @ [1, -1, 0], [1, -1, 0], atol=1e-6)


def test_gradients_reach_the_pictures():
    given = tf.constant(pictures(2))
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = tf.reduce_sum(augmented(given, draws(2), 0.8) ** 2)
    gradient = np.asarray(tape.gradient(total, given))
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0
