"""Photos and masks for training a segmentation network: crops at random scales, batches, and the mean IoU of a validation set."""

import hashlib
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from mediakit.datasets.segmented_photos import VOID, SegmentedPhoto, SegmentedPhotos
from mediakit.errors import DataError
from mediakit.media.image import read_photo
from mediakit.media.masks import read_mask
from mediakit.tasks.segmentation.canvas import GREY, Canvas, best_classes
from mediakit.tasks.segmentation.confusion import confusion, mean_iou
from mediakit.training.batches import shuffled
from mediakit.training.photos import placeholders_wanted
from mediakit.training.recipe import Batch


@dataclass(frozen=True)
class CropAugmentation:
    """How training crops differ from photos; each amount is drawn uniformly, the scale uniformly in its logarithm.

    Args:
        height, width: of a crop, pixels.
        scale: smallest and largest factor from the photo at the network's input size.
        stretch: largest factor by which a crop's aspect is stretched or squeezed.
        rotation: largest angle in degrees.
        brightness: largest shift, as a part of full scale.
        contrast, saturation: largest relative change.
    """

    height: int
    width: int
    scale: tuple[float, float]
    stretch: float = 1.15
    rotation: float = 8.0
    brightness: float = 0.12
    contrast: float = 0.25
    saturation: float = 0.35


