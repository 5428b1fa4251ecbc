"""Batches of labelled images, each augmented anew in every epoch, all of it by a seed alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from mediakit.datasets.images import ImageSet
from mediakit.training.backgrounds import composite, matte, turned
from mediakit.training.batches import shuffled
from mediakit.training.photos import Augmentation, augment
from mediakit.training.recipe import Batch

TYPICAL = 200  # images whose activations set the ranges of integers


def typical_images(images: ImageSet) -> np.ndarray:
    """Some images evenly spread over a set, float32 `[images, size, size, channels]`; noise for a set without any."""
    if not len(images):
        return np.random.default_rng(0).uniform(0, 255, (1, *images.pixels.shape[1:])).astype(np.float32)
    rows = np.linspace(0, len(images) - 1, min(len(images), TYPICAL), dtype=int)
    return images.pixels[rows].astype(np.float32)


@dataclass(frozen=True)
class Changes:
    """How training images are changed.

    Args:
        turn: largest angle in degrees, to either side.
        zoom: largest factor by which an image is enlarged or reduced.
        mixup: both parameters of the beta distribution of the shares of two blended images (Zhang et al. 2017); 0: no mixup.
        replaced: probability that a plain background is replaced, where there are photos to replace it with.
        photo: the rest, in the order in which `augment` makes it.
    """

    turn: float
    zoom: float
    mixup: float
    replaced: float
    photo: Augmentation


class AugmentedImages:
    """Training images for a `Phase`: its `batches`, `decode` and `prepare`.

    Args:
        images: the training images, `classes` classes.
        batch_size: rows of a batch.
        balanced: give each class the same weight, however few images it has.
        backgrounds: uint8 `[photos, size, size, 3]`, or None.
    """

    def __init__(self, images: ImageSet, changes: Changes, batch_size: int, seed: int, balanced: bool, backgrounds: np.ndarray | None):
        self.images, self.changes, self.batch_size, self.seed, self.backgrounds = images, changes, batch_size, seed, backgrounds
        self.classes = len(images.classes)
        counts = np.bincount(images.labels, minlength=self.classes)
        weights = len(images) / self.classes / np.maximum(counts, 1) if balanced else np.ones(self.classes)
        self._weights = weights.astype(np.float32)
        self._mattes: np.ndarray | None = None

    def prepare(self) -> None:
        """Cut out what stands before a plain background."""
        if self.backgrounds is not None:
            opaque = np.full(self.images.pixels.shape[1:3], 255, np.uint8)
            found = [matte(image) for image in self.images.pixels]
            self._mattes = np.stack([opaque if each is None else each for each in found])[..., None]

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """From step `start` of an epoch on: images, labels, weights, seeds; images to blend with; mattes and backgrounds."""
        order = shuffled(len(self.images), self.batch_size, np.random.default_rng([self.seed, epoch]))
        for step in range(start, len(order)):
            rows, rng = order[step], np.random.default_rng([self.seed, epoch, step])
            batch = {"seed": rng.integers(0, 2**31 - 1, (len(rows), 2), dtype=np.int32), **self._drawn("", rows, rng)}
            batch["weight"] = self._weights[self.images.labels[rows]]
            if amount := self.changes.mixup:
                batch |= self._drawn("other_", rng.integers(0, len(self.images), len(rows)), rng)
                batch["share"] = rng.beta(amount, amount, len(rows)).astype(np.float32)
            yield batch

    def decode(self, row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """A row of a batch as an image in 0..255, its target `[classes]` and its weight."""
        image, target = self._changed(row, "", row["seed"]), tf.one_hot(row["label"], self.classes)
        if self.changes.mixup:
            share = tf.maximum(row["share"], 1 - row["share"])
            image = share * image + (1 - share) * self._changed(row, "other_", row["seed"] + tf.constant([0, 7919]))
            target = share * target + (1 - share) * tf.one_hot(row["other_label"], self.classes)
        return {"image": image, "target": target, "weight": row["weight"]}

    def _drawn(self, prefix: str, rows: np.ndarray, rng: np.random.Generator) -> Batch:
        drawn = {"image": self.images.pixels[rows], "label": self.images.labels[rows]}
        if self._mattes is not None and self.backgrounds is not None:
            drawn |= {"matte": self._mattes[rows], "background": self.backgrounds[rng.integers(0, len(self.backgrounds), len(rows))]}
        return {prefix + name: part for name, part in drawn.items()}

    def _changed(self, row: dict[str, tf.Tensor], prefix: str, seed: tf.Tensor) -> tf.Tensor:
        """One image turned, put before its background, cropped and recoloured."""
        draw = tf.unstack(tf.random.stateless_uniform((3,), seed + tf.constant([0, 104_729])))
        angle = (2 * draw[0] - 1) * np.radians(self.changes.turn)
        scale = tf.exp((2 * draw[1] - 1) * np.log(self.changes.zoom))
        image = turned(tf.cast(row[f"{prefix}image"], tf.float32), angle, scale, "REFLECT")
        if f"{prefix}matte" in row:
            opacity = turned(tf.cast(row[f"{prefix}matte"], tf.float32) / 255, angle, scale, "CONSTANT")
            replaced = composite(image, opacity, tf.cast(row[f"{prefix}background"], tf.float32))
            image = tf.where(draw[2] < self.changes.replaced, replaced, image)
        return augment(image, seed, self.changes.photo)
