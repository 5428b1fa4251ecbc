"""Images in, boxes out, through a model that finds red and blue cells."""

import pickle

import numpy as np
import pytest
from fixtures_models import black_photo
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError


@pytest.fixture
def detect(tiny_detection):
    return mediakit.load(tiny_detection)


def test_boxes_are_in_pixels_of_the_photo(detect, tmp_path):
    photo = black_photo(128, 64, red=(1, 1), blue=(3, 2))
    Image.fromarray(photo).save(tmp_path / "photo.png")
    for image in (photo, tmp_path / "photo.png", (tmp_path / "photo.png").read_bytes()):
        found = detect(image)
        assert (found.width, found.height) == (128, 64)
        assert {each.label: each.box for each in found.objects} == {"red": (32, 16, 64, 32), "blue": (96, 32, 128, 48)}
        assert all(0.9 < each.score < 1 for each in found.objects)
    assert found.to_dict()["objects"][0].keys() == {"label", "score", "box"}
    assert repr(found).startswith("Detections(128 x 64: ")


def test_boxes_are_in_pixels_of_the_upright_photo(detect, tmp_path):
    lying = np.rot90(black_photo(640, 1280, red=(0, 1)))  # shown upright by a quarter turn clockwise
    image, exif = Image.fromarray(lying), Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    found = detect(tmp_path / "photo.jpg")
    assert (found.width, found.height) == (640, 1280)
    assert [each.box for each in found.objects] == [(0, 320, 160, 640)]


def test_threshold_and_classes_choose_objects(detect):
    photo = black_photo(64, 64, red=(0, 0), blue=(2, 2))
    assert [each.label for each in detect(photo, labels=("blue",)).objects] == ["blue"]
    assert detect(photo, threshold=0.999).objects == () and detect(photo, threshold=1.0).objects == ()
    assert len(detect(photo, threshold=0.001).objects) == 30  # what is black has a low score of both classes
    with pytest.raises(InputError, match="knows no class 'bleu'; did you mean blue"):
        detect(photo, labels=("bleu",))
    with pytest.raises(InputError, match="threshold is 0"):
        detect(photo, threshold=0)


def test_a_stream_goes_on_past_errors_and_can_be_pickled(detect):
    images = [black_photo(32, 32, red=(0, 0)), "absent.png", np.zeros((2, 2, 2), np.uint8), black_photo(32, 32)]
    found = [result for _, result in pickle.loads(pickle.dumps(detect)).stream(images)]
    assert [type(result).__name__ for result in found] == ["Detections", "InputError", "InputError", "Detections"]
    assert found[3].objects == () and "nothing" in repr(found[3])


def test_files_that_do_not_fit_are_refused(tiny_detection):
    from mediakit.runtime.model_folder import describe_file, open_folder, write_manifest

    (tiny_detection / "classes.txt").write_text("red\n")
    manifest = open_folder(tiny_detection).manifest
    manifest["files"]["classes"] = describe_file(tiny_detection / "classes.txt")
    write_manifest(tiny_detection, manifest)
    with pytest.raises(ModelError, match=r"do not fit classes.txt"):
        mediakit.load(tiny_detection)
