import numpy as np

from mediakit.tasks.traffic.road_map import COLOURS, SIZE, colour_of, draw_map, on_canvas, page, radii_of

PLACES = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
GRAPH = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1.0]])
SPEEDS = np.array([0.1, 0.65, 1.2])


def test_roads_have_the_colours_of_their_speeds_and_north_is_up():
    image = draw_map(PLACES, GRAPH, SPEEDS, title="Speeds")
    points = on_canvas(PLACES)
    assert image.size == SIZE and points[2][1] < points[0][1]
    for point, colour in zip(points, (COLOURS[0][1], (253, 174, 97), COLOURS[-1][1]), strict=True):
        np.testing.assert_allclose(image.getpixel(tuple(map(int, point))), colour, atol=3)


def test_influence_makes_roads_larger():
    radii = radii_of(np.array([0.0, 1.0, 4.0]), 3)
    assert radii[0] < radii[1] < radii[2]
    assert len(set(radii_of(None, 3))) == len(set(radii_of(np.zeros(3), 3))) == 1
    assert colour_of(0.0) == COLOURS[0][1]


def test_a_page_holds_every_road_and_edge_and_escapes_names():
    text = page(PLACES, GRAPH, SPEEDS, None, ["a", "b", "<c>"], ["slow", "so", "fast"], "Speeds & more")
    assert text.count("<circle") == 3 and text.count("<line") == 2
    assert "&lt;c&gt;: fast" in text and "<c>" not in text and "Speeds &amp; more" in text


def test_one_road_has_a_map_too():
    assert draw_map(np.zeros((1, 2)), np.ones((1, 1)), np.ones(1)).size == SIZE
