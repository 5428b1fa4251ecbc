"""Regions as polygons and run lengths, beside COCO's own code."""

import numpy as np
import pytest

from mediakit.tasks.segmentation.regions import polygons, run_lengths


@pytest.mark.parametrize("seed", range(6))
def test_run_lengths_are_cocos(seed):
    coco = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(seed)
    region = rng.random((rng.integers(1, 90), rng.integers(1, 90))) < rng.choice([0.02, 0.5, 0.98])
    ours = run_lengths(region)
    theirs = coco.encode(np.asfortranarray(region, np.uint8))
    assert ours["counts"] == theirs["counts"].decode() and ours["size"] == theirs["size"]
    assert np.array_equal(coco.decode(ours), region)


@pytest.mark.parametrize("value", [False, True])
def test_run_lengths_of_one_value(value):
    coco = pytest.importorskip("pycocotools.mask")
    region = np.full((700, 500), value)
    assert np.array_equal(coco.decode(run_lengths(region)), region)


def test_polygons_are_outer_outlines_the_largest_first():
    region = np.zeros((40, 40), bool)
    region[2:6, 2:8] = True
    region[10:35, 5:30] = True
    region[15:20, 15:20] = False  # a hole
    region[38, 38] = True  # a speck
    large, small = polygons(region)
    assert sorted(zip(large[::2], large[1::2], strict=True)) == [(5, 10), (5, 34), (29, 10), (29, 34)]
    assert sorted(zip(small[::2], small[1::2], strict=True)) == [(2, 2), (2, 5), (7, 2), (7, 5)]
    assert polygons(np.zeros((5, 5), bool)) == []
