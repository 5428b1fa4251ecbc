"""Accuracy on a folder of classes."""

import numpy as np
import pytest
from fixtures_models import COLOURS, colour_photo
from PIL import Image

import mediakit
from mediakit.errors import DataError
from mediakit.runtime.confidence import calibration_error
from mediakit.tasks.classification.metrics import worst_group


def test_accuracy_beside_the_most_frequent_class(tiny_classification, tmp_path):
    for split in ("train", "val"):
        for colour in COLOURS:
            (tmp_path / "data" / split / colour).mkdir(parents=True)
            for i in range(2 if colour == "red" else 1):
                shown = "blue" if i else colour  # one red image is blue
                Image.fromarray(colour_photo(shown)).save(tmp_path / "data" / split / colour / f"{i}.png")
    measured = mediakit.evaluate(str(tiny_classification), tmp_path / "data", "val")
    assert measured.values["accuracy"] == 75.0 and measured.examples == 4
    assert 0 < measured.values["calibration error"] < 0.5
    assert measured.baselines == {"always red": {"accuracy": 50.0}}
    low, high = measured.intervals["accuracy"]
    assert low < 75 < high + 1


def test_images_without_classes_are_refused(tiny_classification, tmp_path):
    (tmp_path / "data").mkdir()
    for i in range(3):
        Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "data" / f"{i}.png")
    with pytest.raises(DataError, match="has no classes"):
        mediakit.evaluate(str(tiny_classification), tmp_path / "data", "all")


def test_calibration_error_and_worst_group():
    confidence, correct = np.array([0.95, 0.95, 0.55, 0.55]), np.array([1.0, 1.0, 0.0, 1.0])
    assert calibration_error(confidence, correct) == pytest.approx(0.05)
    assert worst_group(correct, ["a", "b", "b", "b"]) == pytest.approx(2 / 3)
