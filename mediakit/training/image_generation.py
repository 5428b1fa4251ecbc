"""What recipes that generate images share: batches of real images and random numbers, and validation by samples and FID."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from mediakit.datasets import images
from mediakit.datasets.images import ImageSet
from mediakit.datasets.origin import Origin, own_data
from mediakit.media.alpha import unpremultiply
from mediakit.media.image_grid import grid
from mediakit.runtime.frechet import Statistics, frechet_distance
from mediakit.runtime.image_features import ImageFeatures
from mediakit.runtime.model_folder import ModelFolder
from mediakit.training.recipe import Batch, Card, require

FEW = 500  # images, of which a generator tends to learn copies: most published trainings had 1,000 or more (Karras et al. 2020b)


@dataclass(frozen=True)
class Data:
    """Training images, where they are from, and what to call a model of them."""

    train: ImageSet
    origin: Origin
    name: str


def read(folder: Path, size: int, channels: int | None, labels: bool) -> Data:
    """The training images of a folder in any layout that `mediakit.datasets.images` reads, without classes unless `labels`.

    Raises DataError for a size that is not a power of two.
    """
    require(size >= 8 and size & (size - 1) == 0, f"size is {size}; it must be a power of two, 8 or more")
    found = images.read(folder, "train", size, channels)
    if not labels:
        found = replace(found, classes=(), labels=np.zeros_like(found.labels))
    origin = images.origin(folder)
    return Data(found, origin, "emoji" if origin.name.startswith("emoji") else folder.resolve().name)


def without_images(folder: ModelFolder, shape: Sequence[int], classes: Sequence[str] = ()) -> Data:
    """Data of a trained model: no images, but their shape `[size, size, channels]` and classes."""
    none = ImageSet(np.zeros((0, *shape), np.uint8), np.zeros(0, np.int32), tuple(classes), ())
    return Data(none, own_data(folder.path, "images"), folder.name)


def own_card(name: str, data: Data, **texts: Any) -> Card:
    """The card of a generator of such images as `data`; `texts` are the fields that the recipe fills in."""
    origin = data.origin
    return Card(
        name=f"{name}/{data.name}",
        headline="frechet_distance",
        license=f"the weights were learned from {origin.name} (licence: {origin.license})",
        data=[{"name": origin.name, "license": origin.license, "note": origin.note or f"{len(data.train):,} images"}],
        **texts,
    )


class ImageBatches:
    """Batches of real images with random numbers. A batch follows from seed, epoch and step alone.

    Args:
        data: the images.
        size: images in a batch of all replicas.
        steps: batches of an epoch.
        draw: the random numbers of a batch, from a generator and the batch's number over all epochs.
        seed: of everything.
        group: so many images, `size / group` apart, are of one class as far as possible: the discriminator can then tell what is
            alike within a group from what is alike within a class (see `MinibatchDeviation`).
    """

    def __init__(
        self,
        data: ImageSet,
        size: int,
        steps: int,
        draw: Callable[[np.random.Generator, int], Batch],
        seed: int,
        group: int = 1,
    ):
        self.data, self.size, self.steps, self.draw, self.seed, self.group = data, size, steps, draw, seed, group

    def __call__(self, epoch: int, start: int) -> Iterator[Batch]:
        """`image` uint8 `[batch, size, size, channels]`, its `label`, and what `draw` gives, from a step of an epoch on."""
        for step in range(start, self.steps):
            rng = np.random.default_rng([self.seed, epoch, step])
            chosen = rng.choice(len(self.data), self.size, replace=len(self.data) < self.size)
            chosen = chosen[np.argsort(self.data.labels[chosen], kind="stable")].reshape(-1, self.group).T.ravel()
            yield {
                "image": self.data.pixels[chosen],
                "label": self.data.labels[chosen],
                **self.draw(rng, epoch * self.steps + step),
            }


def epochs_and_steps(kimg: float, kimg_per_epoch: float, batch_size: int) -> tuple[int, int]:
    """How many epochs, of how many steps, show so many thousands of real images."""
    return max(1, round(kimg / kimg_per_epoch)), max(1, round(1000 * kimg_per_epoch / batch_size))


def row_count(rows):
    """The number of rows of a tensor, as a loss's weight."""
    return tf.cast(tf.shape(rows)[0], tf.float32)


def to_unit_range(pixels):
    """Bytes as networks take them, float32 in -1..1."""
    return tf.cast(pixels, tf.float32) / 127.5 - 1


def to_bytes(images: np.ndarray) -> np.ndarray:
    """A network's images in -1..1 as bytes."""
    return np.clip(np.rint((np.asarray(images) + 1) * 127.5), 0, 255).astype(np.uint8)


def outlook(data: ImageSet, batch_size: int, steps: int, folder: Path) -> Callable[[float], str]:
    """What to expect of a training: `(seconds of a step)` to a line about these images and this machine.

    Args:
        data: the training images.
        batch_size, steps: images of a step, steps of an epoch, after which there is a sheet of samples.
        folder: of the sheets.
    """

    def describe(seconds: float) -> str:
        few = f" (of fewer than {FEW}, expect copies rather than new images)" if len(data) < FEW else ""
        first, many = _duration(steps * seconds), _duration(100_000 / batch_size * seconds)
        return (
            f"learning from {len(data):,} images{few}: the first samples in {folder} after about {first}; "
            f"100,000 images seen after about {many}, at {batch_size / seconds:,.0f} a second"
        )

    return describe


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 120:
        return f"{seconds / 3600:.1f} hours"
    return f"{minutes} minutes" if minutes > 1 else "a minute"


class ImageValidator:
    """After each epoch, a sheet of samples from the same latents, and their Fréchet distance to the real images.

    Args:
        generate: `(seed, count)` to that many images of the generator as it is now, uint8 as in an ImageSet.
        data: the real images.
        count: images for the distance; 0: no distance.
        folder: for the sheets.
        state: metrics of the training's state; `images_seen` names the sheets.
    """

    SHEET = 48
    MOST_REAL = 5000  # images that the distance is measured from: tens of thousands would take longer than an epoch

    def __init__(
        self, generate: Callable[[int, int], np.ndarray], data: ImageSet, count: int, folder: Path, state: Callable[[], dict[str, float]]
    ):
        self.generate, self.data, self.count, self.folder, self.state = generate, data, count, folder, state
        self._features: ImageFeatures | None = None
        self._real: Statistics | None = None

    def __call__(self) -> dict[str, float]:
        """The training's state, and `frechet_distance` if it is wanted."""
        state = self.state()
        self.folder.mkdir(parents=True, exist_ok=True)
        sheet = unpremultiply(self.generate(0, self.SHEET))
        file = self.folder / f"{int(state['images_seen']):09d}.png"
        partial = file.with_suffix(f".{os.getpid()}")  # several workers write the same sheet
        grid(list(sheet), columns=8).save(partial, "PNG")
        partial.replace(file)
        return state | ({"frechet_distance": self._distance()} if self.count else {})

    def _distance(self) -> float:
        if self._features is None or self._real is None:
            self._features = ImageFeatures()
            pixels = self.data.pixels
            if len(pixels) > self.MOST_REAL:
                pixels = pixels[np.random.default_rng(0).choice(len(pixels), self.MOST_REAL, replace=False)]
            self._real = Statistics.of(self._features(pixels))
        return frechet_distance(self._real, Statistics.of(self._features(self.generate(1, self.count))))
