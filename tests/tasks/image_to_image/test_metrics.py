"""Measuring models of both kinds on made pairs."""

import numpy as np
import pytest
from PIL import Image

import mediakit
from mediakit.errors import DataError, InputError


def save(folder, count, pixels):
    (folder / "val").mkdir(parents=True)
    (folder / "train").mkdir()
    for i in range(count):
        for split in ("train", "val"):
            Image.fromarray(pixels(i)).save(folder / split / f"{i}.png")
    return folder


def reddish(i):
    return np.kron(np.random.default_rng(i).integers(60, 200, (4, 4, 1)), np.ones((8, 8, 1)) * [1, 0.7, 0.7]).astype(np.uint8)


def test_colours_beside_grey_and_the_mean(tiny_colorize, tmp_path):
    data = save(tmp_path / "photos", 12, reddish)
    measured = mediakit.evaluate(str(tiny_colorize), data, "val", beside=str(tiny_colorize))
    grey = measured.baselines["grey"]
    assert measured.examples == 12 and set(measured.values) == {"chroma_error", "CIEDE2000", "colourfulness", "frechet_distance"}
    assert measured.values["chroma_error"] < 0.7 * grey["chroma_error"] and measured.values["CIEDE2000"] < grey["CIEDE2000"]
    assert grey["colourfulness"] < 1e-3 < measured.values["colourfulness"]
    real = measured.baselines["the real images"]
    assert real["chroma_error"] == 0 and real["frechet_distance"] == pytest.approx(0, abs=1e-3)
    assert measured.baselines["image_to_image/tiny_colorize"] == pytest.approx(dict(measured.values))
    assert set(measured.intervals) == {"chroma_error", "CIEDE2000", "colourfulness"}


def test_pairs_beside_the_sources(tiny_inverter, tmp_path):
    def pair(i):
        return np.hstack([reddish(i), 255 - reddish(i)])

    measured = mediakit.evaluate(str(tiny_inverter), save(tmp_path / "pairs", 12, pair), "val")
    assert measured.values["error"] < 2 < measured.baselines["the sources themselves"]["error"]


def test_grey_photos_tell_nothing(tiny_colorize, tmp_path):
    data = save(tmp_path / "photos", 12, lambda i: reddish(i).mean(axis=2).astype(np.uint8))
    with pytest.raises(DataError, match="only 0 of 12 photos are in colour"):
        mediakit.evaluate(str(tiny_colorize), data, "val")
    with pytest.raises(InputError, match="3 pairs are too few"):
        mediakit.evaluate(str(tiny_colorize), data, "val", limit=3)
