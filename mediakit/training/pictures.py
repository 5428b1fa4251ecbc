"""What recipes that learn to draw share: real pictures and random numbers for each step, and a look at what is drawn by now."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from mediakit.datasets import images
from mediakit.datasets.images import ImageSet
from mediakit.datasets.origin import Origin
from mediakit.media.alpha import unpremultiply
from mediakit.media.image_grid import grid
from mediakit.tasks.image_generation.features import PictureFeatures
from mediakit.tasks.image_generation.frechet import Statistics, frechet_distance
from mediakit.training.recipe import Shard, require


@dataclass(frozen=True)
class Data:
    """Pictures to learn from, where they are from, and what to call a model of them."""

    pictures: ImageSet
    origin: Origin
    name: str


def read(folder: Path, size: int, channels: int | None, labels: bool) -> Data:
    """The training pictures of a folder in any layout that `mediakit.datasets.images` reads; without `labels` none has a class.

    Raises DataError for a size that is not a power of two.
    """
    require(size >= 8 and size & (size - 1) == 0, f"size is {size}; it must be a power of two, 8 or more")
    found = images.read(folder, "train", size, channels)
    if not labels:
        found = replace(found, classes=(), labels=np.zeros_like(found.labels))
    origin = images.origin(folder)
    return Data(found, origin, "emoji" if origin.name.startswith("emoji") else folder.resolve().name)


# Random numbers of a batch, given a generator and the step's number among all epochs'.
Draw = Callable[[np.random.Generator, int], dict[str, np.ndarray]]


class PictureBatches:
    """Batches of real pictures and of random numbers: which follows from seed, epoch and step alone.

    Args:
        data: the pictures.
        size: pictures in a batch of all replicas.
        steps: of an epoch.
        draw: random numbers of a batch, given a generator and the batch's number among all epochs'.
        seed: of all of it.
        group: so many pictures, each `size / group` after the other, are of one class as far as can be: what is alike within a
            group is then told apart from what is alike within a class (see `MinibatchDeviation`).
    """

    def __init__(self, data: ImageSet, size: int, steps: int, draw: Draw, seed: int, group: int = 1):
        self.data, self.size, self.steps, self.draw, self.seed, self.group = data, size, steps, draw, seed, group

    def arrays(self, shard: Shard, epoch: int, start: int) -> Iterator[dict[str, np.ndarray]]:
        """`picture` uint8 `[batch, size, size, channels]`, its `label`, and what `draw` gives, from a step of an epoch on."""
        for step in range(start, self.steps):
            rng = np.random.default_rng([self.seed, epoch, step])
            chosen = rng.choice(len(self.data), self.size, replace=len(self.data) < self.size)
            chosen = chosen[np.argsort(self.data.labels[chosen], kind="stable")].reshape(-1, self.group).T.ravel()
            batch = {"picture": self.data.pixels[chosen], "label": self.data.labels[chosen]}
            batch |= self.draw(rng, epoch * self.steps + step)
            yield {name: shard.rows(part) for name, part in batch.items()}

    def __call__(self, shard: Shard, epoch: int, start: int) -> tf.data.Dataset:
        """`arrays` as a dataset."""
        [example] = (batch for _, batch in zip(range(1), self.arrays(Shard(), 0, 0), strict=False))
        signature = {name: tf.TensorSpec((None, *part.shape[1:]), part.dtype) for name, part in example.items()}
        return tf.data.Dataset.from_generator(lambda: self.arrays(shard, epoch, start), output_signature=signature).prefetch(4)


def epochs_and_steps(thousands: float, thousands_per_epoch: float, pictures_per_batch: int) -> tuple[int, int]:
    """How many epochs, of how many steps, show that many thousands of real pictures."""
    return max(1, round(thousands / thousands_per_epoch)), max(1, round(1000 * thousands_per_epoch / pictures_per_batch))


def size_of(rows):
    """How many rows a batch has, as a loss's weight."""
    return tf.cast(tf.shape(rows)[0], tf.float32)


def as_input(pictures):
    """Bytes as the networks take them, float32 in -1..1."""
    return tf.cast(pictures, tf.float32) / 127.5 - 1


def as_bytes(pictures: np.ndarray) -> np.ndarray:
    """What the networks give, as bytes."""
    return np.clip(np.rint((np.asarray(pictures) + 1) * 127.5), 0, 255).astype(np.uint8)


class PictureJudge:
    """After each epoch, a sheet of samples from the same latents as ever, and their Fréchet distance to the real pictures.

    Args:
        generate: `(seed, count)` to that many pictures of the generator as it is now, uint8 as in an ImageSet.
        data: the real pictures.
        count: pictures for the distance; 0: no distance.
        folder: for the sheets.
        kept: figures of the training's state; the sheets are named by its `pictures_seen`.
    """

    SHEET = 48

    def __init__(
        self, generate: Callable[[int, int], np.ndarray], data: ImageSet, count: int, folder: Path, kept: Callable[[], dict[str, float]]
    ):
        self.generate, self.data, self.count, self.folder, self.kept = generate, data, count, folder, kept
        self._features: PictureFeatures | None = None
        self._real: Statistics | None = None

    def figures(self) -> dict[str, float]:
        """What the training keeps, and `frechet_distance` if it is wanted."""
        kept = self.kept()
        self.folder.mkdir(parents=True, exist_ok=True)
        sheet = unpremultiply(self.generate(0, self.SHEET))
        file = self.folder / f"{int(kept['pictures_seen']):09d}.png"
        partial = file.with_suffix(f".{os.getpid()}")  # several workers write the same sheet
        grid(list(sheet), columns=8).save(partial, "PNG")
        partial.replace(file)
        return kept | ({"frechet_distance": self._distance()} if self.count else {})

    def _distance(self) -> float:
        if self._features is None or self._real is None:
            self._features = PictureFeatures()
            self._real = Statistics.of(self._features(self.data.pixels))
        return frechet_distance(self._real, Statistics.of(self._features(self.generate(1, self.count))))
