"""What the recipe `captioning` trains on and is validated by: photos with captions, labelled photos, captions without photos."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.datasets.concepts import COCO_CLASSES
from mediakit.tasks.captioning.cider import CiderD
from mediakit.text.vocabulary import END, PAD, START, Vocabulary
from mediakit.training.batches import shuffled
from mediakit.training.concepts import BagSimulator, as_rows, caption_targets, label_targets, lend
from mediakit.training.photos import Augmentation, augment, cached_features, read_photo
from mediakit.training.recipe import Batch
from mediakit.training.validation import Predictor


def caption_ids(vocabulary: Vocabulary, caption: str, max_words: int) -> np.ndarray:
    """A caption as ids `[max_words + 2]`: start, words, end, padding."""
    # A longer caption loses its tail and has no end: the model must not learn to stop there.
    ids = [START, *vocabulary.encode(caption), END][: max_words + 2]
    return np.pad(np.array(ids, np.int32), (0, max_words + 2 - len(ids)))


def caption_table(vocabulary: Vocabulary, photos: Sequence[Sequence[str]], per_photo: int, max_words: int) -> np.ndarray:
    """The captions of photos as ids `[photos, per_photo, max_words + 2]`; rows of padding where there are fewer."""
    table = np.zeros((len(photos), per_photo, max_words + 2), np.int32)
    for rows, captions in zip(table, photos, strict=True):
        for row, caption in zip(rows, captions, strict=False):
            row[:] = caption_ids(vocabulary, caption, max_words)
    return table


class TrainingPhotos:
    """Batches of training photos, those with captions first and then labelled ones: which, in which order and with what follows from
    seed, epoch and step alone.

    Args:
        config, data: of the recipe `captioning`.
        encoder: whose features are cached in the folder `cache`.
    """

    def __init__(self, config: Any, data: Any, encoder: keras.Model, cache: Path):
        self.config, self.data, self.encoder, self.cache = config, data, encoder, cache
        self.captioned = [photo.path for photo in data.train]
        self.paths = [*self.captioned, *(photo.path for photo in data.labelled)]
        self.captions = self._table([photo.captions for photo in data.train])
        self.side = encoder.output_shape[1]
        self._features = np.zeros(0)

    def cache_features(self, paths: list[Path]) -> None:
        """Make sure of the features of the encoder as it is by now."""
        self._features = cached_features(self.encoder, paths, 2, self.cache, self.config.seed)

    def mean_features(self) -> np.ndarray:
        """The mean region of each photo, float32 `[photos, channels]`."""
        return np.stack([self._features[i, 0].astype(np.float32).mean(axis=(0, 1)) for i in range(len(self.paths))])

    def with_features(self, epoch: int, start: int) -> Iterator[Batch]:
        """Region features of a random view of each photo, and its captions."""
        for rows, rng in self._rows(len(self.captioned), epoch, start):
            yield {"regions": self._regions(rows, rng), "captions": self.captions[rows]}

    def with_paths(self, epoch: int, start: int) -> Iterator[Batch]:
        """Paths, seeds of the augmentation, and captions."""
        for rows, _ in self._rows(len(self.captioned), epoch, start):
            seeds = np.stack([np.full(len(rows), self.config.seed * 1000 + epoch), rows], axis=1)
            yield {
                "path": np.array([os.fsencode(self.paths[i]) for i in rows]),
                "seed": seeds.astype(np.int32),
                "captions": self.captions[rows],
            }

    def decode(self, row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """A row of `with_paths` to an augmented photo and its captions."""
        photo = read_photo(row["path"], self.config.image_size)
        return {"image": augment(photo, row["seed"], Augmentation()), "captions": row["captions"]}

    def with_targets(self, epoch: int, start: int) -> Iterator[Batch]:
        """Region features, the detector's map of classes where there is one, and targets and weights of the concepts."""
        for rows, rng in self._rows(len(self.paths), epoch, start):
            found = [self._detected(i) for i in rows]
            nothing = np.zeros((self.side**2, len(COCO_CLASSES)), np.float32)
            yield {
                "regions": self._regions(rows, rng, views=1),
                "classes": np.stack([nothing if name is None else self.data.detections.map(name, self.side) for name in found]),
                "captioned": (rows < len(self.captioned)).astype(np.float32),
                "detected": np.array([name is not None for name in found], np.float32),
                "targets": self._targets[0][rows],
                "weights": self._targets[1][rows],
            }

    def with_texts(self, epoch: int, start: int) -> Iterator[Batch]:
        """Region features, some of them withheld, with captions, their own or lent; and captions without photos with concepts."""
        config, lexicon = self.config, self.data.lexicon
        for rows, rng in self._rows(len(self.paths), epoch, start):
            labelled = rows >= len(self.captioned)
            batch = {
                "regions": self._regions(rows, rng),
                "present": (rng.random(len(rows)) >= config.withheld).astype(np.float32),
                "captions": np.stack([self._lent[i] if lent else self.captions[i] for i, lent in zip(rows, labelled, strict=True)]),
                "weight": np.where(labelled, config.labelled_weight, config.photo_weight).astype(np.float32),
            }
            if self.data.texts:
                chosen = rng.integers(len(self.data.texts), size=(len(rows), config.texts_per_photo))
                bags = [[as_rows(lexicon, self._simulate(i, rng), config.concepts_shown) for i in row] for row in chosen]
                batch["texts"] = np.stack(
                    [[caption_ids(self.data.vocabulary, self.data.texts[i], config.max_words) for i in row] for row in chosen]
                )
                batch["shown"] = np.array([[words for words, _ in row] for row in bags])
                batch["probabilities"] = np.array([[probabilities for _, probabilities in row] for row in bags])
            yield batch

    def _regions(self, rows: np.ndarray, rng: np.random.Generator, views: int = 2) -> np.ndarray:
        regions = self._features[rows, rng.integers(views, size=len(rows))]
        return regions.reshape(len(rows), -1, regions.shape[-1]).astype(np.float32)

    def _rows(self, count: int, epoch: int, start: int) -> Iterator[tuple[np.ndarray, np.random.Generator]]:
        """The photos of each batch, and a generator of random numbers for it."""
        seed = self.config.seed
        rows = shuffled(count, self.config.photos_per_batch, np.random.default_rng([seed, epoch]))
        for step in range(start, len(rows)):
            yield rows[step], np.random.default_rng([seed, epoch, step])

    def _table(self, photos: Sequence[Sequence[str]]) -> np.ndarray:
        return caption_table(self.data.vocabulary, photos, self.config.captions_per_photo, self.config.max_words)

    def _detected(self, photo: int) -> str | None:
        """The name under which the detector saw a photo."""
        name = self.paths[photo].name
        return name if self.data.detections and name in self.data.detections.boxes else None

    @cached_property
    def _named(self) -> list[list[int]]:
        return [self.data.lexicon.named_in(text) for text in self.data.texts]

    @cached_property
    def _simulate(self) -> BagSimulator:
        return BagSimulator(self._named, len(self.data.lexicon))

    @cached_property
    def _targets(self) -> tuple[np.ndarray, np.ndarray]:
        """Targets and weights of every photo's concepts, float32 `[photos, concepts]` each."""
        lexicon, data = self.data.lexicon, self.data
        of_captions = [(caption_targets(lexicon, photo.captions), np.ones(len(lexicon), np.float32)) for photo in data.train]
        told = np.zeros(len(lexicon), bool)
        told[[i for photo in data.labelled for caption in photo.captions for i in lexicon.named_in(caption)]] = True
        of_labels = []
        for i, photo in enumerate(data.labelled, len(self.captioned)):
            named = data.detections.named(photo.path.name) if self._detected(i) else None
            of_labels.append(label_targets(lexicon, photo.captions, told, named))
        targets, weights = zip(*of_captions, *of_labels, strict=True)
        return np.stack(targets), np.stack(weights)

    @cached_property
    def _lent(self) -> dict[int, np.ndarray]:
        """For each labelled photo the captions of others that fit it best, else sentences made of its label, as ids."""
        first, data = len(self.captioned), self.data
        lent = lend(data.texts, self._named, self._targets[0][first:], self._targets[1][first:])
        texts = [found or list(photo.captions) for found, photo in zip(lent, data.labelled, strict=True)]
        return dict(enumerate(self._table(texts), first))


