"""Events out of the probabilities of frames."""

import numpy as np
import pytest

from mediakit.tasks.classification.over_time import Event, EventDetector

CLASSES = ("1", "2", "none")


def events(labels, smoothing=0.0, step=0.1):
    """The events of a film whose frames show these classes, one every `step` seconds."""
    detector = EventDetector(CLASSES, threshold=0.6, smoothing=smoothing, shortest=0.25)
    found = [detector.add(step * i, np.where(np.array(CLASSES) == label, 0.9, 0.05)) for i, label in enumerate(labels)]
    return [event for event in [*found, detector.finish()] if event]


def test_an_event_for_each_stretch_of_a_class():
    found = events(["none"] * 3 + ["1"] * 5 + ["2"] * 5 + ["none"] * 3)
    assert [(event.label, round(event.start, 1), round(event.end, 1)) for event in found] == [("1", 0.3, 0.8), ("2", 0.8, 1.3)]
    assert 0.6 < found[0].probability <= 0.9
    assert events(["none"] * 9) == events(["1", "1"]) == []  # nothing; too short


def test_smoothing_bridges_an_odd_frame():
    labels = ["1"] * 8 + ["2"] + ["1"] * 8
    assert [event.label for event in events(labels, smoothing=0.3)] == ["1"]
    assert [event.label for event in events(labels)] == ["1", "1"]


def test_ready_for_json():
    assert Event("3", 1.234, 2.0, 0.98765).to_dict() == {"label": "3", "start": 1.23, "end": 2.0, "probability": pytest.approx(0.9877)}
