"""Photos in, masks out, through a model that gives each pixel the class of its strongest colour."""

import pickle

import numpy as np
import pytest
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError
from mediakit.runtime.model_folder import describe_file, open_folder, write_manifest


@pytest.fixture
def segment(tiny_segmentation):
    return mediakit.load(tiny_segmentation)


def red_left(height=64, width=96):
    """A black photo whose left half is red."""
    photo = np.zeros((height, width, 3), np.uint8)
    photo[:, : width // 2] = (255, 0, 0)
    return photo


@pytest.mark.parametrize("size", [(64, 96), (32, 48), (96, 64), (200, 30), (1, 1), (3, 500)])
def test_masks_have_the_photos_size_and_the_classes_ids(segment, size):
    found = segment(red_left(*size))
    assert found.mask.shape == size and found.mask.dtype == np.uint8 and set(np.unique(found.mask)) <= {0, 3}
    assert sum(area.pixels for area in found.areas) == found.mask.size
    assert sum(area.fraction for area in found.areas) == pytest.approx(1)


def test_the_boundary_is_where_the_photo_has_it(segment):
    for photo in (red_left(), red_left(120, 90)):
        found = segment(photo)
        wrong = (found.mask == 3) != (photo[..., 0] > 0)
        assert wrong[:, [0, -1]].sum() == 0 and wrong.mean() < 0.05
        assert found.labels == ("background", "red") or found.labels == ("red", "background")


def test_a_mask_of_a_huge_photo_is_enlarged(segment, monkeypatch):
    monkeypatch.setattr("mediakit.tasks.segmentation.canvas.MOST_PIXELS", 600)
    found = segment(red_left(64, 96))
    assert found.mask.shape == (64, 96) and 0.45 < found.areas[1].fraction < 0.55


def test_regions_for_other_tools(segment):
    fields = segment(red_left(16, 24)).to_dict()
    assert (fields["width"], fields["height"]) == (24, 16)
    by_label = {each["label"]: each for each in fields["segments"]}
    red = by_label["red"]
    assert red["id"] == 3 and red["pixels"] == red["fraction"] * 16 * 24 and red["rle"]["size"] == [16, 24]
    [outline] = red["polygons"]
    assert (min(outline), max(outline[::2])) == (0, red["pixels"] // 16 - 1)


def test_a_cutout_keeps_the_foreground_and_hides_the_rest(segment):
    photo = red_left()
    cut = segment(photo).cutout(photo)
    assert cut.shape == (64, 96, 4) and np.array_equal(cut[..., :3], photo)
    assert cut[:, :40, 3].min() > 250 and cut[:, -40:, 3].max() < 5


def test_what_is_shown(segment, tmp_path):
    photo = red_left()
    found = segment(photo)
    assert found.palette_image().mode == "P" and np.array_equal(np.asarray(found.palette_image()), found.mask)
    assert found.palette_image().convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    drawn = found.overlay(photo)
    assert drawn.shape == photo.shape and np.array_equal(drawn[:, -40:], photo[:, -40:])
    assert found.draw().size == (48, 32) and found._repr_png_().startswith(b"\x89PNG")
    found.palette_image().save(tmp_path / "mask.png")
    with Image.open(tmp_path / "mask.png") as read:
        assert read.mode == "P" and np.array_equal(np.asarray(read), found.mask)


def test_flipping_changes_nothing_for_a_model_without_sides(segment):
    assert np.array_equal(segment(red_left(), flip=True).mask, segment(red_left()).mask)


def test_a_stream_goes_on_past_errors_and_can_be_pickled(segment):
    photos = [red_left(), "absent.png", np.zeros((2, 2, 2), np.uint8), red_left()]
    found = [result for _, result in pickle.loads(pickle.dumps(segment)).stream(photos)]
    assert [type(result).__name__ for result in found] == ["Segmentation", "InputError", "InputError", "Segmentation"]
    with pytest.raises(InputError, match="no class dog; its classes are background, red"):
        found[0].region("dog")


@pytest.mark.parametrize(
    ("table", "message"),
    [("0\tbackground\t#000000\n", r"has 4 classes, classes\.tsv 1"), ("background\n", "is not a table of id, name and colour")],
)
def test_files_that_do_not_belong_together(tiny_segmentation, table, message):
    (tiny_segmentation / "classes.tsv").write_text(table)
    manifest = open_folder(tiny_segmentation).manifest
    manifest["files"]["classes"] = describe_file(tiny_segmentation / "classes.tsv")
    write_manifest(tiny_segmentation, manifest)
    with pytest.raises(ModelError, match=message):
        mediakit.load(tiny_segmentation)


@pytest.fixture
def cautious(tiny_segmentation):
    """The same model with a calibration: a class is as sure as its mean probability over its region says."""
    manifest = open_folder(tiny_segmentation).manifest
    manifest["config"] = {**manifest.get("config", {}), "confidence": {"intercept": 0.0, "evidence": 1.0}}
    write_manifest(tiny_segmentation, manifest)
    return mediakit.load(tiny_segmentation)


def test_a_score_is_the_calibrated_mean_probability_of_a_region(cautious):
    found = cautious(red_left(), min_score=0)
    scores = {area.label: area.score for area in found.areas}
    region = found.scores.argmax(axis=-1) == 1
    assert scores["background"] is None
    assert scores["red"] == pytest.approx(found.scores[region, 1].mean(), abs=1e-5)
    assert found.to_dict()["segments"][0].keys() == {"label", "id", "score", "pixels", "fraction", "polygons", "rle"}


def test_a_doubtful_class_is_left_out_and_told(cautious):
    found = cautious(red_left(), min_score=1)
    assert found.labels == ("background",) and not found.mask.any()
    [doubt] = found.left_out
    assert doubt.label == "red" and 0.5 < doubt.score < 1
    assert found.to_dict()["left_out"] == [{"label": "red", "score": round(doubt.score, 3)}]
    np.testing.assert_allclose(found.scores.sum(axis=-1), 1, atol=1e-5)
    assert cautious(red_left()).left_out == () and "red" in cautious(red_left()).labels


def test_without_calibration_nothing_is_left_out(segment):
    found = segment(red_left(), min_score=1)
    assert "red" in found.labels and found.left_out == () and found.areas[0].score is None


def test_a_score_is_a_probability(segment):
    with pytest.raises(InputError, match="min_score is 2; it must be from 0 to 1"):
        segment(red_left(), min_score=2)


@pytest.mark.parametrize("weights", [{"evidence": 1}, {"intercept": 0, "size": 1}, {"intercept": "much"}], ids=str)
def test_a_broken_calibration_is_refused(tiny_segmentation, weights):
    manifest = open_folder(tiny_segmentation).manifest
    manifest["config"] = {"confidence": weights}
    write_manifest(tiny_segmentation, manifest)
    with pytest.raises(ModelError, match="calibration cannot be used"):
        mediakit.load(tiny_segmentation)
