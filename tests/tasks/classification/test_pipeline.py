"""Images in, classes out, through a model that names the strongest colour."""

import pickle

import numpy as np
import pytest
from fixtures_models import colour_photo
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError


@pytest.fixture
def classify(tiny_classification):
    return mediakit.load(tiny_classification)


def test_the_most_probable_class_comes_first(classify, tmp_path):
    Image.fromarray(colour_photo("green")).save(tmp_path / "green.png")
    for image in (colour_photo("green"), colour_photo("green", 8), tmp_path / "green.png", (tmp_path / "green.png").read_bytes()):
        found = classify(image)
        assert [label.name for label in found.labels] == ["green", "red", "blue"]
        assert sum(label.probability for label in found.labels) == pytest.approx(1, abs=1e-5)
    assert repr(found).startswith("Classification(green 0.")
    assert found.to_dict()["labels"][0].keys() == {"label", "probability"} and found.to_dict()["familiar"] is None


def test_the_middle_of_an_image_counts(classify):
    wide = np.concatenate([colour_photo("red"), colour_photo("blue"), colour_photo("red")], axis=1)
    assert classify(wide).labels[0].name == "blue"
    grey = np.full((20, 30), 0.5)
    assert classify(grey).labels[0].probability == pytest.approx(1 / 3, abs=1e-3)


def test_a_stream_goes_on_past_errors_and_can_be_pickled(classify):
    images = [colour_photo("red"), "absent.png", np.zeros((2, 2, 2), np.uint8), colour_photo("blue")]
    found = [result for _, result in pickle.loads(pickle.dumps(classify)).stream(images, top=1)]
    assert [type(result).__name__ for result in found] == ["Classification", "InputError", "InputError", "Classification"]
    assert [label.name for label in found[0].labels] == ["red"]
    with pytest.raises(InputError, match="top is 0"):
        classify(images[0], top=0)


def test_logits_are_calibrated_by_the_manifest(tiny_classification, monkeypatch):
    from mediakit.runtime.model_folder import open_folder, write_manifest
    from mediakit.runtime.network import Network

    manifest = open_folder(tiny_classification).manifest
    manifest["networks"]["classifier"]["outputs"][0]["name"] = "logits"
    write_manifest(tiny_classification, manifest | {"calibration": {"temperature": 2.0, "energy": -3.0}})
    classify = mediakit.load(tiny_classification)
    for logits, familiar in (([8.0, 0.0, 0.0], True), ([1.0, 0.0, 0.0], False)):
        monkeypatch.setattr(Network, "__call__", lambda network, image, logits=logits: {"logits": np.array([logits], np.float32)})
        found = classify(colour_photo("red", 8))
        assert found.labels[0].probability == pytest.approx(np.exp(logits[0] / 2) / (np.exp(logits[0] / 2) + 2))
        assert found.familiar is familiar


def test_files_that_do_not_belong_together(tiny_classification):
    from mediakit.runtime.model_folder import describe_file, open_folder, write_manifest

    (tiny_classification / "classes.txt").write_text("red\n")
    manifest = open_folder(tiny_classification).manifest
    manifest["files"]["classes"] = describe_file(tiny_classification / "classes.txt")
    write_manifest(tiny_classification, manifest)
    with pytest.raises(ModelError, match=r"the classifier has 3 classes, classes\.txt 1"):
        mediakit.load(tiny_classification)
