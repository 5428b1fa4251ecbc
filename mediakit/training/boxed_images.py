"""What the recipe `ssd` trains on: augmented images, and for each default box the object that it is to find."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from mediakit.datasets.boxed_images import BoxedImage
from mediakit.media.image import read_photo
from mediakit.tasks.detection.average_precision import Boxes, average_precisions
from mediakit.tasks.detection.boxes import area, corners, decode, intersection, iou, select
from mediakit.training.recipe import Batch
from mediakit.training.validation import Predictor

GREY = (114, 114, 114)
BACKGROUND, IGNORED = -1, -2  # in place of a class


@dataclass(frozen=True)
class Augmentation:
    """How far a training image may be changed; each amount is drawn uniformly.

    zoom: least and greatest factor of size.
    stretch: largest factor by which the aspect changes.
    mosaic: probability that an image is put together of four (Bochkovskiy et al. 2020, section 3.3).
    flip, flip_down: probability of a mirror image, left to right and upside down.
    gain, shift: largest relative change of a channel, and its largest shift, as a part of full scale.
    grey: largest part of the colour that is taken away.
    visible: part of an object's area that must be left by a crop; with less, it is neither an object nor background.
    """

    zoom: tuple[float, float] = (0.7, 2.0)
    stretch: float = 1.33
    mosaic: float = 0.5
    flip: float = 0.5
    flip_down: float = 0.0
    gain: float = 0.25
    shift: float = 0.1
    grey: float = 0.5
    visible: float = 0.35


@dataclass(frozen=True)
class Scene:
    """A training image, uint8 `[size, size, 3]`, and its objects: boxes as fractions, `labels` that may be IGNORED, and scores."""

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


def cached_images(images: Sequence[BoxedImage], size: int, cache: Path) -> np.ndarray:
    """All images squeezed into squares, uint8 `[images, size, size, 3]`, memory-mapped from a cache file."""
    names = [str(image.path) for image in images]
    digest = hashlib.sha256(repr((size, names)).encode(errors="surrogateescape")).hexdigest()[:16]
    file = cache / f"images-{len(images)}-{digest}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.partial")
        squares = np.lib.format.open_memmap(partial, "w+", np.uint8, (len(images), size, size, 3))

        def write(row: int) -> None:
            squares[row] = read_photo(images[row].path, size=size)

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            for _ in tqdm(threads.map(write, range(len(images))), "images", len(images), file=sys.stderr, mininterval=5, unit="image"):
                pass
        squares.flush()
        partial.replace(file)
    return np.load(file, mmap_mode="r")


class TrainingImages:
    """Batches of augmented images with their targets: all of it follows from seed, epoch and step alone. `prepare` comes first.

    Args:
        images: to train on.
        classes: how many there are.
        size: side of an augmented image in pixels.
        defaults: default boxes of such an image, `[boxes, 4]`, and `levels`, how many of them belong to each feature map.
        cache: folder for the resized images.
    """

    def __init__(
        self,
        images: Sequence[BoxedImage],
        classes: int,
        size: int,
        defaults: np.ndarray,
        levels: Sequence[int],
        amount: Augmentation,
        batch_size: int,
        steps: int,
        cache: Path,
        seed: int,
    ):
        self.images, self.classes, self.size, self.amount = images, classes, size, amount
        self.batch_size, self.steps, self.cache, self.seed = batch_size, steps, cache, seed
        self._match = Matcher(defaults, levels)
        self._pixels = np.zeros((0, size, size, 3), np.uint8)

    def prepare(self) -> None:
        """Cache the resized images."""
        self._pixels = cached_images(self.images, self.size, self.cache)

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """`image` uint8 `[batch, size, size, 3]`; of each default box `label` int32 `[batch, boxes]`, a class or BACKGROUND or
        IGNORED, `box` `[batch, boxes, 4]` and `score` `[batch, boxes]`; `labelled` `[batch, classes]`: 0 where a class may be in the
        image without a box."""
        for step in range(epoch * self.steps + start, (epoch + 1) * self.steps):
            rng = np.random.default_rng([self.seed, step])
            rows = [self._row(number, rng) for number in self._numbers(step)]
            yield {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    def _numbers(self, step: int) -> list[int]:
        """The images of a step. Each image comes once before any comes again."""
        count, numbers = len(self.images), []
        for place in range(step * self.batch_size, (step + 1) * self.batch_size):
            numbers.append(int(np.random.default_rng([self.seed, place // count]).permutation(count)[place % count]))
        return numbers

    def _row(self, number: int, rng: np.random.Generator) -> Batch:
        labelled = np.ones(self.classes, np.float32)
        if rng.random() < self.amount.mosaic:
            numbers = [number, *rng.integers(len(self.images), size=3)]
            scene = mosaic([self._scene(i, rng, quarter) for i, quarter in zip(numbers, _quarters(self.size, rng), strict=True)], self.size)
        else:
            numbers = [number]
            scene = self._scene(number, rng, (0, 0, self.size, self.size))[0]
        for i in numbers:
            labelled[list(self.images[i].unlabelled)] = 0
        label, box, score = self._match(scene)
        return {"image": scene.image, "label": label, "box": box, "score": score, "labelled": labelled}

    def _scene(self, number: int, rng: np.random.Generator, place: tuple[int, int, int, int]) -> tuple[Scene, tuple[int, int, int, int]]:
        given = self.images[number]
        scene = Scene(self._pixels[number], given.boxes, given.labels, given.scores)
        return augment(scene, rng, self.amount, place[2] - place[0], place[3] - place[1]), place


def augment(scene: Scene, rng: np.random.Generator, amount: Augmentation, width: int, height: int) -> Scene:
    """A changed copy of an image, of `width` x `height` pixels."""
    zoom = np.exp(rng.uniform(*np.log(amount.zoom)))
    stretch = np.exp(rng.uniform(-0.5, 0.5) * 2 * np.log(amount.stretch) / 2)
    scale = zoom * np.array([stretch, 1 / stretch])
    # An image larger than the frame covers it; one that is smaller lies within.
    offset = rng.uniform(np.minimum(0, 1 - scale), np.maximum(0, 1 - scale))
    mirrored = rng.random(2) < (amount.flip, amount.flip_down)
    signs = np.where(mirrored, -1, 1)
    scale, offset = scale * signs, np.where(mirrored, offset + scale, offset)
    side = scene.image.shape[0]
    matrix = np.array([[scale[0] * width / side, 0, offset[0] * width], [0, scale[1] * height / side, offset[1] * height]])
    matrix[:, 2] += 0.5 * (matrix[:, 0] + matrix[:, 1]) - 0.5  # pixel centres
    image = cv2.warpAffine(scene.image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=GREY)
    moved = scene.boxes.reshape(-1, 2, 2) * scale + offset
    whole = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=-1)
    boxes = np.clip(whole, 0, 1)
    left = area(boxes) / np.maximum(area(whole), 1e-9)
    pixels = (boxes[:, 2:] - boxes[:, :2]) * (width, height)
    large = pixels.min(axis=1, initial=np.inf) >= 4 if len(pixels) else np.zeros(0, bool)
    labels = np.where((left >= amount.visible) & large, scene.labels, IGNORED)
    kept = left > 0
    return Scene(recolour(image, rng, amount), boxes[kept], labels[kept], scene.scores[kept])


def recolour(image: np.ndarray, rng: np.random.Generator, amount: Augmentation) -> np.ndarray:
    """An image with other brightness, contrast and colours."""
    loss = rng.uniform(0, amount.grey)
    luma = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    image = cv2.addWeighted(image, 1 - loss, luma, loss, 0)
    gain = rng.uniform(1 - amount.gain, 1 + amount.gain) * rng.uniform(1 - amount.gain / 3, 1 + amount.gain / 3, 3)
    shift = 255 * rng.uniform(-amount.shift, amount.shift)
    table = np.clip(np.arange(256)[:, None] * gain + shift, 0, 255).astype(np.uint8)
    return cv2.LUT(image, table[:, None, :])


def _quarters(size: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """The four parts of a mosaic around a random point: left, top, right, bottom in pixels."""
    x, y = rng.integers(size // 3, size - size // 3 + 1, 2).tolist()
    return [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)]


def mosaic(parts: Sequence[tuple[Scene, tuple[int, int, int, int]]], size: int) -> Scene:
    """One image of several, each with its place in pixels."""
    image = np.empty((size, size, 3), np.uint8)
    boxes = []
    for scene, (x0, y0, x1, y1) in parts:
        image[y0:y1, x0:x1] = scene.image
        boxes.append(scene.boxes * (np.array([x1 - x0, y1 - y0] * 2) / size) + np.array([x0, y0] * 2) / size)
    scenes = [scene for scene, _ in parts]
    return Scene(
        image,
        np.concatenate(boxes),
        np.concatenate([scene.labels for scene in scenes]),
        np.concatenate([scene.scores for scene in scenes]),
    )


class Matcher:
    """Assigns objects to default boxes by adaptive training sample selection (Zhang et al. 2020, section 4.1).

    An object's candidates are, on each feature map, the default boxes whose centres are nearest to its own. Those that overlap it by
    more than the candidates' mean and standard deviation together, and have their centre in it, are to find it; in any case the one
    that overlaps it most (Liu et al. 2016, section 2.2).

    Args:
        defaults: default boxes `[boxes, 4]`.
        levels: how many of them belong to each feature map.
        nearest: how many default boxes of a map are candidates.
    """

    def __init__(self, defaults: np.ndarray, levels: Sequence[int], nearest: int = 27):
        self._centres, self._corners = defaults[:, :2], corners(defaults)
        self._levels = np.split(np.arange(len(defaults)), np.cumsum(levels)[:-1])
        self._nearest = nearest

    def __call__(self, scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each default box: the class, BACKGROUND or IGNORED; the object's box; the object's score."""
        count = len(self._centres)
        label, box = np.full(count, BACKGROUND, np.int32), np.zeros((count, 4), np.float32)
        score = np.ones(count, np.float32)
        ignored = scene.labels == IGNORED
        if ignored.any():
            inside = intersection(self._corners[:, None], scene.boxes[ignored]).max(axis=1) / area(self._corners)
            label[inside > 0.5] = IGNORED
        if not ignored.all():
            boxes, labels, scores = scene.boxes[~ignored], scene.labels[~ignored], scene.scores[~ignored]
            owner = self._owners(boxes.astype(np.float32))
            taken = owner >= 0
            label[taken], box[taken], score[taken] = labels[owner[taken]], boxes[owner[taken]], scores[owner[taken]]
        return label, box, score

    def _owners(self, boxes: np.ndarray) -> np.ndarray:
        """The number of the object that each default box is to find, or -1."""
        centres = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
        distances = np.square(centres - self._centres).sum(axis=-1)
        candidates = []
        for level in self._levels:
            k = min(self._nearest, len(level))
            candidates.append(level[0] + np.argpartition(distances[:, level[0] : level[-1] + 1], k - 1, axis=1)[:, :k])
        near = np.concatenate(candidates, axis=1)
        overlaps = iou(boxes[:, None], self._corners[near])
        threshold = overlaps.mean(axis=1) + overlaps.std(axis=1)
        inside = ((self._centres[near] > boxes[:, None, :2]) & (self._centres[near] < boxes[:, None, 2:])).all(axis=-1)
        chosen = inside & (overlaps >= threshold[:, None])
        chosen[np.arange(len(boxes)), overlaps.argmax(axis=1)] = True
        # Of several objects, a default box is to find the one that it overlaps most: the last one written.
        objects, places = np.nonzero(chosen)
        order = np.argsort(overlaps[objects, places], kind="stable")
        owner = np.full(len(self._centres), -1)
        owner[near[objects, places][order]] = objects[order]
        return owner


