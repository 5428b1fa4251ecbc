"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 70,000 grey images of ten kinds of clothes, 28 x 28 pixels, MIT licence.

The four published files in one folder, gzipped or not: `train-images-idx3-ubyte.gz`, `train-labels-idx1-ubyte.gz`, and the same
with `t10k`. On Debian and Ubuntu, `apt-get install dataset-fashion-mnist` puts them into /usr/share/datasets/fashion-mnist.

`train` is the published training set. `val` is the published test set: report on it, but select nothing by it. Sets with the
same files (MNIST, KMNIST) are read too, with the digits as classes.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from mediakit.datasets.images import ImageSet
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError
from mediakit.media.alpha import with_channels

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
ORIGIN = Origin("Fashion-MNIST", "MIT", holds="images")
_PARTS = {"train": ("train",), "val": ("t10k",), "all": ("train", "t10k")}
# The first labels tell the set from others of the same layout.
_FIRST_LABELS = {"train": [9, 0, 0, 3, 0, 2, 7, 2], "t10k": [9, 2, 1, 1, 6, 1, 4, 6]}


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout."""
    return any(_file(folder, part, "images") for part in _FIRST_LABELS)


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The images of one split, as in `images.read`. For 30 and 32 pixels they are padded with black instead of resized.

    Raises DataError when a file is missing or broken.
    """
    parts = {part: _read(folder, part) for part in _PARTS[split]}
    images = np.concatenate([images for images, _ in parts.values()])
    labels = np.concatenate([labels for _, labels in parts.values()]).astype(np.int32)
    names = tuple(f"{part}/{i}" for part, (images_of_part, _) in parts.items() for i in range(len(images_of_part)))
    classes = CLASSES if _is_fashion(folder) else tuple(map(str, range(10)))
    if labels.max(initial=0) >= len(classes):
        raise DataError(f"{folder}: has a label {labels.max()}; expected ten classes, 0 to 9")
    return ImageSet(with_channels(_resize(images, size)[..., None], channels or 1), labels, classes, names)


def origin(folder: Path) -> Origin:
    """Fashion-MNIST, or the folder's name for another set of the same layout."""
    return ORIGIN if _is_fashion(folder) else own_data(folder, "images")


def _is_fashion(folder: Path) -> bool:
    part = next(part for part in _FIRST_LABELS if _file(folder, part, "images"))
    first = _read(folder, part)[1][:8].tolist()
    return first == _FIRST_LABELS[part][: len(first)]


def _read(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """A part's images uint8 `[images, side, side]` and labels uint8 `[images]`."""
    images, labels = (read_idx(_file(folder, part, kind) or _missing(folder, part, kind)) for kind in ("images", "labels"))
    if images.ndim != 3 or images.shape[1] != images.shape[2] or labels.shape != (len(images),):
        shapes = f"images {list(images.shape)} and labels {list(labels.shape)}"
        raise DataError(f"{folder}: {part} has {shapes}, which do not belong together")
    return images, labels


def _name(part: str, kind: str) -> str:
    return f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte"


def _file(folder: Path, part: str, kind: str) -> Path | None:
    name = _name(part, kind)
    return next((file for file in (folder / name, folder / f"{name}.gz") if file.is_file()), None)


def _missing(folder: Path, part: str, kind: str) -> Path:
    raise DataError(f"{folder}: {_name(part, kind)}[.gz] is missing; Debian's package dataset-fashion-mnist has it")


def read_idx(file: Path) -> np.ndarray:
    """A uint8 array in the IDX format (LeCun), gzipped or not. Raises DataError when the file is cut short or something else."""
    try:
        content = file.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: {error}") from error
    start = 4 + 4 * content[3] if content[:3] == b"\x00\x00\x08" and len(content) > 3 else 0
    if not 0 < start <= len(content):
        raise DataError(f"{file}: not an IDX file of bytes")
    shape = np.frombuffer(content[4:start], ">u4").tolist()
    if len(content) != start + math.prod(shape):
        expected = " x ".join(map(str, shape))
        raise DataError(f"{file}: has {len(content) - start} bytes of data, but its header states {expected}; download it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _resize(images: np.ndarray, size: int) -> np.ndarray:
    """Images `[n, side, side]` at `size` pixels: padded where a few pixels suffice, else resampled."""
    margin = size - images.shape[1]
    if 0 <= margin <= 4 and margin % 2 == 0:
        return np.pad(images, ((0, 0), (margin // 2, margin // 2), (margin // 2, margin // 2)))
    return np.stack([np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.HAMMING)) for image in images])