def read_pair(each: SegmentedPhoto, index_of_id: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A photo uint8 `[height, width, 3]` and its classes' indices uint8 `[height, width]`. Raises DataError when sizes differ."""
    photo, mask = read_photo(each.photo), read_mask(each.mask)
    if photo.shape[:2] != mask.shape:
        raise DataError(f"{each.mask}: is {mask.shape[1]} x {mask.shape[0]} pixels, its photo {photo.shape[1]} x {photo.shape[0]}")
    return photo, index_of_id[mask]


def random_crop(
    photo: np.ndarray, mask: np.ndarray, fitted: float, amount: CropAugmentation, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A crop of a photo and the same of its mask, `[height, width, 3]` and `[height, width]`. Beyond the photo's border all is void.

    `fitted` is the factor from the photo's pixels to those of the network's input.
    """
    height, width = mask.shape
    scale = fitted * np.exp(rng.uniform(*np.log(amount.scale)))
    stretch = np.exp(rng.uniform(-0.5, 0.5) * np.log(amount.stretch))
    angle = np.deg2rad(rng.uniform(-amount.rotation, amount.rotation))
    across = scale * stretch * (-1 if rng.random() < 0.5 else 1)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turned @ np.diag([across, scale / stretch])
    # The crop's centre, drawn so that the crop lies in the photo as far as it fits.
    middle = [
        rng.uniform(min(half, length / 2), max(length - half, length / 2))
        for length, half in ((width, amount.width / 2 / scale), (height, amount.height / 2 / scale))
    ]
    size = (amount.width, amount.height)
    affine = np.column_stack([linear, np.array(size) / 2 - linear @ middle])
    smooth = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(photo, affine, size, flags=smooth, borderMode=cv2.BORDER_CONSTANT, borderValue=(GREY, GREY, GREY))
    labels = cv2.warpAffine(mask, affine, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=VOID)
    return _recoloured(crop, amount, rng), labels


def _recoloured(crop: np.ndarray, amount: CropAugmentation, rng: np.random.Generator) -> np.ndarray:
    values = crop.astype(np.float32)
    mean = values.mean()
    values = mean + (values - mean) * (1 + amount.contrast * rng.uniform(-1, 1)) + 255 * amount.brightness * rng.uniform(-1, 1)
    grey = values.mean(axis=-1, keepdims=True)
    values = grey + (values - grey) * (1 + amount.saturation * rng.uniform(-1, 1))
    return np.clip(values, 0, 255).astype(np.uint8)


class CropBatches:
    """Batches of random crops: `image` uint8 `[batch, height, width, 3]` and `mask` uint8 `[batch, height, width]`.

    All of it follows from seed, epoch and step alone.
    """

    def __init__(self, data: SegmentedPhotos, canvas: Canvas, amount: CropAugmentation, batch_size: int, seed: int):
        self.data, self.canvas, self.amount, self.batch_size, self.seed = data, canvas, amount, batch_size, seed
        self._index = data.index_of_id

    def __call__(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of an epoch from step `start` on."""
        order = shuffled(len(self.data.train), self.batch_size, np.random.default_rng([self.seed, epoch]))
        for step in range(start, len(order)):
            rng = np.random.default_rng([self.seed, epoch, step])
            crops = [self._crop(self.data.train[i], rng) for i in order[step]]
            yield {"image": np.stack([photo for photo, _ in crops]), "mask": np.stack([mask for _, mask in crops])}

    def _crop(self, each: SegmentedPhoto, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        photo, mask = read_pair(each, self._index)
        return random_crop(photo, mask, self.canvas.scale(*mask.shape), self.amount, rng)


class FeatureBatches:
    """An encoder's maps of whole photos, cached, and batches of them: the decoder learns from them without running the encoder.

    View 0 of a photo is what the network sees at run time, further views are random crops of the same size. Batches hold the maps by
    name, float16, and `mask` at the resolution of the network's output. `prepare` must be called first.

    Args:
        encoder: images float32 `[batch, height, width, 3]` to a dictionary of maps.
        amount: of the crops; their size is the canvas's.
        step: pixels of the canvas to one of the network's output.
        cache: the folder of the cached maps, whose names hold a digest of all that they depend on.
    """

    def __init__(
        self,
        encoder: keras.Model,
        data: SegmentedPhotos,
        canvas: Canvas,
        amount: CropAugmentation,
        views: int,
        step: int,
        batch_size: int,
        seed: int,
        cache: Path,
    ):
        self.encoder, self.data, self.canvas, self.amount = encoder, data, canvas, amount
        self.views, self.step, self.batch_size, self.seed, self.cache = views, step, batch_size, seed, cache
        self.count = views * len(data.train)
        self._index = data.index_of_id
        self._maps: dict[str, np.ndarray] = {}

    def prepare(self) -> None:
        """Encode the photos, or open the cached maps. In a dry run all maps are zero."""
        shapes = self.encoder.compute_output_shape((1, self.canvas.height, self.canvas.width, 3))
        sizes = {name: tuple(shape[1:]) for name, shape in shapes.items()}
        sizes["mask"] = (self.canvas.height // self.step, self.canvas.width // self.step)
        types = {name: np.dtype(np.uint8 if name == "mask" else np.float16) for name in sizes}
        if placeholders_wanted():
            self._maps = {name: np.broadcast_to(types[name].type(0), (self.count, *size)) for name, size in sizes.items()}
            return
        folder = self.cache / f"maps-{self._digest()}"
        if not folder.exists():
            partial = folder.with_suffix(f".{socket.gethostname()}-{os.getpid()}.partial")  # several workers may share the folder
            partial.mkdir(parents=True, exist_ok=True)
            self._encode(
                {
                    name: np.lib.format.open_memmap(partial / f"{name}.npy", "w+", types[name], (self.count, *size))
                    for name, size in sizes.items()
                }
            )
            with suppress(OSError):  # another worker was first, with the same maps
                partial.rename(folder)
        self._maps = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in sizes}

    def __call__(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of an epoch from step `start` on."""
        for rows in shuffled(self.count, self.batch_size, np.random.default_rng([self.seed, epoch]))[start:]:
            yield {name: maps[np.sort(rows)] for name, maps in self._maps.items()}

    def _encode(self, maps: dict[str, np.ndarray]) -> None:
        encode = tf.function(lambda images: self.encoder(images, training=False), reduce_retracing=True)
        for row in tqdm(range(self.count), desc="features", unit="photo", file=sys.stderr, mininterval=5):
            image, mask = self._view(*divmod(row, self.views))
            for name, values in encode(tf.constant(image[None].astype(np.float32))).items():
                maps[name][row] = values[0]
            maps["mask"][row] = mask[self.step // 2 :: self.step, self.step // 2 :: self.step]

    def _view(self, number: int, view: int) -> tuple[np.ndarray, np.ndarray]:
        photo, mask = read_pair(self.data.train[number], self._index)
        if view == 0:
            return self.canvas.lay(photo), self.canvas.lay_mask(mask, VOID)
        return random_crop(photo, mask, self.canvas.scale(*mask.shape), self.amount, np.random.default_rng([self.seed, number, view]))

    def _digest(self) -> str:
        names = [each.photo.name for each in self.data.train]
        settings = (self.canvas, self.amount, self.views, self.step, self.seed, self._index.tolist(), names)
        digest = hashlib.sha256(repr(settings).encode(errors="surrogateescape"))
        for variable in self.encoder.variables:
            digest.update(np.asarray(variable).tobytes())
        return digest.hexdigest()[:16]


def class_shares(data: SegmentedPhotos, most: int = 1000) -> np.ndarray:
    """The part of all pixels that each class has, from evenly spaced training photos."""
    chosen = {int(i) for i in np.linspace(0, len(data.train) - 1, most)} if len(data.train) > most else range(len(data.train))
    counts = np.zeros(256)
    for i in chosen:
        counts += np.bincount(data.index_of_id[read_mask(data.train[i].mask)].ravel(), minlength=256)
    counts = counts[: len(data.classes)]
    return counts / max(counts.sum(), 1)


class MeanIoU:
    """Mean IoU in percent of a network on photos, as they are laid on the canvas at run time.

    Args:
        predict: images float32 `[1, height, width, 3]` to scores `[1, height / n, width / n, classes]`.
    """

    def __init__(self, predict: Callable[[tf.Tensor], tf.Tensor], data: SegmentedPhotos, photos: Sequence[SegmentedPhoto], canvas: Canvas):
        self._predict = tf.function(predict, reduce_retracing=True, autograph=False)
        self._data, self._photos, self._canvas = data, photos, canvas

    def __call__(self) -> dict[str, float]:
        classes = len(self._data.classes)
        matrix = np.zeros((classes, classes), np.int64)
        for each in self._photos:
            photo, mask = read_pair(each, self._data.index_of_id)
            image = self._canvas.lay(photo)[None].astype(np.float32)
            scores = self._canvas.cut_out(self._predict(tf.constant(image)).numpy()[0], *mask.shape)
            matrix += confusion(mask, best_classes(scores, *mask.shape), classes)
        return {"mean_iou": 100 * mean_iou(matrix)}
