"""Photos for training: read as at run time, augmented in tf.data from a seed alone; an encoder's features, cached."""

import hashlib
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from mediakit.media import image

_placeholder: ContextVar[bool] = ContextVar("placeholder", default=False)


@dataclass(frozen=True)
class Augmentation:
    """How far a training photo may be changed; each amount is drawn uniformly.

    Args:
        flip: probability of a mirror image.
        crop: least part of the photo's area that a crop keeps.
        aspect: largest factor by which a crop's aspect is stretched or squeezed.
        brightness: largest shift, as a part of full scale.
        contrast, saturation: largest relative change.
        bars: probability of black bars above and below, as a wide film has them in a narrow frame.
    """

    flip: float = 0.5
    crop: float = 0.6
    aspect: float = 1.25
    brightness: float = 0.1
    contrast: float = 0.2
    saturation: float = 0.3
    bars: float = 0.0


def read_photo(path: tf.Tensor, size: int) -> tf.Tensor:
    """A photo file as float32 `[size, size, 3]` in 0..255, by the reader that answers at run time."""
    photo = tf.numpy_function(lambda name: image.read_photo(os.fsdecode(name), size=size).astype(np.float32), [path], tf.float32)
    photo.set_shape((size, size, 3))
    return photo


def augment(photo: tf.Tensor, seed: tf.Tensor, amount: Augmentation) -> tf.Tensor:
    """A changed copy of a photo `[size, size, 3]` in 0..255; the change follows from `seed` (int32 `[2]`) alone."""
    draw = tf.unstack(tf.random.stateless_uniform((8,), seed))
    size = photo.shape[0]
    area = amount.crop + (1 - amount.crop) * draw[0]
    stretch = tf.exp((2 * draw[1] - 1) * np.log(amount.aspect))
    height = tf.minimum(tf.sqrt(area * stretch), 1.0)
    width = tf.minimum(tf.sqrt(area / stretch), 1.0)
    top, left = draw[2] * (1 - height), draw[3] * (1 - width)
    box = tf.stack([top, left, top + height, left + width])
    photo = tf.image.crop_and_resize(photo[None], box[None], [0], (size, size))[0]
    photo = tf.cond(draw[4] < amount.flip, lambda: photo[:, ::-1], lambda: photo)
    photo += 255.0 * amount.brightness * (2 * draw[5] - 1)
    mean = tf.reduce_mean(photo)
    photo = mean + (photo - mean) * (1 + amount.contrast * (2 * draw[6] - 1))
    grey = tf.reduce_mean(photo, axis=-1, keepdims=True)
    photo = grey + (photo - grey) * (1 + amount.saturation * (2 * draw[7] - 1))
    photo = tf.clip_by_value(photo, 0.0, 255.0)
    return _with_bars(photo, seed, amount.bars) if amount.bars else photo


def _with_bars(photo: tf.Tensor, seed: tf.Tensor, probability: float) -> tf.Tensor:
    """Black bars over up to an eighth of the photo's height at both ends, or none."""
    chance, part = tf.unstack(tf.random.stateless_uniform((2,), seed + tf.constant([0, 1_000_003])))
    rows = tf.range(photo.shape[0], dtype=photo.dtype) / photo.shape[0]
    bar = tf.where(chance < probability, part / 8, 0.0)
    return photo * tf.cast((rows >= bar) & (rows < 1 - bar), photo.dtype)[:, None, None]


@contextmanager
def placeholder_features() -> Iterator[None]:
    """Within, cached features are zeros at once: a dry run needs their shape only."""
    token = _placeholder.set(True)
    try:
        yield
    finally:
        _placeholder.reset(token)


def placeholders_wanted() -> bool:
    """Whether `placeholder_features` is in effect."""
    return _placeholder.get()


def cached_features(
    encoder: keras.Model, paths: Sequence[Path], views: int, cache: Path, seed: int = 0, amount: Augmentation | None = None, batch: int = 20
) -> np.ndarray:
    """Features of every photo in several views, float16 `[photos, views, *encoder output]`, memory-mapped from a cache file.

    View 0 is the photo, view 1 its mirror image, further ones are augmented. The file's name holds a digest of the encoder's
    weights and of all that the features depend on; a file that is there is used, files of other encoders are removed.
    """
    shape = (len(paths), views, *encoder.output_shape[1:])
    if placeholders_wanted():
        return np.broadcast_to(np.float16(0), shape)
    amount = amount or Augmentation()
    digest = hashlib.sha256(repr((views, seed, amount, [path.name for path in paths])).encode(errors="surrogateescape"))
    for variable in encoder.variables:
        digest.update(np.asarray(variable).tobytes())
    file = cache / f"features-{len(paths)}-{digest.hexdigest()[:16]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"features-{len(paths)}-*.npy"):
            old.unlink(missing_ok=True)
        _write_features(encoder, paths, file, shape, seed, amount, batch)
    return np.load(file, mmap_mode="r")


def _write_features(
    encoder: keras.Model, paths: Sequence[Path], file: Path, shape: tuple[int, ...], seed: int, amount: Augmentation, batch: int
) -> None:
    partial = file.with_suffix(f".{socket.gethostname()}-{os.getpid()}.partial")  # several workers may share the folder
    features = np.lib.format.open_memmap(partial, "w+", np.float16, shape)
    forward = tf.function(lambda photos: encoder(photos, training=False), reduce_retracing=True)
    photos, views = shape[:2]
    with tqdm(total=photos * views, desc="features", unit="photo", file=sys.stderr, mininterval=5) as progress:
        for view in range(views):
            for i, part in enumerate(_view(paths, view, seed, encoder.input_shape[1], amount).batch(batch).prefetch(2)):
                features[i * batch : i * batch + len(part), view] = forward(part).numpy()
                progress.update(len(part))
    features.flush()
    del features
    partial.replace(file)


def _view(paths: Sequence[Path], view: int, seed: int, size: int, amount: Augmentation) -> tf.data.Dataset:
    """All photos, as they are in one view."""

    def show(path: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        photo = read_photo(path, size)
        if view == 0:
            return photo
        return photo[:, ::-1] if view == 1 else augment(photo, tf.stack([seed + view, number]), amount)

    numbers = np.arange(len(paths), dtype=np.int32)
    names = [os.fsencode(path) for path in paths]
    return tf.data.Dataset.from_tensor_slices((names, numbers)).map(show, num_parallel_calls=tf.data.AUTOTUNE)
