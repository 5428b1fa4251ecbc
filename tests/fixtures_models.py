"""A model small and plain enough that a test can say what it answers; see `tests/data/make_tiny_captioning.py`.

A test that names `tiny_model` gets a folder of its own, to use or to damage:

    def test_it(tiny_model):
        assert mediakit.load(tiny_model)(colour_photo("red")).text == "a red picture"

Of the command: `mediakit caption photo.png --model FOLDER`.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

TINY = Path(__file__).parent / "data" / "tiny_captioning"
COLOURS = ("red", "green", "blue")


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A copy of the tiny captioning model's folder."""
    return shutil.copytree(TINY, tmp_path / "tiny_model")


def colour_photo(colour: str, size: int = 40) -> np.ndarray:
    """A photo uint8 `[size, size, 3]` of one of COLOURS."""
    photo = np.zeros((size, size, 3), np.uint8)
    photo[..., COLOURS.index(colour)] = 250
    return photo
