"""Photos with masks in the layouts of CamVid and PASCAL VOC."""

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets import segmented_photos
from mediakit.datasets.segmented_photos import VOID
from mediakit.datasets.voc_masks import palette_color
from mediakit.errors import DataError


@pytest.fixture
def camvid(tmp_path):
    for split, suffix in (("train", "png"), ("val", "jpg")):
        for name in (split, f"{split}annot"):
            (tmp_path / "CamVid" / name).mkdir(parents=True)
        Image.new("RGB", (8, 6)).save(tmp_path / "CamVid" / split / f"{split}1.{suffix}")
        Image.new("L", (8, 6), 11).save(tmp_path / "CamVid" / f"{split}annot" / f"{split}1.png")
    return tmp_path


@pytest.fixture
def voc(tmp_path):
    for name in ("JPEGImages", "SegmentationClassAug", "ImageSets/Segmentation"):
        (tmp_path / name).mkdir(parents=True)
    for split, name in (("train", "a"), ("val", "b")):
        Image.new("RGB", (8, 6)).save(tmp_path / "JPEGImages" / f"{name}.jpg")
        Image.new("L", (8, 6), 12).save(tmp_path / "SegmentationClassAug" / f"{name}.png")
        (tmp_path / "ImageSets" / "Segmentation" / f"{split}.txt").write_text(f"{name}\n")
    return tmp_path


@pytest.mark.parametrize("inside", ["", "CamVid"])
def test_camvid(camvid, inside):
    data = segmented_photos.read(camvid / inside)
    assert [each.name for each in data.train + data.validation] == ["train1", "val1"]
    assert [each.photo.suffix for each in data.train + data.validation] == [".png", ".jpg"]
    assert [each.name for each in data.classes[:3]] == ["sky", "building", "pole"] and data.origin.name == "CamVid"
    assert data.index_of_id[[0, 10, 11, 200]].tolist() == [0, 10, VOID, VOID]


def test_camvid_without_a_mask(camvid):
    (camvid / "CamVid" / "valannot" / "val1.png").unlink()
    with pytest.raises(DataError, match=r"val1\.png: no such file; it is the mask of val1\.jpg"):
        segmented_photos.read(camvid)


def test_voc_with_some_classes(voc):
    data = segmented_photos.read(voc)
    assert len(data.classes) == 21 and data.index_of_id[[0, 12, 20, 21, 255]].tolist() == [0, 12, 20, VOID, VOID]
    data = segmented_photos.read(voc, "sheep, dog")
    assert [(each.id, each.name) for each in data.classes] == [(0, "background"), (12, "dog"), (17, "sheep")]
    assert data.index_of_id[[0, 1, 12, 17, 255]].tolist() == [0, 0, 1, 2, VOID]
    with pytest.raises(DataError, match=r"no class 'sheeps'; .*did you mean sheep"):
        segmented_photos.read(voc, "sheeps")


def test_classes_of_ones_own(voc):
    (voc / "classes.txt").write_text("background\nleaf\nblossom\n")
    data = segmented_photos.read(voc)
    assert [each.name for each in data.classes] == ["background", "leaf", "blossom"]
    assert data.origin.license == "its owner's" and data.index_of_id[12] == VOID


def test_what_is_missing_in_voc(voc, tmp_path):
    (voc / "JPEGImages" / "a.jpg").unlink()
    with pytest.raises(DataError, match=r"a\.jpg: no such file; train\.txt lists it"):
        segmented_photos.read(voc)
    with pytest.raises(DataError, match="no masks; expected"):
        segmented_photos.read(tmp_path / "JPEGImages")
    with pytest.raises(DataError, match="no such folder"):
        segmented_photos.read(tmp_path / "absent")


def test_vocs_palette():
    """Colours of the development kit's own figure."""
    assert [palette_color(i) for i in (0, 1, 8, 15, 20)] == [(0, 0, 0), (128, 0, 0), (64, 0, 0), (192, 128, 128), (0, 64, 128)]
    assert len({palette_color(i) for i in np.arange(256).tolist()}) == 256
