"""Mu-law codes."""

import numpy as np

from mediakit.media import mu_law


def test_codes_come_back_from_their_samples():
    codes = np.arange(mu_law.CODES, dtype=np.uint8)
    np.testing.assert_array_equal(mu_law.encode(mu_law.decode(codes)), codes)


def test_silence_and_full_scale():
    np.testing.assert_array_equal(mu_law.encode(np.array([-2, -1, 0, 1, 2.0])), [0, 0, mu_law.SILENCE, 255, 255])


def test_steps_grow_with_the_sample():
    samples = mu_law.decode(np.arange(mu_law.CODES))
    steps = np.diff(samples[128:])
    assert (np.diff(steps) > 0).all() and 1.03 < steps[-1] / steps[-2] < 1.06  # 256 ** (1 / 127.5)
    np.testing.assert_allclose(samples, -samples[::-1], atol=1e-7)