class Validation:
    """Mean average precision of a model on images, measured as in use.

    Args:
        model: images to `logits` and `offsets`.
        classes: how many there are.
        defaults: default boxes of an image of `size` pixels.
        cache: folder for the resized images.
    """

    def __init__(self, model: keras.Model, images: Sequence[BoxedImage], classes: int, defaults: np.ndarray, size: int, cache: Path):
        self._images, self._classes, self._defaults, self._size, self._cache = images, classes, defaults, size, cache
        self._predict = Predictor(
            lambda batch: tf.concat(list(model(tf.cast(batch["image"], tf.float32), training=False).values()), axis=-1),
            lambda rows: {"image": self._pixels[rows]},
            np.ones(len(images)),
            size=8,
        )

    def __call__(self) -> dict[str, float]:
        """mAP at an intersection over union of 0.5, and at 0.5 to 0.95, over the classes that have boxes."""
        self._pixels = cached_images(self._images, self._size, self._cache)
        found, true = [], []
        for image, output in zip(self._images, self._predict(), strict=True):
            found.append(self._detect(output, image.unlabelled))
            true.append(Boxes(image.boxes, image.labels, image.scores))
        precisions = np.array(list(average_precisions(true, found, self._classes).values()))
        return {"mAP50": float(precisions[:, 0].mean()), "mAP": float(precisions.mean())}

    def _detect(self, output: np.ndarray, unlabelled: Sequence[int]) -> Boxes:
        logits, offsets = output[:, : self._classes], output[:, self._classes :]
        logits[:, list(unlabelled)] = -np.inf
        boxes = np.concatenate(decode(offsets, self._defaults), axis=-1)
        box, label = select(logits, boxes, threshold=-4.6, overlap=0.5, most=100)
        return Boxes(np.clip(boxes[box], 0, 1), label, logits[box, label])