class CaptionValidator:
    """CIDEr-D and mean length in words of greedy captions of the validation photos.

    Args:
        write: a batch of `regions` `[batch, regions, channels]` to ids `[batch, steps]`, ended by END and padded.
        encoder: whose features are cached in the folder `cache`.
    """

    def __init__(
        self,
        write: Callable[[dict[str, tf.Tensor]], tf.Tensor],
        encoder: keras.Model,
        photos: Sequence[CaptionedPhoto],
        vocabulary: Vocabulary,
        cache: Path,
    ):
        self._encoder, self._cache = encoder, cache
        self._paths = [photo.path for photo in photos]
        self._references = CiderD([[[*vocabulary.encode(text), END] for text in photo.captions] for photo in photos])
        self._write = Predictor(write, self._regions, np.ones(len(photos)), size=100)

    def __call__(self) -> dict[str, float]:
        self._features = cached_features(self._encoder, self._paths, 1, self._cache)
        captions = [[i for i in row if i != PAD] for row in np.stack(self._write()).tolist()]
        scores = self._references.score(list(range(len(captions))), captions)
        return {"cider": float(np.mean(scores)), "words": float(np.mean([len(caption) - 1 for caption in captions]))}

    def _regions(self, rows: np.ndarray) -> Batch:
        features = self._features[rows, 0]
        return {"regions": features.reshape(len(rows), -1, features.shape[-1]).astype(np.float32)}
