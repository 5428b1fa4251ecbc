"""The shipped models on a sample photo and on drawn labels."""

import numpy as np

import mediakit
from mediakit.media.image import read_grey
from mediakit.media.lab import lab_of_rgb, lightness_of_grey


def test_colorize(samples):
    grey, _ = read_grey(samples / "photographer.jpg")
    lab = lab_of_rgb(mediakit.load("image_to_image/colorize")(samples / "photographer.jpg").pixels)
    assert lab.shape[:2] == grey.shape and np.abs(lab[..., 0] - lightness_of_grey(grey)).max() < 2
    sky, lawn = lab[:60, :100].mean(axis=(0, 1)), lab[-60:, -100:].mean(axis=(0, 1))
    assert sky[2] < -2 < 5 < lawn[2]  # bluish, yellowish


def test_facades(repository):
    labels = repository / "docs" / "facade_labels.png"
    made = mediakit.load("image_to_image/facades")(labels).pixels
    assert made.shape == (256, 256, 3) and made.std() > 20
    window, wall = made[50:76, 70:82].mean(), made[84:92, 40:200].mean()
    assert window < wall - 10  # darker
