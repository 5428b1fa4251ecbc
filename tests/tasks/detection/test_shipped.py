"""The shipped detectors on the sample photos."""

import numpy as np
import pytest

import mediakit
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks.detection.boxes import iou


@pytest.fixture(scope="module")
def detect():
    return mediakit.load("detection/everyday")


@pytest.mark.parametrize(("photo", "label", "box"), [("cat", "cat", (20, 0, 445, 300)), ("photographer", "person", (10, 50, 310, 510))])
def test_everyday_finds_what_fills_a_photo(detect, repository, photo, label, box):
    best = detect(repository / f"samples/{photo}.jpg", threshold=0.3).objects[0]
    assert best.label == label and best.score > 0.4
    assert iou(np.array(best.box), np.array(box)) > 0.5


def test_everyday_knows_the_classes_of_coco(detect):
    assert len(detect.classes) == 80 and {"person", "hair drier"} <= set(detect.classes)


def test_blood_cells_are_no_medical_device():
    folder = open_folder("detection/blood_cells")
    assert mediakit.load("detection/blood_cells").classes == ("Platelets", "RBC", "WBC")
    assert any("medical use" in line for line in folder.manifest["not_good_for"])
