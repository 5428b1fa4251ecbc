"""Photos are read for training exactly as they are at run time."""

import os

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("tensorflow", reason="training needs the extra train")
import tensorflow as tf

from mediakit.media import image
from mediakit.training import photos

SIZE = 16


def read(path):
    """A photo as a dataset of training reads it."""
    [photo] = tf.data.Dataset.from_tensors(os.fsencode(path)).map(lambda path: photos.read_photo(path, SIZE))
    return photo.numpy()


def gradient(height=60, width=90):
    """An RGB photo, different in every corner."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 255 // height, columns * 255 // width, np.full_like(rows, 90)], axis=-1).astype(np.uint8)


def transparent():
    """An RGBA photo that is transparent, over black, on its left half."""
    photo = np.dstack([gradient(), np.full((60, 90), 255, np.uint8)])
    photo[:, :45] = 0
    return photo


@pytest.fixture(params=["rotated.jpg", "transparent.png", "grey.jpg", "cmyk.jpg", "16-bit.png", "palette.gif", "plain.jpg"])
def photo(request, tmp_path):
    """A photo's path."""
    path, exif = tmp_path / request.param, Image.Exif()
    exif[274] = 6  # orientation: rotate by 90 degrees
    plain = Image.fromarray(gradient())
    images = {
        "rotated.jpg": plain,
        "transparent.png": Image.fromarray(transparent()),
        "grey.jpg": plain.convert("L"),
        "cmyk.jpg": plain.convert("CMYK"),
        "16-bit.png": Image.fromarray(gradient()[..., 0].astype(np.uint16) * 257),
        "palette.gif": plain.quantize(64),
        "plain.jpg": plain,
    }
    images[path.name].save(path, **({"exif": exif} if path.name == "rotated.jpg" else {}))
    return path


def test_training_reads_what_the_pipeline_reads(photo):
    pixels = read(photo)
    assert pixels.dtype == np.float32 and pixels.shape == (SIZE, SIZE, 3)
    np.testing.assert_array_equal(pixels, image.read_photo(photo, size=SIZE))


@pytest.mark.parametrize("photo", ["rotated.jpg", "transparent.png"], indirect=True)
def test_photos_are_upright_on_white(photo):
    pixels = read(photo)
    if photo.name == "transparent.png":
        assert (pixels[:, : SIZE // 2 - 1] == 255).all()
    else:  # what was at the left is at the top, and the top at the right
        assert pixels[0, :, 1].max() < 30 < 220 < pixels[-1, :, 1].min() and pixels[:, -1, 0].max() < 30 < 220 < pixels[:, 0, 0].min()


def test_names_in_another_encoding(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    Image.fromarray(gradient()).save(path)
    np.testing.assert_array_equal(read(path), image.read_photo(path, size=SIZE))
