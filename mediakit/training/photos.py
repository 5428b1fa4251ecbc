"""Photos for training: read and augmented in tf.data, the same for the same seed on any number of replicas; features cached."""

import hashlib
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm


@dataclass(frozen=True)
class Augmentation:
    """How far a training photo may be changed; each amount is drawn uniformly.

    Args:
        flip: probability of a mirror image.
        crop: least part of the photo's area that a crop keeps.
        aspect: largest factor by which a crop's aspect is stretched or squeezed.
        brightness: largest shift, as a part of full scale.
        contrast, saturation: largest relative change.
        bars: probability of black bars above and below, as a broad film has them in a narrow picture.
    """

    flip: float = 0.5
    crop: float = 0.6
    aspect: float = 1.25
    brightness: float = 0.1
    contrast: float = 0.2
    saturation: float = 0.3
    bars: float = 0.0


def read_photo(path: tf.Tensor, size: int) -> tf.Tensor:
    """A photo file as float32 `[size, size, 3]` in 0..255, squashed to a square as at run time."""
    picture = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    picture = tf.image.resize(picture, (size, size), antialias=True)
    picture.set_shape((size, size, 3))
    return picture


def augment(picture: tf.Tensor, seed: tf.Tensor, amount: Augmentation) -> tf.Tensor:
    """A changed copy of a picture `[size, size, 3]` in 0..255, drawn from `seed` (int32 `[2]`) alone."""
    draw = tf.unstack(tf.random.stateless_uniform((8,), seed))
    size = picture.shape[0]
    area = amount.crop + (1 - amount.crop) * draw[0]
    stretch = tf.exp((2 * draw[1] - 1) * np.log(amount.aspect))
    height = tf.minimum(tf.sqrt(area * stretch), 1.0)
    width = tf.minimum(tf.sqrt(area / stretch), 1.0)
    top, left = draw[2] * (1 - height), draw[3] * (1 - width)
    box = tf.stack([top, left, top + height, left + width])
    picture = tf.image.crop_and_resize(picture[None], box[None], [0], (size, size))[0]
    picture = tf.cond(draw[4] < amount.flip, lambda: picture[:, ::-1], lambda: picture)
    picture += 255.0 * amount.brightness * (2 * draw[5] - 1)
    mean = tf.reduce_mean(picture)
    picture = mean + (picture - mean) * (1 + amount.contrast * (2 * draw[6] - 1))
    grey = tf.reduce_mean(picture, axis=-1, keepdims=True)
    picture = grey + (picture - grey) * (1 + amount.saturation * (2 * draw[7] - 1))
    picture = tf.clip_by_value(picture, 0.0, 255.0)
    return _with_bars(picture, seed, amount.bars) if amount.bars else picture


def _with_bars(picture: tf.Tensor, seed: tf.Tensor, probability: float) -> tf.Tensor:
    """Black bars over up to an eighth of the picture's height at both ends, or none."""
    chance, part = tf.unstack(tf.random.stateless_uniform((2,), seed + tf.constant([0, 1_000_003])))
    rows = tf.range(picture.shape[0], dtype=picture.dtype) / picture.shape[0]
    bar = tf.where(chance < probability, part / 8, 0.0)
    return picture * tf.cast((rows >= bar) & (rows < 1 - bar), picture.dtype)[:, None, None]


def photo_batches(paths: Sequence[Path], seeds: np.ndarray | None, size: int, batch: int, amount: Augmentation | None) -> tf.data.Dataset:
    """Batches of photos in the given order, each augmented from its row of `seeds` (int32 `[photos, 2]`) where there is one."""
    names = tf.data.Dataset.from_tensor_slices(np.array([str(path) for path in paths]))
    if seeds is None or amount is None:
        photos = names.map(lambda name: read_photo(name, size), num_parallel_calls=2)
    else:
        both = tf.data.Dataset.zip(names, tf.data.Dataset.from_tensor_slices(seeds.astype(np.int32)))
        photos = both.map(lambda name, seed: augment(read_photo(name, size), seed, amount), num_parallel_calls=2)
    return photos.batch(batch)


def cached_features(
    encoder: keras.Model, paths: Sequence[Path], views: int, cache: Path, seed: int = 0, amount: Augmentation | None = None, batch: int = 20
) -> np.ndarray:
    """Features of every photo in several views, float16 `[photos, views, *encoder output]`, memory-mapped from a cache file.

    View 0 is the photo, view 1 its mirror image, further ones are augmented. The file's name holds a digest of the encoder's
    weights and of all that the features depend on; a file that is there is used, files of other encoders are removed.
    """
    amount = amount or Augmentation()
    digest = hashlib.sha256(repr((views, seed, amount, [path.name for path in paths])).encode())
    for variable in encoder.variables:
        digest.update(np.asarray(variable).tobytes())
    file = cache / f"features-{len(paths)}-{digest.hexdigest()[:16]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"features-{len(paths)}-*.npy"):
            old.unlink(missing_ok=True)
        _write_features(encoder, paths, views, file, seed, amount, batch)
    return np.load(file, mmap_mode="r")


def _write_features(
    encoder: keras.Model, paths: Sequence[Path], views: int, file: Path, seed: int, amount: Augmentation, batch: int
) -> None:
    size = encoder.input_shape[1]
    partial = file.with_suffix(f".{socket.gethostname()}-{os.getpid()}.partial")  # several workers may share the folder
    shape = (len(paths), views, *encoder.output_shape[1:])
    features = np.lib.format.open_memmap(partial, "w+", np.float16, shape)
    forward = tf.function(lambda photos: encoder(photos, training=False), reduce_retracing=True)
    with tqdm(total=len(paths) * views, desc="features", unit="photo", file=sys.stderr, mininterval=5) as progress:
        for view in range(views):
            seeds = np.stack([np.full(len(paths), seed + view), np.arange(len(paths))], axis=1) if view > 1 else None
            for i, photos in enumerate(photo_batches(paths, seeds, size, batch, amount)):
                mirrored = photos[:, :, ::-1] if view == 1 else photos
                features[i * batch : i * batch + len(photos), view] = forward(mirrored).numpy()
                progress.update(len(photos))
    features.flush()
    del features
    partial.replace(file)
