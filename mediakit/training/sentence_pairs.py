"""Training on sentence pairs: batches of subwords, greedy translation inside the graph, BLEU and chrF after each epoch."""

import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from mediakit.datasets.parallel_text import SentencePair
from mediakit.native_messages import stderr_without
from mediakit.text.segmentation import SegmentedText
from mediakit.text.subwords import Subwords, learn
from mediakit.text.vocabulary import END, PAD, START
from mediakit.training.batches import of_like_length, padded
from mediakit.training.greedy import write_greedily
from mediakit.training.recipe import Batch
from mediakit.training.validation import Predictor


def composed(pairs: Sequence[SentencePair]) -> list[SentencePair]:
    """Pairs whose targets have composed accents (NFC) and single spaces, since `learn_subwords` does not normalise targets."""
    return [replace(pair, target=" ".join(unicodedata.normalize("NFC", pair.target).split())) for pair in pairs]


def learn_subwords(pairs: Sequence[SentencePair], size: int) -> tuple[Subwords, Subwords]:
    """At most `size` subwords for sources, which users type and so are normalised, and for targets, which are kept as they are."""
    return (
        learn(size, ((pair.source, pair.weight) for pair in pairs), "nmt_nfkc"),
        learn(size, ((pair.target, pair.weight) for pair in pairs), "identity"),
    )


def of_at_most(count: int, pairs: Sequence[SentencePair], source: Subwords, target: Subwords) -> list[SentencePair]:
    """The pairs of which neither sentence has more than `count` subwords, END included."""
    return [pair for pair in pairs if len(source.encode(pair.source)) <= count and len(target.encode(pair.target)) < count]


class PairBatches:
    """Batches of sentence pairs as subwords. They follow from seed and epoch alone.

    Args:
        pairs: an epoch contains each as often as its weight says, on average.
        source, target: the subwords of both languages.
        size: pairs of a batch.
        per_bucket: batches whose pairs are sorted by length together.
        segmentations, alpha: of each word to sample from, see `SegmentedText`.
        most: pairs of an epoch; None for all.
    """

    def __init__(
        self,
        pairs: Sequence[SentencePair],
        source: Subwords,
        target: Subwords,
        *,
        size: int,
        per_bucket: int,
        segmentations: int,
        alpha: float | None,
        most: int | None,
        seed: int,
    ):
        self._size, self._per_bucket, self._seed = size, per_bucket, seed
        self._ends = np.round(np.cumsum([pair.weight for pair in pairs]), 6)  # the sum of the weights up to each pair
        self.steps = min(int(self._ends[-1]), most or sys.maxsize) // size
        self._source = SegmentedText(source, [pair.source for pair in pairs], segmentations, alpha)
        self._target = SegmentedText(target, [pair.target for pair in pairs], segmentations, alpha)

    def __call__(self, epoch: int, start: int) -> Iterator[Batch]:
        """Ids `source` and, between START and END, `target`, int32 `[batch, longest]`, padded on the right."""
        rng = np.random.default_rng([self._seed, epoch])
        source, target = self._source.draw(rng), self._target.draw(rng)
        for rows in self._plan(source, target, rng)[start:]:
            yield {
                "source": padded([source[row] for row in rows], PAD, np.int32),
                "target": padded([[START, *target[row], END] for row in rows], PAD, np.int32),
            }

    def _plan(self, source: Sequence[np.ndarray], target: Sequence[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
        """The rows of each batch of an epoch."""
        # Systematic sampling: each pair occurs its weight's number of times, rounded up or down.
        counts = np.diff(np.floor(self._ends + rng.random()), prepend=0).astype(int)
        order = rng.permutation(np.repeat(np.arange(len(counts)), counts))[: self.steps * self._size]
        sources, targets = (np.array([len(ids) for ids in side]) for side in (source, target))
        # Sorted by the length of the target, then of the source.
        return of_like_length(order, targets + sources / (1 + sources.max()), self._size, self._per_bucket, rng)


class GreedyTranslator:
    """Translates strings inside the training graph, greedily.

    The tokenizer is tensorflow-text's; its ids are those of `Subwords`.

    Args:
        source, target: the subwords of both languages.
        step: the decoder network that ships, see `write_greedily`.
        first_inputs: source ids `[batch, positions]` to all inputs of the first step but `tokens`.
    """

    def __init__(self, source: Subwords, target: Subwords, step: keras.Model, first_inputs: Callable[[tf.Tensor], dict[str, tf.Tensor]]):
        from tensorflow_text import SentencepieceTokenizer

        with stderr_without(rb"normalizer\.cc"):  # it warns that the target is not normalised, which is intended
            self._source, self._target = SentencepieceTokenizer(source.model), SentencepieceTokenizer(target.model)
        self._step, self._first_inputs = step, first_inputs

    def __call__(self, sentences: tf.Tensor) -> tf.Tensor:
        """Strings `[batch]` to strings `[batch]`."""
        source = self._source.tokenize(sentences).to_tensor(PAD)
        written = write_greedily(self._step, self._first_inputs(source), 2 * ops.shape(source)[1] + 10)
        return self._target.detokenize(tf.ragged.boolean_mask(written, written > END))


class TranslationValidator:
    """BLEU, chrF and the length of translations divided by that of the references; for several data sets also the chrF of each.

    Args:
        pairs: validation pairs.
        translate: strings `[batch]` to strings `[batch]`, in the graph.
    """

    def __init__(self, pairs: Sequence[SentencePair], translate: Callable[[tf.Tensor], tf.Tensor]):
        self._pairs = pairs
        self._translations = Predictor(
            lambda batch: translate(batch["source"]),
            lambda rows: {"source": np.array([pairs[row].source for row in rows])},
            [len(pair.source) for pair in pairs],
            size=128,
        )

    def __call__(self) -> dict[str, float]:
        from sacrebleu import corpus_bleu, corpus_chrf

        hypotheses, references = [text.decode() for text in self._translations()], [pair.target for pair in self._pairs]
        bleu, chrf = corpus_bleu(hypotheses, [references]), corpus_chrf(hypotheses, [references])
        metrics = {"bleu": bleu.score, "chrf": chrf.score, "length": bleu.sys_len / bleu.ref_len}
        origins = sorted({pair.origin for pair in self._pairs})
        for origin in origins if len(origins) > 1 else []:
            rows = [row for row, pair in enumerate(self._pairs) if pair.origin == origin]
            chosen = corpus_chrf([hypotheses[row] for row in rows], [[references[row] for row in rows]])
            metrics[f"chrf_{origin}"] = chosen.score
        return metrics
