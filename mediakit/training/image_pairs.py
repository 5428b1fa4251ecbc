"""Pairs of images for training: how a network's output stands for an image, random crops in batches, and validation by samples."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from mediakit.datasets.image_pairs import ImagePair, ImagePairs
from mediakit.media.image_grid import grid
from mediakit.media.lab import lab_of_rgb, lightness_of_grey, rgb_of_lab
from mediakit.tasks.image_to_image.color_metrics import chroma_error, colourfulness
from mediakit.training.batches import shuffled, steps_per_epoch
from mediakit.training.recipe import Batch

MOST_CHROMA = 110.0  # of a* and b* in sRGB
LEAST_CHROMA = 0.85  # of shown colours, on average, as a part of that of real ones
SHEET = 16  # pairs that a sheet of samples shows
MOST_VALIDATED = 400


class Coding(Protocol):
    """What a network takes and gives.

    Attributes:
        inputs, outputs: channels. Inputs are in 0..255, outputs in -1..1.
        step: pixels of the input to one of the output, in each direction.
    """

    inputs: int
    outputs: int
    step: int

    def encode(self, target: np.ndarray) -> np.ndarray:
        """The output, float32 `[height / step, width / step, outputs]`, that stands for a target uint8 `[height, width, 3]`."""

    def decode(self, source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """The image uint8 `[height, width, 3]` that an output stands for, given the source uint8 `[height, width, inputs]`."""


class Whole:
    """The output is the image."""

    inputs, outputs, step = 3, 3, 1

    def encode(self, target: np.ndarray) -> np.ndarray:
        return target.astype(np.float32) / 127.5 - 1

    def decode(self, source: np.ndarray, output: np.ndarray) -> np.ndarray:
        return np.clip((output + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)


class Chroma:
    """The output is a* and b* at half the resolution; the lightness is the source's. Eyes see colours less sharply than light."""

    inputs, outputs, step = 1, 2, 2

    def encode(self, target: np.ndarray) -> np.ndarray:
        half = Image.fromarray(target).reduce(self.step)
        return lab_of_rgb(np.asarray(half))[..., 1:] / MOST_CHROMA

    def decode(self, source: np.ndarray, output: np.ndarray) -> np.ndarray:
        height, width = source.shape[:2]
        planes = [Image.fromarray(output[..., i] * MOST_CHROMA).resize((width, height), Image.Resampling.BILINEAR) for i in (0, 1)]
        return rgb_of_lab(np.dstack([lightness_of_grey(source[..., 0]), *map(np.asarray, planes)]))


def resized(image: np.ndarray, size: int, box: tuple[float, float, float, float] | None = None) -> np.ndarray:
    """An image uint8 `[height, width, channels]`, or a box of it (left, top, right, bottom), as `[size, size, channels]`."""
    whole = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    return np.asarray(whole.resize((size, size), Image.Resampling.BILINEAR, box)).reshape(size, size, -1)


def some(pairs: Sequence[ImagePair]) -> list[ImagePair]:
    """All pairs, or evenly spaced ones of many."""
    return [pairs[i] for i in np.linspace(0, len(pairs) - 1, min(len(pairs), MOST_VALIDATED), dtype=int)]


