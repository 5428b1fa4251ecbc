"""Cutting out what stands before a plain background, and putting it before another."""

import numpy as np
import tensorflow as tf

from mediakit.training.backgrounds import composite, matte, turned

SIZE = 48


def hand(background):
    """A skin-coloured block on a background `[size, size, 3]`, reaching to the lower edge."""
    photo = np.broadcast_to(background, (SIZE, SIZE, 3)).astype(np.uint8).copy()
    photo[14:, 16:32] = (200, 140, 110)
    return photo


def test_the_foreground_is_cut_out_of_uneven_light():
    light = np.linspace(90, 220, SIZE)[:, None, None] * np.ones(3)
    for background in (np.zeros(3), np.full(3, 230), light):
        found = matte(hand(background))
        assert found is not None and found[30, 24] > 250 and found[4, 4] == 0 and found[30, 4] == 0


def test_no_foreground_where_the_border_is_not_plain_or_nothing_stands_there():
    rng = np.random.default_rng(0)
    assert matte(rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)) is None
    assert matte(np.full((SIZE, SIZE, 3), 130, np.uint8)) is None


def test_turning_about_the_centre():
    photo = np.zeros((SIZE, SIZE, 1), np.float32)
    photo[:6] = 1
    quarter = turned(tf.constant(photo), tf.constant(np.pi / 2, tf.float32), tf.constant(1.0), "CONSTANT").numpy()[..., 0]
    assert quarter[:, :5].min() > 0.9 or quarter[:, -5:].min() > 0.9
    same = turned(tf.constant(photo), tf.constant(0.0), tf.constant(1.0), "REFLECT").numpy()
    np.testing.assert_allclose(same, photo, atol=1e-5)
    enlarged = turned(tf.constant(photo), tf.constant(0.0), tf.constant(2.0), "REFLECT").numpy()
    assert enlarged.max() == 0  # the rows at the edge are out of sight


def test_opacity_blends():
    ones, zeros = tf.ones((2, 2, 3)), tf.zeros((2, 2, 3))
    np.testing.assert_allclose(composite(ones, tf.fill((2, 2, 1), 0.25), zeros).numpy(), 0.25)
