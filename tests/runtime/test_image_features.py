"""Features of images."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import ModelError
from mediakit.runtime.image_features import ImageFeatures
from mediakit.runtime.model_folder import open_folder


@pytest.fixture(scope="module")
def features() -> ImageFeatures:
    """The default network, on two threads."""
    return ImageFeatures(threads=2)


def disc(size: int, colour: tuple[int, int, int]) -> np.ndarray:
    """A disc on nothing, premultiplied."""
    inside = np.hypot(*(np.mgrid[:size, :size] - (size - 1) / 2)) < size * 0.4
    return np.where(inside[..., None], np.array([*colour, 255]), 0).astype(np.uint8)


def test_one_vector_a_picture_in_order(features: ImageFeatures) -> None:
    pictures = [disc(64, (250, 200, 0)), disc(64, (0, 0, 250)), disc(32, (250, 200, 0)), disc(64, (250, 205, 0))]
    seen = features(pictures)
    assert seen.shape == (4, 1280) and seen.dtype == np.float32
    assert np.linalg.norm(seen[0] - seen[3]) < np.linalg.norm(seen[0] - seen[1]), "nearly the same colour is alike"
    assert all(np.array_equal(features([picture])[0], vector) for picture, vector in zip(pictures, seen, strict=True))


def test_these_are_the_last_means(features: ImageFeatures) -> None:
    """Of the encoder's features, which are means and deviations stage by stage."""
    picture = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    every = open_folder("trailer_genre").network("encoder")(image=picture[None].astype(np.float32))["features"][0]
    assert np.array_equal(features([picture])[0], every[-2560:-1280])


def test_alpha_is_white_and_grey_is_rgb(features: ImageFeatures) -> None:
    premultiplied = disc(64, (100, 100, 100))
    on_white = np.where(premultiplied[..., 3:] > 0, premultiplied[..., :3], 255).astype(np.uint8)
    seen = features([premultiplied, on_white, on_white[..., :1]])
    assert np.array_equal(seen[0], seen[1]) and np.array_equal(seen[1], seen[2])


def test_progress_sees_each_picture(features: ImageFeatures) -> None:
    counted = []

    def progress(stream):  # type: ignore[no-untyped-def]
        for item in stream:
            counted.append(item)
            yield item

    features([disc(32, (1, 2, 3))] * 3, progress)
    assert len(counted) == 3


def test_somebody_elses_network(features: ImageFeatures, tmp_path: Path) -> None:
    """A LiteRT file without a manifest gives all that it says, under its own name."""
    file = tmp_path / "inception.tflite"
    shutil.copy(open_folder("trailer_genre").path / "encoder.tflite", file)
    own = ImageFeatures(file)
    picture = disc(64, (250, 200, 0))
    assert own.name == "inception.tflite" and features.name == "EfficientNet-Lite0"
    assert np.array_equal(own([picture])[0, -2560:-1280], features([picture])[0])


def test_no_such_network(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"broken\.tflite: not a network"):
        ImageFeatures(broken)
    with pytest.raises(ModelError, match=r"absent\.tflite"):
        ImageFeatures(tmp_path / "absent.tflite")
    with pytest.raises(ModelError, match="not a feature network: wanted one that takes one image"):
        ImageFeatures(open_folder("trailer_genre").path / "head.tflite")
