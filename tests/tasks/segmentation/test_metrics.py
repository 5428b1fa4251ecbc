"""Intersection over union on made masks."""

import numpy as np
import pytest
from PIL import Image

import mediakit
from mediakit.errors import DataError
from mediakit.tasks.segmentation.confusion import class_ious, confusion, mean_iou


def test_confusion_leaves_void_out():
    truth = np.array([[0, 0, 1], [1, 255, 2]], np.uint8)
    found = np.array([[0, 1, 1], [1, 0, 0]], np.uint8)
    matrix = confusion(truth, found, 4)
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(class_ious(matrix), [1 / 3, 2 / 3, 0, np.nan])
    assert mean_iou(matrix) == pytest.approx(1 / 3)


@pytest.fixture
def data(tmp_path):
    """Two photos in VOC's layout: one that the tiny model masks rightly, and one whose blue half is labelled as green."""
    root = tmp_path / "data"
    for name in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (root / name).mkdir(parents=True)
    (root / "classes.txt").write_text("background\nx\ny\nred\nz\ngreen\nu\nv\nw\nblue\n")
    for name, color in (("a", (255, 0, 0)), ("b", (0, 0, 255))):
        photo, mask = np.zeros((64, 96, 3), np.uint8), np.zeros((64, 96), np.uint8)
        photo[:, :48], mask[:, :48] = color, 3 if name == "a" else 5
        mask[:, 44:52] = 255  # void along the edge
        Image.fromarray(photo).save(root / "JPEGImages" / f"{name}.jpg", quality=95)
        Image.fromarray(mask).save(root / "SegmentationClass" / f"{name}.png")
    for split in ("train", "val"):
        (root / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("a\nb\n")
    return root


def test_a_model_beside_baselines(tiny_segmentation, data):
    measured = mediakit.evaluate(str(tiny_segmentation), data, "val")
    assert measured.examples == 2 and measured.values["red"] == pytest.approx(100)
    assert measured.values["background"] == pytest.approx(100) and measured.values["foreground IoU"] == pytest.approx(100)
    assert measured.values["pixel accuracy"] == pytest.approx(75, abs=0.1)
    assert measured.values["green"] == measured.values["blue"] == 0
    assert measured.values["mIoU"] == pytest.approx(50)
    everywhere = measured.baselines["background everywhere"]
    assert everywhere["pixel accuracy"] == pytest.approx(50) and everywhere["foreground IoU"] == 0
    assert "mIoU" in measured.intervals


def test_other_classes_than_the_models(tiny_segmentation, data):
    (data / "classes.txt").write_text("background\nx\ny\nred\nz\nblue\nu\nv\nw\ngreen\n")
    with pytest.raises(DataError, match="the masks have the classes background, red, blue, green, the model background, red, green, blue"):
        mediakit.evaluate(str(tiny_segmentation), data, "val")


def test_an_unknown_split(tiny_segmentation, data):
    with pytest.raises(DataError, match="no split 'test'; choose from train, val"):
        mediakit.evaluate(str(tiny_segmentation), data, "test")
