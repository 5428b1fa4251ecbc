"""What trains a captioner to say what it sees: concepts as network constants, as targets, and as a decoder is shown them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mediakit.datasets.concepts import COCO_CLASSES, Concept
from mediakit.errors import DataError
from mediakit.text.vocabulary import Vocabulary, tokenize

IMAGENET_CLASSES = 1000
NOBODY = 0.1  # a person less probable than this is known not to be there
SHOWN = 0.05  # least probability of a concept that the decoder is shown


class Lexicon:
    """A table of concepts and the words of a vocabulary that stand for them, as arrays."""

    def __init__(self, table: Sequence[Concept], vocabulary: Vocabulary):
        self.table = tuple(table)
        self.words = np.array([vocabulary.encode(concept.word)[0] for concept in table], np.int32)
        self._meant: dict[str, list[int]] = defaultdict(list)
        for i, concept in enumerate(table):
            for form in concept.forms:
                self._meant[form].append(i)

    def __len__(self) -> int:
        return len(self.table)

    def named_in(self, text: str) -> list[int]:
        """The concepts that a caption names, in their order."""
        return sorted({i for word in tokenize(text) for i in self._meant.get(word, ())})

    def of_kind(self, kind: str) -> np.ndarray:
        """The concepts of a kind."""
        return np.array([i for i, concept in enumerate(self.table) if concept.kind == kind], np.intp)

    @cached_property
    def detected(self) -> list[tuple[int, int | None, int]]:
        """The concepts that a detector tells of: concept, the concept of several of it if there is one, and the class."""
        places = {concept.word: i for i, concept in enumerate(self.table)}
        several = {word: places.get("people" if word == "person" else f"{word}s") for word in places}
        return [(i, several[concept.word], COCO_CLASSES.index(name)) for i, concept in enumerate(self.table) for name in concept.coco]

    @cached_property
    def imagenet_matrix(self) -> np.ndarray:
        """Which ImageNet class shows which concept: float32 `[1000, concepts]` of 0 and 1."""
        matrix = np.zeros((IMAGENET_CLASSES, len(self)), np.float32)
        for i, concept in enumerate(self.table):
            matrix[list(concept.imagenet), i] = 1
        return matrix

    @cached_property
    def evidence_columns(self) -> np.ndarray:
        """For each concept its columns in COCO's classes, then a column per concept for ImageNet, then one for none: `[concepts, 3]`."""
        columns = np.full((len(self), 3), len(COCO_CLASSES) + len(self), np.int32)
        for i, concept in enumerate(self.table):
            places = [COCO_CLASSES.index(name) for name in concept.coco[:2]]
            places += [len(COCO_CLASSES) + i] if concept.imagenet else []
            columns[i, : len(places)] = places
        return columns


@dataclass(frozen=True)
class Detections:
    """A detector's boxes on photos, from the file that `benchmarks/detect_objects.py` writes.

    Attributes:
        boxes: by photo's file name, float32 `[boxes, 6]`: class (a place in `COCO_CLASSES`), score, top, left, bottom and right as
            parts of the photo's height and width.
    """

    boxes: dict[str, np.ndarray]

    @classmethod
    def read(cls, path: Path) -> "Detections":
        """Raises DataError when the file is missing or another sort of file."""
        try:
            with np.load(path) as file:
                rows = np.split(file["boxes"], np.cumsum(file["counts"])[:-1])
                return cls(dict(zip(file["names"].tolist(), rows, strict=True)))
        except (OSError, ValueError, KeyError) as error:
            raise DataError(f"{path}: not a file of detections: {error}") from error

    def map(self, name: str, side: int) -> np.ndarray:
        """For each region the score of the surest box of each class that covers its centre, float32 `[side * side, 80]`.

        A box that covers no centre counts for the region that its own centre is in.
        """
        regions = np.zeros((side, side, len(COCO_CLASSES)), np.float32)
        for kind, score, top, left, bottom, right in self.boxes[name]:
            rows, columns = _covered(top, bottom, side), _covered(left, right, side)
            here = regions[rows, columns, int(kind)]
            np.maximum(here, score, out=here)
        return regions.reshape(-1, len(COCO_CLASSES))

    def named(self, name: str) -> np.ndarray:
        """How probably a caption would name one object of each class, and a second one, float32 `[2, 80]`: a box's score, less for a
        small box."""
        best = np.zeros((2, len(COCO_CLASSES)), np.float32)
        for kind, score, top, left, bottom, right in self.boxes[name]:
            value = score * min(1.0, 0.3 + 2 * max(0.0, (bottom - top) * (right - left)) ** 0.5)
            best[:, int(kind)] = sorted([*best[:, int(kind)], value])[:0:-1]
        return best


def _covered(low: float, high: float, side: int) -> slice:
    """The cells of `side` whose centres lie between two parts of the whole, or the one cell in their middle."""
    first, last = max(0, int(np.ceil(low * side - 0.5))), min(side - 1, int(np.floor(high * side - 0.5)))
    if first > last:
        first = last = min(side - 1, int((low + high) / 2 * side))
    return slice(first, last + 1)


