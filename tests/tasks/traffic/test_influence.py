import numpy as np
import pytest

from mediakit.tasks.traffic.influence import rank_correlation


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [([1, 2, 3], [10, 20, 90], 1.0), ([1, 2, 3], [3, 2, 1], -1.0), ([1, 2, 2, 3], [1, 3, 2, 4], 0.9486833), ([1, 1], [1, 2], 0.0)],
)
def test_rank_correlation(one, other, expected):
    assert rank_correlation(np.array(one, float), np.array(other, float)) == pytest.approx(expected)
