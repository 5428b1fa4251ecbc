"""Models simple enough to have known answers; see `tests/data/make_tiny_captioning.py` and its siblings.

A test with the argument `tiny_model` gets a folder of its own, which it may change:

    def test_it(tiny_model):
        assert mediakit.load(tiny_model)(colour_photo("red")).text == "a red picture"

On the command line: `mediakit caption photo.png --model FOLDER`. `tiny_entities` works alike, and takes every run of capitalised words
for an entity of the type NAME.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parent / "data"
COLOURS = ("red", "green", "blue")


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A copy of the tiny captioning model's folder."""
    return shutil.copytree(DATA / "tiny_captioning", tmp_path / "tiny_model")


@pytest.fixture
def tiny_entities(tmp_path: Path) -> Path:
    """A copy of the tiny folder for named entities."""
    return shutil.copytree(DATA / "tiny_named_entities", tmp_path / "tiny_entities")


@pytest.fixture
def tiny_classification(tmp_path: Path) -> Path:
    """A copy of the tiny classification model's folder: it names the strongest of COLOURS."""
    return shutil.copytree(DATA / "tiny_classification", tmp_path / "tiny_classification")


@pytest.fixture
def tiny_detection(tmp_path: Path) -> Path:
    """A copy of the tiny detection model's folder: it finds the red and blue ones among the sixteen cells of a black image."""
    return shutil.copytree(DATA / "tiny_detection", tmp_path / "tiny_detection")


@pytest.fixture
def tiny_segmentation(tmp_path: Path) -> Path:
    """A copy of the tiny segmentation model's folder: it gives each pixel the class of its strongest colour, black the background."""
    return shutil.copytree(DATA / "tiny_segmentation", tmp_path / "tiny_segmentation")


@pytest.fixture
def tiny_colorize(tmp_path: Path) -> Path:
    """A copy of a tiny colorizer's folder: what is white becomes reddish, a* 40, and what is darker less so."""
    return shutil.copytree(DATA / "tiny_colorize", tmp_path / "tiny_colorize")


@pytest.fixture
def tiny_inverter(tmp_path: Path) -> Path:
    """A copy of a tiny folder of the task image_to_image whose model makes the negative of an image."""
    return shutil.copytree(DATA / "tiny_inverter", tmp_path / "tiny_inverter")


@pytest.fixture
def tiny_translation(tmp_path: Path) -> Path:
    """A copy of the tiny translation model's folder: a dozen words, one by one."""
    return shutil.copytree(DATA / "tiny_translation", tmp_path / "tiny_translation")


@pytest.fixture
def tiny_style_gan(tmp_path: Path) -> Path:
    """A copy of the tiny StyleGAN's folder: discs of 8 x 8 pixels, RGBA, of three classes."""
    return shutil.copytree(DATA / "tiny_style_gan", tmp_path / "tiny_style_gan")


@pytest.fixture
def tiny_dcgan(tmp_path: Path) -> Path:
    """A copy of the tiny DCGAN's folder: grey images of 8 x 8 pixels."""
    return shutil.copytree(DATA / "tiny_dcgan", tmp_path / "tiny_dcgan")


def black_photo(width: int, height: int, **cells: tuple[int, int]) -> np.ndarray:
    """A black photo uint8 `[height, width, 3]`; of the four columns and rows of its cells, those named by a colour have it."""
    photo = np.zeros((height, width, 3), np.uint8)
    for colour, (column, row) in cells.items():
        across, down = width // 4, height // 4
        photo[row * down : (row + 1) * down, column * across : (column + 1) * across, COLOURS.index(colour)] = 250
    return photo


def colour_photo(colour: str, size: int = 40) -> np.ndarray:
    """A photo uint8 `[size, size, 3]` of one of COLOURS."""
    photo = np.zeros((size, size, 3), np.uint8)
    photo[..., COLOURS.index(colour)] = 250
    return photo