def caption_targets(lexicon: Lexicon, captions: Sequence[str]) -> np.ndarray:
    """The part of a photo's captions that names each concept, float32 `[concepts]`."""
    targets = np.zeros(len(lexicon), np.float32)
    for caption in captions:
        targets[lexicon.named_in(caption)] += 1 / len(captions)
    return targets


def label_targets(lexicon: Lexicon, captions: Sequence[str], told: np.ndarray, named: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights `[concepts]` of a photo that has a label, but no captions by people.

    Args:
        captions: sentences made of its label.
        told: which concepts the labels of the data set tell of at all, bool `[concepts]`; the others stay unknown.
        named: from `Detections.named`; None for a photo without.
    """
    targets, weights = np.zeros(len(lexicon), np.float32), np.where(told, 0.25, 0.0).astype(np.float32)
    if named is not None:
        for i, several, place in lexicon.detected:
            targets[i], weights[i] = max(targets[i], named[0, place]), 1
            if several is not None:
                targets[several], weights[several] = max(targets[several], named[1, place]), 1
        if named[0, COCO_CLASSES.index("person")] < NOBODY:
            persons = lexicon.of_kind("person")
            targets[persons], weights[persons] = np.minimum(targets[persons], NOBODY), 1
    labelled = sorted({i for caption in captions for i in lexicon.named_in(caption)})
    targets[labelled], weights[labelled] = np.maximum(targets[labelled], 0.8), 1
    return targets, weights


def lend(texts: Sequence[str], named: Sequence[Sequence[int]], targets: np.ndarray, weights: np.ndarray, count: int = 5) -> list[list[str]]:
    """For each photo those captions of others that fit its targets and weights `[photos, concepts]` best; none where none fits.

    A caption gains by what is in the photo, and loses by what is known not to be there, rare concepts counting more than common
    ones; what is unknown costs a little. Captions of five to fourteen words are lent.
    """
    usable = [i for i, text in enumerate(texts) if named[i] and 5 <= len(text.split()) <= 14]
    if not usable:
        return [[] for _ in targets]
    names = np.zeros((len(usable), targets.shape[1]), np.float32)
    for row, i in enumerate(usable):
        names[row, named[i]] = 1
    rarity = np.clip(-np.log(names.mean(axis=0) + 1e-4), 1, 6) / 6
    size = np.sqrt(names.sum(axis=1)) + 0.5
    lent = []
    for target, weight in zip(targets, weights, strict=True):
        known = np.minimum(2 * weight, 1)
        gain = rarity * np.where(weight > 0, np.where(target > 0.3, target, -1.2 * known * (1 - target)), -0.12)
        fit = names @ gain / size
        best = np.argsort(-fit)[:count]
        lent.append([texts[usable[i]] for i in best if fit[i] > max(0.15, 0.75 * fit[best[0]])])
    return lent


class BagSimulator:
    """Concepts for a caption without a photo, as a calibrated head would give them for one.

    Of the concepts at a probability p, a part p is true: those that the caption names get probabilities with a density that grows as
    p, false ones with a density that falls as 1 - p. False ones are mostly what other captions name along with a true one.

    Args:
        named: the concepts that each caption names.
        kept: probability that a true concept is shown.
        false: mean number of false ones.
    """

    def __init__(self, named: Sequence[Sequence[int]], concepts: int, kept: float = 0.87, false: float = 2.5):
        self._named, self._kept, self._false = named, kept, false
        self._captions: list[list[int]] = [[] for _ in range(concepts)]
        for caption, places in enumerate(named):
            for place in places:
                self._captions[place].append(caption)
        counts = np.array([len(captions) for captions in self._captions]) ** 0.75
        self._common = counts / max(1.0, counts.sum())

    def __call__(self, caption: int, rng: np.random.Generator) -> dict[int, float]:
        """The concepts that are shown for a caption, with their probabilities."""
        true = self._named[caption]
        shown = {i: float(np.sqrt(rng.uniform(0.01, 1))) for i in true if rng.random() < self._kept}
        for _ in range(rng.poisson(self._false)):
            place = self._false_one(true, rng)
            if place not in true:
                shown.setdefault(place, 0.1 + 0.85 * (1 - float(np.sqrt(rng.random()))))
        return shown

    def _false_one(self, true: Sequence[int], rng: np.random.Generator) -> int:
        if true and rng.random() < 0.7:
            alike = self._captions[true[rng.integers(len(true))]]
            others = self._named[alike[rng.integers(len(alike))]]
            return others[rng.integers(len(others))]
        return int(rng.choice(len(self._common), p=self._common))


def as_rows(lexicon: Lexicon, shown: dict[int, float], count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` most probable concepts as words int32 `[count]` and probabilities float32 `[count]`; 0 where there are fewer."""
    words, probabilities = np.zeros(count, np.int32), np.zeros(count, np.float32)
    for row, (place, probability) in enumerate(sorted(shown.items(), key=lambda item: -item[1])[:count]):
        words[row], probabilities[row] = lexicon.words[place], probability
    return words, probabilities
