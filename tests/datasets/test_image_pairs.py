"""Pairs in pix2pix's layouts, and photos with their grey copies."""

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets import image_pairs
from mediakit.errors import DataError


def save(path, *colours, width=10):
    """An image of stripes side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((8, width * len(colours), 3), np.uint8)
    for i, colour in enumerate(colours):
        pixels[:, i * width : (i + 1) * width] = colour
    Image.fromarray(pixels).save(path)


RED, BLUE = (250, 0, 0), (0, 0, 250)


@pytest.fixture
def side_by_side(tmp_path):
    for split in ("train", "val", "test"):
        save(tmp_path / split / "1.png", RED, BLUE)
    save(tmp_path / "train" / "2.png", RED, BLUE)
    return tmp_path


def test_both_images_in_one_file(side_by_side):
    found = image_pairs.read(side_by_side, "pairs")
    assert (len(found.train), len(found.validation)) == (2, 1)
    source, target = found.train[0].read()
    assert source.shape == target.shape == (8, 10, 3) and (source == RED).all() and (target == BLUE).all()
    [pair] = image_pairs.read(side_by_side, "pairs", "BtoA").validation
    assert (pair.read()[0] == BLUE).all()


def test_images_in_two_folders(tmp_path):
    for side, colour in (("A", RED), ("B", BLUE)):
        save(tmp_path / side / "train" / "x.png", colour)
        save(tmp_path / side / "val" / "y.png", colour)
    [pair] = image_pairs.read(tmp_path, "pairs", "BtoA").train
    source, target = pair.read()
    assert (source == BLUE).all() and (target == RED).all()
    save(tmp_path / "A" / "train" / "alone.png", RED)
    with pytest.raises(DataError, match="in only one of A and B: alone"):
        image_pairs.read(tmp_path, "pairs")


def test_images_of_a_pair_that_differ_in_size(tmp_path):
    save(tmp_path / "A" / "train" / "x.png", RED)
    save(tmp_path / "B" / "train" / "x.png", BLUE, width=12)
    [pair] = image_pairs.read(tmp_path, "pairs").train
    with pytest.raises(DataError, match=r"is not of the size of .*: 10 x 8 and 12 x 8 pixels"):
        pair.read()


def test_photos_and_their_grey_copies(side_by_side):
    found = image_pairs.read(side_by_side, "photos")
    assert (len(found.train), len(found.validation)) == (2, 1)
    grey, photo = found.train[0].read()
    assert grey.shape == (8, 20, 1) and photo.shape == (8, 20, 3)
    assert grey[0, 0, 0] == 75 and (photo[0, 0] == RED).all()
    assert len(image_pairs.read_split(side_by_side, "all", "photos")) == 3


def test_what_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        image_pairs.read(tmp_path / "absent", "pairs")
    with pytest.raises(DataError, match="no pairs of images; expected train"):
        image_pairs.read(tmp_path, "pairs")
    with pytest.raises(DataError, match="holds no images"):
        image_pairs.read(tmp_path, "photos")
    with pytest.raises(DataError, match="no split 'dev'; choose from train, val, all"):
        image_pairs.read_split(tmp_path, "dev", "photos")
