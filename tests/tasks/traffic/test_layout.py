import numpy as np

from mediakit.tasks.traffic.layout import layout


def chain(count):
    return np.eye(count) + np.eye(count, k=1) + np.eye(count, k=-1)


def test_neighbours_are_drawn_near_one_another():
    places = layout(chain(30))
    assert places.shape == (30, 2) and places.min() >= 0 and places.max() <= 1
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    steps = np.abs(np.arange(30)[:, None] - np.arange(30))
    assert distances[steps == 1].mean() < 0.3 * distances[steps > 10].mean()
    assert distances[steps > 0].min() > 0.005


def test_any_graph_has_a_layout_and_always_the_same():
    for graph in (np.ones((1, 1)), np.eye(2), np.zeros((5, 5)), np.ones((6, 6)), np.kron(np.eye(3), chain(4))):
        places = layout(graph)
        assert np.isfinite(places).all() and (places == layout(graph)).all()
