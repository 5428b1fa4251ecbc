"""The shipped models on the sample photos."""

import numpy as np
import pytest

import mediakit


def test_everyday(samples):
    segment = mediakit.load("segmentation/everyday")
    assert [each.id for each in segment.classes] == [0, 8, 10, 12, 13, 15, 17]
    cat, photographer = segment([samples / "cat.jpg", samples / "photographer.jpg"])
    assert cat.labels[0] == "cat" and cat.areas[0].fraction == pytest.approx(0.78, abs=0.05)
    assert photographer.labels[:2] == ("background", "person") and photographer.areas[1].fraction == pytest.approx(0.29, abs=0.05)
    assert cat.mask[150, 200] == 8 and photographer.mask[300, 150] == 15


@pytest.mark.parametrize("name", ["coffee", "galaxies", "rocket", "stairs"])
def test_no_animals_where_there_are_none(samples, name):
    found = mediakit.load("segmentation/everyday")(samples / f"{name}.jpg")
    assert found.labels == ("background",)


def test_streets(samples):
    segment = mediakit.load("segmentation/streets")
    assert [each.id for each in segment.classes] == list(range(11)) and not segment.has_background
    found = segment(samples / "rocket.jpg")
    assert set(np.unique(found.mask)) <= set(range(11)) and "sky" in found.labels
