"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 70,000 grey pictures of ten kinds of clothes, 28 x 28, MIT licence.

The published four files in one folder, gzipped or not: `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz` and the same with
`t10k`. Debian and Ubuntu have them: `apt-get install dataset-fashion-mnist` puts them into /usr/share/datasets/fashion-mnist.

`train` is the published training set, `val` the published test set: report by it, and choose nothing. Sets with the same files
(MNIST, KMNIST) are read too; their classes are the digits.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from mediakit.datasets.images import ImageSet, with_channels
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
ORIGIN = Origin("Fashion-MNIST", "MIT", holds="pictures")
_PARTS = {"train": ("train",), "val": ("t10k",), "all": ("train", "t10k")}
_FIRST = {"train": [9, 0, 0, 3, 0, 2, 7, 2], "t10k": [9, 2, 1, 1, 6, 1, 4, 6]}  # labels that tell it from sets of the same layout


def is_here(folder: Path) -> bool:
    """Whether a folder holds pictures in this layout."""
    return any(_file(folder, part, "images") for part in _FIRST)


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The pictures of one split, as `images.read`. For 32 pixels black is put around them, and none is resized.

    Raises DataError when a file is absent or broken.
    """
    pictures, labels, names = [], [], list[str]()
    for part in _PARTS[split]:
        images, answers = _read(folder, part)
        pictures.append(images)
        labels.append(answers)
        names += [f"{part}/{i}" for i in range(len(images))]
    label = np.concatenate(labels).astype(np.int32)
    classes = CLASSES if _is_fashion(folder) else tuple(map(str, range(10)))
    if label.max(initial=0) >= len(classes):
        raise DataError(f"{folder}: labels go up to {label.max()}; wanted ten classes, 0 to 9")
    pixels = with_channels(_resize(np.concatenate(pictures), size)[..., None], channels or 1)
    return ImageSet(pixels, label, classes, tuple(names))


def origin(folder: Path) -> Origin:
    """The set, if it is it."""
    return ORIGIN if _is_fashion(folder) else Origin(folder.resolve().name, "its owner's", holds="pictures")


def _is_fashion(folder: Path) -> bool:
    part = next(part for part in _FIRST if _file(folder, part, "images"))
    first = _read(folder, part)[1][:8].tolist()
    return first == _FIRST[part][: len(first)]


def _read(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = (read_idx(_file(folder, part, kind) or _absent(folder, part, kind)) for kind in ("images", "labels"))
    if images.ndim != 3 or images.shape[1] != images.shape[2] or labels.shape != (len(images),):
        shapes = f"pictures {list(images.shape)} and labels {list(labels.shape)}"
        raise DataError(f"{folder}: {part} has {shapes}; the files don't belong together")
    return images, labels


def _name(part: str, kind: str) -> str:
    return f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte"


def _file(folder: Path, part: str, kind: str) -> Path | None:
    name = _name(part, kind)
    return next((file for file in (folder / name, folder / f"{name}.gz") if file.is_file()), None)


def _absent(folder: Path, part: str, kind: str) -> Path:
    raise DataError(f"{folder}: {_name(part, kind)}[.gz] is missing; Debian's package dataset-fashion-mnist has it")


def read_idx(file: Path) -> np.ndarray:
    """An array of bytes in the IDX format (LeCun), gzipped or not. Raises DataError when the file is another or cut short."""
    try:
        content = file.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: {error}") from error
    start = 4 + 4 * content[3] if content[:3] == b"\x00\x00\x08" and len(content) > 3 else 0
    if not 0 < start <= len(content):
        raise DataError(f"{file}: is no IDX file of bytes")
    shape = np.frombuffer(content[4:start], ">u4").tolist()
    if len(content) != start + math.prod(shape):
        raise DataError(f"{file}: has {len(content) - start} bytes of data, its head says {' x '.join(map(str, shape))}; fetch it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _resize(pictures: np.ndarray, size: int) -> np.ndarray:
    """Pictures `[n, side, side]` at `size` pixels."""
    around = size - pictures.shape[1]
    if 0 <= around <= 4 and around % 2 == 0:
        return np.pad(pictures, ((0, 0), (around // 2, around // 2), (around // 2, around // 2)))
    return np.stack([np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.HAMMING)) for picture in pictures])
