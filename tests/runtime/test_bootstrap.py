"""The bootstrap, on statistics whose sampling distribution is known."""

import numpy as np
import pytest

from mediakit.runtime.bootstrap import bootstrap


def mean(rows: np.ndarray) -> dict[str, float]:
    return {"mean": rows.mean()}


def test_the_interval_of_a_mean() -> None:
    scores = np.random.default_rng(1).normal(5, 2, 400)
    low, high = bootstrap(mean, scores)["mean"]
    error = scores.std() / 20
    assert low == pytest.approx(scores.mean() - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(scores.mean() + 1.96 * error, abs=0.2 * error)


def test_all_metrics_are_of_the_same_resampled_rows() -> None:
    """A ratio of sums over rows of two columns, and its inverse: the interval of one mirrors the other's."""
    counts = np.random.default_rng(2).integers(1, 9, (50, 2))

    def ratios(rows: np.ndarray) -> dict[str, float]:
        first, second = rows.sum(axis=0)
        return {"ratio": first / second, "inverse": second / first}

    intervals = bootstrap(ratios, counts)
    low, high = intervals["ratio"]
    assert low < counts[:, 0].sum() / counts[:, 1].sum() < high
    assert intervals["inverse"] == pytest.approx((1 / high, 1 / low), rel=0.01)


def test_is_the_same_every_time() -> None:
    scores = np.random.default_rng(3).normal(size=20)
    assert bootstrap(mean, scores) == bootstrap(mean, scores)


def test_equal_rows_have_an_interval_of_no_width() -> None:
    assert bootstrap(mean, np.ones(10, bool)) == {"mean": (1.0, 1.0)}


def test_one_row_has_no_interval() -> None:
    assert bootstrap(mean, np.ones(1)) == {}
    assert bootstrap(mean, np.array([1.0, 3.0])) == {"mean": (1.0, 3.0)}
