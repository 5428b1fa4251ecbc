"""Even samples from streams of unknown length."""

import numpy as np
import pytest

from mediakit.media.thinning import Thinned


@pytest.mark.parametrize("total", [0, 1, 5, 8, 9, 100, 1001])
def test_few_items_are_kept_evenly(total):
    kept = Thinned(8)
    for i in range(total):
        kept.add(i)
        assert len(kept._items) < 16
    found = list(kept.evenly())
    assert len(found) == min(total, 8)
    if total > 100:
        assert np.diff(found).max() <= 2 * np.diff(found).min() and found[0] < total / 8
