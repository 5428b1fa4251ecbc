import numpy as np

from mediakit.media.lag_features import FEATURES, features, lagged, lags_of


def test_lags_that_reach_before_the_beginning_stand_at_the_start_value():
    values = np.arange(40.0)
    found, known, start = lagged(values, np.array([3, 30]), 12)
    assert start.tolist() == [2, 18]  # the last value, then the one of a season ago
    assert found[1].tolist() == [30 - lag if lag <= 30 else 18 for lag in lags_of(12)]
    assert not known[0, 4] and found[0, 4] == 2


def test_features_of_several_paths_are_those_of_each():
    paths = np.random.default_rng(0).normal(size=(3, 50))
    times = np.array([20, 49])
    found, known, _ = lagged(paths, times, 7)
    together = features(found, known, times, 7)
    assert together.shape == (3, 2, FEATURES) and together.dtype == np.float32
    for path, made in zip(paths, together, strict=True):
        alone = lagged(path, times, 7)
        np.testing.assert_array_equal(features(alone[0], alone[1], times, 7), made)
