"""Images listed in a table, hands of Massey University, and samples of ImageNet."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets import images
from mediakit.errors import DataError


def save(path, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((6, 8, 3), value, np.uint8)).save(path)


@pytest.fixture
def listed(tmp_path):
    rows = ["file,digit,person,camera,split"]
    for person, split in enumerate(["train", "train", "dev"]):
        for digit in "01":
            name = f"Dataset/{digit}/IMG_{person}.JPG"
            save(tmp_path / name, 100 * int(digit))
            rows.append(f"{name},{digit},{person},canon,{split}")
    (tmp_path / "persons.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_a_table_states_splits_and_persons(listed):
    train, dev = (images.read(listed, split, 6) for split in ("train", "val"))
    assert (len(train), len(dev), train.classes) == (4, 2, ("0", "1"))
    assert set(train.groups) == {"0", "1"} and dev.groups == ("2", "2")
    assert dev.pixels[:, 0, 0, 0].tolist() == [0, 100] and len(images.read(listed, "all", 6)) == 6
    assert images.origin(listed).name.startswith("Sign Language Digits")


def test_files_are_read_out_of_an_archive(listed):
    names = sorted(path.relative_to(listed) for path in (listed / "Dataset").rglob("*.JPG"))
    with zipfile.ZipFile(listed / "Dataset.zip", "w") as archive:
        for name in names:
            archive.write(listed / name, name.as_posix())
            (listed / name).unlink()
    assert len(images.read(listed, "train", 6)) == 4


def test_without_splits_a_person_is_in_one(tmp_path):
    rows = ["file,label,person"]
    for person in range(30):
        for i in range(2):
            save(tmp_path / f"{person}-{i}.png")
            rows.append(f"{person}-{i}.png,{i},p{person}")
    (tmp_path / "list.csv").write_text("\n".join(rows))
    train, val = (images.read(tmp_path, split, 6) for split in ("train", "val"))
    assert len(train) + len(val) == 60 and 0 < len(val) < 30 and not set(train.groups) & set(val.groups)


@pytest.mark.parametrize(
    ("rows", "message"),
    [("file,label,split\n", "lists no images"), ("file,label,split\na.png,x,later\n", "a.png is in the split 'later'; choose from train")],
)
def test_a_table_that_cannot_be_used(tmp_path, rows, message):
    (tmp_path / "list.csv").write_text(rows)
    with pytest.raises(DataError, match=message):
        images.read(tmp_path, "train", 6)


def test_hands_are_split_by_hand(tmp_path):
    for hand in "12345":
        for sign in "0a":
            save(tmp_path / f"asl_dataset/{sign}/hand{hand}_{sign}_bot_seg_1_cropped.jpeg")
    train, val = (images.read(tmp_path, split, 6) for split in ("train", "val"))
    assert set(train.groups) == {"hand 1", "hand 2", "hand 3"} and set(val.groups) == {"hand 4"} and val.classes == ("0", "a")


def test_samples_of_imagenet_are_in_the_order_of_its_classes(tmp_path):
    for i in range(120):
        save(tmp_path / f"n{i:08}_the_{i}.JPEG")
    found = images.read(tmp_path, "val", 6)
    assert found.classes[:2] == ("the 0", "the 1") and found.labels.tolist() == list(range(120))
    assert images.origin(tmp_path).name.startswith("ImageNet")
