"""Fashion-MNIST's four files."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from mediakit.datasets import fashion_mnist, images
from mediakit.errors import DataError

FIRST = {"train": [9, 0, 0, 3, 0, 2, 7, 2], "t10k": [9, 2, 1, 1]}


def idx(array: np.ndarray) -> bytes:
    """The IDX format's bytes."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The set's layout with a few images, half of it compressed."""
    rng = np.random.default_rng(0)
    for part, labels in FIRST.items():
        pixels = idx(rng.integers(0, 256, (len(labels), 28, 28), np.uint8))
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(pixels))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.array(labels, np.uint8)))
    return tmp_path


def test_splits_are_the_published(folder: Path) -> None:
    train, val, every = (images.read(folder, split, 32) for split in images.SPLITS)
    assert train.labels.tolist() == FIRST["train"] and val.labels.tolist() == FIRST["t10k"]
    assert train.classes[9] == "Ankle boot" and len(every) == 12 and len(set(every.names)) == 12
    assert images.origin(folder).license == "MIT"


def test_padded_rather_than_resized(folder: Path) -> None:
    raw = fashion_mnist.read_idx(folder / "train-images-idx3-ubyte.gz")
    padded = images.read(folder, "train", 32).pixels
    assert padded.shape == (8, 32, 32, 1) and np.array_equal(padded[:, 2:-2, 2:-2, 0], raw)
    assert not padded[:, :2].any() and not padded[:, :, -2:].any()
    assert images.read(folder, "train", 64, 3).pixels.shape == (8, 64, 64, 3)
    opaque = images.read(folder, "train", 16, 4).pixels
    assert opaque.shape == (8, 16, 16, 4) and (opaque[..., 3] == 255).all()


def test_other_sets_of_the_layout_have_digits(folder: Path) -> None:
    for part, labels in FIRST.items():
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.array(labels[::-1], np.uint8)))
    assert images.read(folder, "train", 32).classes == tuple("0123456789")
    assert images.origin(folder).name != "Fashion-MNIST"


def test_a_missing_file(folder: Path) -> None:
    (folder / "t10k-labels-idx1-ubyte").unlink()
    assert len(images.read(folder, "train", 32)) == 8
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\[\.gz\] is missing; Debian"):
        images.read(folder, "val", 32)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"PNG and so on", "not an IDX file"),
        (idx(np.zeros((8, 28, 28), np.uint8))[:-1], "its header states 8 x 28 x 28"),
        (gzip.compress(idx(np.zeros((8, 28, 28), np.uint8)), mtime=0)[:-20], "images"),
        (idx(np.zeros((7, 28, 28), np.uint8)), "do not belong together"),
        (b"\x00\x00\x08\x03\x00\x00", "not an IDX file"),
    ],
)
def test_broken_files(folder: Path, content: bytes, message: str) -> None:
    (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        images.read(folder, "train", 32)
