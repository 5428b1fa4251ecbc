import json

import pytest
from PIL import Image

from mediakit.datasets import captioned_photos, flickr8k
from mediakit.errors import DataError


def photos(folder, names):
    folder.mkdir(exist_ok=True)
    for name in names:
        Image.new("RGB", (8, 8)).save(folder / name)


@pytest.fixture
def published(tmp_path):
    """Flickr8k's layout with seven photos."""
    names = [f"{i}.jpg" for i in range(7)]
    photos(tmp_path / "Images", names)
    lines = [f"{name}#{k}\tcaption {k} of {name}" for name in names for k in range(5)]
    (tmp_path / "Flickr8k.token.txt").write_text("\n".join([*lines, "9.jpg.1#0\tbroken"]) + "\n")
    for split, part in (("train", names[:3]), ("dev", names[3:4]), ("test", names[4:6])):
        (tmp_path / f"Flickr_8k.{split}Images.txt").write_text("\n".join(part) + "\n")
    return tmp_path


def test_published_splits(published):
    assert flickr8k.splits(published) == ("train", "dev", "test", "unlisted")
    read = {split: [photo.path.name for photo in captioned_photos.read(published, split)] for split in flickr8k.splits(published)}
    assert read == {"train": ["0.jpg", "1.jpg", "2.jpg"], "dev": ["3.jpg"], "test": ["4.jpg", "5.jpg"], "unlisted": ["6.jpg"]}
    assert captioned_photos.read(published, "dev")[0].captions[4] == "caption 4 of 3.jpg"


def test_missing_photos_are_counted_and_three_are_named(published):
    for name in ("0.jpg", "1.jpg"):
        (published / "Images" / name).unlink()
    warnings = []
    assert len(flickr8k.read(published, "train", warn=warnings.append)) == 1
    assert warnings == ["2 captioned photos are missing and left out: 0.jpg, 1.jpg"]


def test_listed_photos_without_captions_are_reported(published):
    with open(published / "Flickr_8k.devImages.txt", "a") as file:
        file.write("unknown.jpg\n")
    warnings = []
    flickr8k.read(published, "dev", warn=warnings.append)
    assert "1 photos of the split dev have no captions" in warnings[0] and "unknown.jpg" in warnings[0]


def test_many_unlisted_photos_may_be_test_photos(published, monkeypatch):
    (published / "Flickr_8k.testImages.txt").unlink()
    monkeypatch.setattr(flickr8k, "PUBLISHED_TEST_PHOTOS", 4)
    with pytest.raises(DataError, match="might be test photos"):
        flickr8k.read(published, "unlisted")
    assert "unlisted" not in flickr8k.splits(published)


def test_missing_parts_are_named(published, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        captioned_photos.read(tmp_path / "absent", "train")
    (published / "Flickr_8k.trainImages.txt").unlink()
    with pytest.raises(DataError, match=r"Flickr_8k\.trainImages\.txt: no such file"):
        flickr8k.read(published, "train")
    with pytest.raises(DataError, match="no split 'val'"):
        flickr8k.read(published, "val")


def test_a_broken_line_is_named(published):
    with open(published / "Flickr8k.token.txt", "a") as file:
        file.write("no tab here\n")
    with pytest.raises(DataError, match="line 37"):
        flickr8k.read(published, "train")


def test_csv_with_splits(tmp_path):
    photos(tmp_path, ["a.png", "b.png"])
    (tmp_path / "captions.csv").write_text("image,caption,split\na.png,one,train\na.png,two,train\nb.png,three,dev\n")
    [photo] = captioned_photos.read(tmp_path, "train")
    assert photo.captions == ("one", "two")


def test_csv_with_other_columns_is_refused(tmp_path):
    (tmp_path / "captions.csv").write_text("file,text\na.png,one\n")
    with pytest.raises(DataError, match="image,caption"):
        captioned_photos.read(tmp_path, "train")


def test_coco(tmp_path):
    photos(tmp_path / "images", ["1.jpg"])
    content = {
        "images": [{"id": 7, "file_name": "1.jpg"}],
        "annotations": [{"image_id": 7, "caption": "a"}, {"image_id": 7, "caption": "b"}],
    }
    (tmp_path / "captions_mine.json").write_text(json.dumps(content))
    split = captioned_photos.split_of("1.jpg")
    assert captioned_photos.read(tmp_path, split)[0].captions == ("a", "b")


def test_text_files_beside_photos(tmp_path):
    photos(tmp_path, [f"{i}.jpg" for i in range(60)])
    for i in range(60):
        (tmp_path / (f"{i}.jpg.txt" if i == 1 else f"{i}.txt")).write_text(f"caption of {i}\n\n")
    warnings = []
    counts = {split: len(captioned_photos.read(tmp_path, split, warn=warnings.append)) for split in captioned_photos.SPLITS}
    assert sum(counts.values()) == 60 and counts["train"] > 35 and min(counts.values()) > 0
    assert "80 % to train" in warnings[0]


def test_a_folder_without_captions(tmp_path):
    photos(tmp_path, ["a.jpg"])
    with pytest.raises(DataError, match="no captions found"):
        captioned_photos.read(tmp_path, "train")


def test_the_real_set(flickr8k):
    assert len(captioned_photos.read(flickr8k, "train")) == 6000
    dev = captioned_photos.read(flickr8k, "dev")
    assert len(dev) == 1000 and all(len(photo.captions) == 5 for photo in dev)
