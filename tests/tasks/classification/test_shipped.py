"""Golden answers of the shipped classifiers."""

from pathlib import Path

import numpy as np
import pytest

import mediakit

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.mark.parametrize(
    ("photo", "labels"),
    [("cat", {"tiger cat", "tabby", "Egyptian cat"}), ("coffee", {"espresso"}), ("photographer", {"tripod"}), ("rocket", {"missile"})],
)
def test_imagenet_names_the_samples(photo, labels):
    found = mediakit.load("classification/imagenet")(SAMPLES / f"{photo}.jpg")
    assert found.labels[0].name in labels and len(found.labels) == 5
    assert found.labels[0].probability > 0.3 and found.familiar


def test_what_no_class_fits_is_unfamiliar():
    found = mediakit.load("classification/imagenet")(np.full((50, 50, 3), 90, np.uint8))
    assert found.familiar is False and found.labels[0].probability < 0.2


def test_photos_without_hands_show_no_sign():
    classify = mediakit.load("classification/gestures")
    for photo in ("cat", "rocket", "photographer"):
        assert classify(SAMPLES / f"{photo}.jpg").labels[0].name == "none"


def test_fashion_has_ten_classes_of_grey_images():
    found = mediakit.load("classification/fashion")(np.zeros((28, 28), np.uint8), top=10)
    assert len(found.labels) == 10 and sum(label.probability for label in found.labels) == pytest.approx(1, abs=1e-4)