class PairBatches:
    """Batches of random crops: `source` uint8 `[batch, size, size, inputs]` and `target` float32 in -1..1, as the coding has it.

    All of it follows from seed, epoch and step alone.

    Args:
        crop: least part of an image's area that a crop keeps.
        stretch: largest factor by which a crop's aspect is stretched or squeezed. Half of all crops are mirrored.
        steps: batches of an epoch.
    """

    def __init__(
        self, pairs: Sequence[ImagePair], coding: Coding, size: int, crop: float, stretch: float, batch_size: int, steps: int, seed: int
    ):
        self.pairs, self.coding, self.size, self.crop, self.stretch = pairs, coding, size, crop, stretch
        self.batch_size, self.steps, self.seed = batch_size, steps, seed

    def __call__(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of an epoch from step `start` on. Passes over the data go on from one epoch to the next."""
        a_pass = steps_per_epoch(len(self.pairs), self.batch_size)
        number, order = -1, list[np.ndarray]()
        for step in range(start, self.steps):
            rng = np.random.default_rng([self.seed, epoch, step])
            now, place = divmod(epoch * self.steps + step, a_pass)
            if now != number:
                number, order = now, shuffled(len(self.pairs), self.batch_size, np.random.default_rng([self.seed, now]))
            rows = [self._crop(self.pairs[i], rng) for i in order[place]]
            yield {"source": np.stack([source for source, _ in rows]), "target": np.stack([target for _, target in rows])}

    def _crop(self, pair: ImagePair, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        source, target = pair.read()
        height, width = target.shape[:2]
        area = rng.uniform(self.crop, 1)
        stretch = np.exp(rng.uniform(-1, 1) * np.log(self.stretch))
        tall, wide = (min(1.0, np.sqrt(part)) for part in (area * stretch, area / stretch))
        top, left = rng.uniform(0, 1 - tall) * height, rng.uniform(0, 1 - wide) * width
        box = (left, top, left + wide * width, top + tall * height)
        mirrored = slice(None, None, -1 if rng.random() < 0.5 else 1)
        source, target = (resized(image, self.size, box)[:, mirrored] for image in (source, target))
        return source, self.coding.encode(np.ascontiguousarray(target))


class PairValidator:
    """After each epoch, a sheet of samples (source, output, target), and metrics over the validation pairs or some of them.

    Args:
        generate: sources uint8 `[1, size, size, inputs]` to outputs in -1..1.
        folder: for the sheets.
        name: of the phase, with which the sheets' names begin.
    """

    def __init__(self, generate: Callable[[np.ndarray], np.ndarray], data: ImagePairs, coding: Coding, size: int, folder: Path, name: str):
        self.pairs = some(data.validation or data.train)
        self.generate, self.coding, self.size, self.folder, self.name = generate, coding, size, folder, name
        self._count = 0

    def __call__(self) -> dict[str, float]:
        """The mean absolute error of outputs as `l1`; of colours also their error and colourfulness over that of grey and real ones."""
        shown = set(np.linspace(0, len(self.pairs) - 1, min(SHEET, len(self.pairs)), dtype=int).tolist())
        tiles, rows = [], []
        for i, pair in enumerate(self.pairs):
            source, target = (resized(image, self.size) for image in pair.read())
            output = np.asarray(self.generate(source[None]))[0]
            made = self.coding.decode(source, output)
            rows.append([np.abs(output - self.coding.encode(target)).mean(), *self._colours(made, target)])
            tiles += [source, made, target] if i in shown else []
        self._save(tiles)
        values = np.mean(rows, axis=0)
        metrics = {"l1": float(values[0])}
        if isinstance(self.coding, Chroma):
            metrics |= {"chroma_error": values[1] / values[2], "colourfulness": values[3] / values[4]}
        return {name: float(value) for name, value in metrics.items()}

    def _colours(self, made: np.ndarray, target: np.ndarray) -> list[float]:
        lab, wanted = lab_of_rgb(made), lab_of_rgb(target)
        grey = wanted * np.array([1, 0, 0], np.float32)
        return [chroma_error(lab, wanted), chroma_error(grey, wanted), colourfulness(made), colourfulness(target)]

    def _save(self, tiles: list[np.ndarray]) -> None:
        self._count += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{self.name}-{self._count:03}.png"
        partial = file.with_suffix(f".{os.getpid()}")  # several workers write the same sheet
        grid(tiles, columns=6).save(partial, "PNG")
        partial.replace(file)


def chroma_gain(generate: Callable[[np.ndarray], np.ndarray], data: ImagePairs, size: int) -> float:
    """The factor, at least 1, that brings the mean chroma on the validation photos to `LEAST_CHROMA` of that of the real ones.

    Where a network is unsure, the least expected error is near grey, and colours come out pale.
    """
    made, real = [], []
    for pair in some(data.validation or data.train):
        source, target = (resized(image, size) for image in pair.read())
        made.append(np.linalg.norm(generate(source[None]), axis=-1).mean())
        real.append(np.linalg.norm(Chroma().encode(target), axis=-1).mean())
    return max(1.0, round(float(LEAST_CHROMA * np.mean(real) / max(np.mean(made), 1e-3)), 2))
