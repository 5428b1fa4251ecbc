"""Folders of images: file formats, classes, splits, and what is left out."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets import images
from mediakit.errors import DataError


def save(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: object) -> None:
    """Save an image, red on its left half and blue on its right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2] = 255, 0, 0
    pixels[:, size[0] // 2 :] = 0, 0, 255
    Image.fromarray(pixels).convert(mode).save(path, **options)


def read(folder: Path, split: str = "all", size: int = 16, channels: int | None = None) -> images.ImageSet:
    """The images read, without warnings."""
    return images.read(folder, split, size, channels, warn=lambda message: None)


KINDS = {"a.jpg": "RGB", "a.jpeg": "CMYK", "a.png": "P", "b.png": "RGBA", "a.webp": "RGB", "a.gif": "P", "a.BMP": "RGB", "a.tif": "RGB"}


@pytest.mark.parametrize(("name", "mode"), KINDS.items())
def test_file_formats(tmp_path: Path, name: str, mode: str) -> None:
    """The central square of each, in colour and opaque."""
    save(tmp_path / name, mode)
    [pixels] = read(tmp_path).pixels
    assert pixels.shape == (16, 16, 3)
    left, right = pixels[8, 3].astype(int), pixels[8, 12].astype(int)
    assert left[0] > 200 > 60 > left[2] and right[2] > 200 > 60 > right[0]


def test_channels_are_those_of_the_richest_image(tmp_path: Path) -> None:
    save(tmp_path / "a.png", "L")
    Image.fromarray(np.full((20, 20), 40_000, np.uint16)).save(tmp_path / "b.png")
    grey = read(tmp_path).pixels
    assert grey.shape == (2, 16, 16, 1) and set(grey[1].ravel()) == {155}, "16 bits become 8"
    save(tmp_path / "c.jpg")
    assert read(tmp_path).pixels.shape == (3, 16, 16, 3)
    Image.fromarray(np.full((20, 20, 4), (200, 100, 0, 128), np.uint8)).save(tmp_path / "d.png")
    rich = read(tmp_path).pixels
    assert rich.shape == (4, 16, 16, 4) and rich[1, 0, 0].tolist() == [155, 155, 155, 255]
    assert rich[3, 0, 0].tolist() == [100, 50, 0, 128], "multiplied by alpha"
    assert read(tmp_path, channels=3).pixels[3, 0, 0].tolist() == [227, 177, 127], "on white"
    assert read(tmp_path, channels=1).pixels.shape == (4, 16, 16, 1)


def test_upright_by_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the right
    save(tmp_path / "a.jpg", size=(40, 40), exif=exif)
    [pixels] = read(tmp_path).pixels.astype(int)
    assert pixels[3, 8, 0] > 200 > 60 > pixels[12, 8, 0], "red is on top"


def test_folders_are_classes(tmp_path: Path) -> None:
    for name in ("dogs/1.jpg", "cats/1.jpg", "cats/young/2.jpg"):
        save(tmp_path / name)
    found = read(tmp_path)
    assert found.classes == ("cats", "dogs") and found.labels.tolist() == [0, 0, 1]
    assert found.names == ("cats/1.jpg", "cats/young/2.jpg", "dogs/1.jpg")
    save(tmp_path / "3.jpg")
    assert read(tmp_path).classes == (), "one has no class"


def test_one_folder_is_no_class(tmp_path: Path) -> None:
    save(tmp_path / "all" / "1.jpg")
    save(tmp_path / "all" / "2.jpg")
    assert read(tmp_path).classes == ()


def test_the_held_out_tenth_is_stable(tmp_path: Path) -> None:
    for i in range(100):
        save(tmp_path / f"{i}.png", size=(4, 4))
    train, val, every = (read(tmp_path, split, 4).names for split in images.SPLITS)
    assert sorted(train + val) == sorted(every) and not set(train) & set(val) and 3 <= len(val) <= 20
    save(tmp_path / "more.png", size=(4, 4))
    assert set(val) <= set(read(tmp_path, "val", 4).names)


def test_a_few_images_are_split_too(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    assert len(read(tmp_path, "train")) == 1
    save(tmp_path / "b.png")
    assert len(read(tmp_path, "train")) == len(read(tmp_path, "val")) == 1


def test_folders_may_state_the_split(tmp_path: Path) -> None:
    for name in ("train/a/1.png", "train/b/2.png", "Validation/b/3.png", "test/a/4.png"):
        save(tmp_path / name)
    train, val, every = (read(tmp_path, split) for split in images.SPLITS)
    assert (train.names, val.names) == (("train/a/1.png", "train/b/2.png"), ("Validation/b/3.png",))
    assert len(every) == 3, "test images are ignored"
    assert train.classes == val.classes == ("a", "b") and val.labels.tolist() == [1]


def test_left_out_files_are_reported(tmp_path: Path) -> None:
    save(tmp_path / "good.png")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("no image")
    save(tmp_path / "whole.png", size=(200, 200))
    cut = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "whole.png").write_bytes(cut[: len(cut) // 2])
    for name in (".DS_Store", "notes.txt", "Thumbs.db", "LICENSE", "a.csv"):
        (tmp_path / name).touch()
    (tmp_path / ".git").mkdir()
    save(tmp_path / ".git" / "inside.png")
    warnings: list[str] = []
    found = images.read(tmp_path, "all", 16, warn=warnings.append)
    assert found.names == ("good.png",)
    assert found.dropped["hidden"] == (".DS_Store", ".git") and found.dropped["is empty"] == ("empty.jpg",)
    assert set(found.dropped["no image suffix"]) == {"LICENSE", "Thumbs.db", "a.csv", "notes.txt"}
    assert len(found.dropped) == 5
    [line] = warnings
    assert line.startswith(f"{tmp_path}: 9 files left out: hidden: .DS_Store, .git; no image suffix: ")
    assert line.endswith("and 1 more; is empty: empty.jpg; …")


def test_links_and_pipes(tmp_path: Path) -> None:
    """Reading a pipe would block for ever; a link to a parent folder would never end."""
    save(tmp_path / "a.png")
    (tmp_path / "link.png").symlink_to("a.png")
    (tmp_path / "broken.png").symlink_to("absent.png")
    (tmp_path / "round").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.png")
    found = read(tmp_path)
    assert found.names == ("a.png", "link.png")
    assert found.dropped == {"a broken link or not a regular file": ("broken.png", "pipe.png")}


def test_nothing_left(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no images$"):
        read(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match=r"holds no images; 1 file left out: no image suffix: notes\.txt"):
        read(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(DataError, match=r"no usable images: 2 files left out: .*is empty: empty\.png"):
        read(tmp_path)


def test_invalid_arguments(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    with pytest.raises(DataError, match="no split 'test'; choose from train, val, all"):
        read(tmp_path, "test")
    with pytest.raises(DataError, match="channels is 2; it must be 1, 3 or 4"):
        read(tmp_path, channels=2)
    with pytest.raises(DataError, match="size is 0 pixels"):
        read(tmp_path, size=0)
    with pytest.raises(DataError, match="no such folder"):
        read(tmp_path / "absent")


def test_names_in_another_encoding(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"donn\xe9es")
    for name in ("k\udce9", "other"):
        for i in range(9):
            save(folder / name / f"p\udce9{i}.png")
    found = read(folder)
    assert found.classes == ("k\N{REPLACEMENT CHARACTER}", "other") and len(found) == 18
    assert images.origin(folder).name == "donn\N{REPLACEMENT CHARACTER}es"
    assert len(read(folder, "train")) + len(read(folder, "val")) == 18
