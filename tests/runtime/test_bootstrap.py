"""The bootstrap."""

import numpy as np
import pytest

from mediakit.runtime.bootstrap import bootstrap_interval


def test_is_as_wide_as_the_mean_is_uncertain() -> None:
    scores = np.random.default_rng(1).normal(5, 2, 400)
    low, high = bootstrap_interval(scores)
    error = scores.std() / 20
    assert low == pytest.approx(scores.mean() - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(scores.mean() + 1.96 * error, abs=0.2 * error)
    assert bootstrap_interval(scores) == (low, high), "the same every time"


def test_of_shares() -> None:
    assert bootstrap_interval(np.ones(10, bool)) == (1.0, 1.0)
