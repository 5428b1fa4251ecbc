"""Tracks of moving boxes."""

import numpy as np
import pytest

from mediakit.tasks.detection.pipeline import DetectedObject
from mediakit.tasks.detection.tracking import PATIENCE, Tracker, assign


def thing(x, y, label="car", size=20):
    return DetectedObject(label, 0.9, (x, y, x + size, y + size))


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5), (6, 4), (7, 7)])
def test_assignment_is_scipys(shape):
    optimize = pytest.importorskip("scipy.optimize")
    for seed in range(20):
        costs = np.random.default_rng(seed).normal(size=shape).round(1)
        rows, columns = optimize.linear_sum_assignment(costs)
        given = [(row, column) for row, column in enumerate(assign(costs)) if column is not None]
        assert len(given) == len({column for _, column in given}) == min(shape)
        assert sum(costs[place] for place in given) == pytest.approx(costs[rows, columns].sum())


def test_nothing_is_assigned_to_nothing():
    assert assign(np.zeros((0, 3))) == [] and assign(np.zeros((2, 0))) == [None, None]


def test_objects_that_pass_each_other_keep_their_tracks():
    tracker, tracks = Tracker(), []
    for frame in range(20):
        objects = [thing(8 * frame, 50), thing(160 - 8 * frame, 58)]
        order = (0, 1) if frame % 2 else (1, 0)
        found = tracker.update([objects[i] for i in order])
        tracks.append((found[order.index(0)], found[order.index(1)]))
    assert len(set(tracks)) == 1


@pytest.mark.parametrize("speed", [0, 15, 30, 60, 90])
def test_a_camera_that_turns_keeps_the_tracks(speed):
    tracker, places = Tracker(), np.array([(0, 0), (70, 10), (200, 5)])
    for frame in range(12):
        shake = np.random.default_rng(frame).normal(size=(3, 2))
        shift = (-speed * frame, 3 * frame)
        assert tracker.update([thing(*place, size=40) for place in places + shift + shake]) == (1, 2, 3)


def test_a_camera_that_sways_keeps_the_tracks():
    tracker = Tracker()
    for frame in range(30):
        shift = 150 * np.sin(frame / 2)
        assert tracker.update([thing(0 + shift, 0, size=40), thing(65 + shift, 20, size=40)]) == (1, 2)


def test_one_object_is_followed_a_box_further_and_not_everywhere():
    for step, tracks in ((35, {1}), (45, {1, 2})):
        tracker = Tracker()
        assert {tracker.update([thing(step * frame, 0, size=40)])[0] for frame in range(2)} == tracks


def test_a_hidden_object_turns_with_the_camera():
    tracker, places = Tracker(), np.array([(0, 0), (70, 10), (200, 5)])
    for _ in range(3):
        tracker.update([thing(*place) for place in places])
    assert tracker.update([thing(*place) for place in np.add(places[:2], (55, 0))]) == (1, 2)
    assert tracker.update([thing(*place) for place in np.add(places, (110, 0))]) == (1, 2, 3)


def test_classes_are_tracked_apart():
    tracker = Tracker()
    assert tracker.update([thing(0, 0)]) == (1,)
    assert tracker.update([thing(1, 0, "dog")]) == (2,)
    assert tracker.update([thing(2, 0)]) == (1,)


def test_a_hidden_object_is_found_again_for_a_while():
    tracker = Tracker()
    for frame in range(6):
        assert tracker.update([thing(4 * frame, 0)]) == (1,)
    for _ in range(PATIENCE - 1):
        assert tracker.update([]) == ()
    assert tracker.update([thing(4 * (5 + PATIENCE), 0)]) == (1,)
    for _ in range(PATIENCE + 1):
        tracker.update([])
    assert tracker.update([thing(4 * (5 + PATIENCE), 0)]) == (2,)
