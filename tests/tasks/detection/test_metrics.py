"""Average precision through the pipeline."""

import json

import pytest
from fixtures_models import black_photo
from PIL import Image

import mediakit
from mediakit.errors import DataError


@pytest.fixture
def data(tmp_path):
    """Three photos; of one, a red cell has no box, and red is not labelled throughout."""
    (tmp_path / "annotations").mkdir()
    cells = [{"red": (0, 0)}, {"blue": (1, 2)}, {"red": (3, 3), "blue": (0, 1)}]
    boxed = [("red", 0, [0, 0, 32, 16]), ("blue", 1, [32, 32, 32, 16]), ("blue", 2, [60, 0, 32, 16])]
    for number, each in enumerate(cells):
        Image.fromarray(black_photo(128, 64, **each)).save(tmp_path / f"{number}.png")
    content = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 128, "height": 64} for i in range(3)],
        "categories": [{"id": 3, "name": "red"}, {"id": 5, "name": "blue"}, {"id": 8, "name": "green"}],
        "annotations": [{"image_id": image, "category_id": {"red": 3, "blue": 5}[name], "bbox": box} for name, image, box in boxed],
    }
    content["images"][2]["not_exhaustive_category_ids"] = [3]
    (tmp_path / "annotations/instances_val.json").write_text(json.dumps(content))
    content["annotations"] = content["annotations"][:1]
    (tmp_path / "annotations/instances_train.json").write_text(json.dumps(content))
    return tmp_path


def test_precision_is_measured_on_classes_with_boxes(tiny_detection, data):
    measured = mediakit.evaluate(str(tiny_detection), data, "val")
    assert measured.values["AP50 red"] == 1.0  # what is red in the third photo is left out
    halves = (51 / 101, 0.5 * 51 / 101)  # one of two is found, with the higher or the lower score
    assert any(measured.values["AP50 blue"] == pytest.approx(half) for half in halves)
    assert "AP50 green" not in measured.values and measured.examples == 3
    assert measured.values["mAP50"] == pytest.approx((measured.values["AP50 red"] + measured.values["AP50 blue"]) / 2)
    assert set(measured.baselines["the same boxes in every image"]) == {"mAP50", "mAP"}


def test_unknown_splits_are_refused(tiny_detection, data):
    with pytest.raises(DataError, match="no split 'test'"):
        mediakit.evaluate(str(tiny_detection), data, "test")
