import numpy as np
import pytest

from mediakit.tasks.traffic.graph import distances, neighbourhoods, normalized_hops

CHAIN = np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1)


def test_each_hop_holds_the_roads_first_reached_then_and_rows_add_up_to_one():
    hops = normalized_hops(CHAIN, 3)
    steps = np.abs(np.arange(5)[:, None] - np.arange(5))
    for hop in (1, 2, 3):
        np.testing.assert_array_equal(hops[hop - 1] > 0, steps == hop)
    sums = hops.sum(axis=2)
    assert set(np.unique(sums)) == {0.0, 1.0} and sums[2].tolist() == [1, 1, 0, 1, 1]


def test_near_neighbours_weigh_more():
    graph = np.array([[1, 0.9, 0.3], [0.9, 1, 0], [0.3, 0, 1]])
    np.testing.assert_allclose(normalized_hops(graph, 1)[0][0], [0, 0.75, 0.25])


def test_what_is_too_far_at_free_flow_is_left_out():
    speeds = np.full(5, 60.0)  # a kilometre a minute
    assert (normalized_hops(CHAIN, 3, reach=2.5, kernel=1.0, speeds=speeds)[2] == 0).all()
    assert (normalized_hops(CHAIN, 3, reach=3.5, kernel=1.0, speeds=speeds)[2] > 0).any()
    config = {"graph": True, "hops": 3, "reach": 2.5, "kernel": 1.0, "miles": True}
    assert (neighbourhoods(config, CHAIN, speeds)[2] > 0).any()  # 60 mph go farther
    assert neighbourhoods(config | {"graph": False}, CHAIN, speeds).shape == (0, 5, 5)


def test_distances_follow_from_kernel_weights_and_agree_with_shortest_paths():
    rng = np.random.default_rng(0)
    lengths = np.where(rng.random((7, 7)) < 0.4, rng.uniform(0.2, 1.5, (7, 7)), np.inf)
    np.fill_diagonal(lengths, 0)
    graph = np.exp(-((lengths / 2.0) ** 2))
    expected = lengths.copy()
    for middle in range(7):
        expected = np.minimum(expected, expected[:, middle, None] + expected[middle])
    np.testing.assert_allclose(distances(graph, 6, 2.0), expected, atol=1e-6)
    np.testing.assert_allclose(distances(graph, 1, 2.0), lengths, atol=1e-6)
    assert distances(CHAIN, 4, 1.5)[0, 4] == pytest.approx(6.0)


def test_a_road_that_nothing_joins_sees_nothing():
    assert (normalized_hops(np.zeros((3, 3)), 2) == 0).all()
