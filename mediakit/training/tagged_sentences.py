"""Training on tagged sentences: arrays that hold each distinct token's features once, entity F1 after each epoch."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from mediakit.datasets.conll import TaggedSentence
from mediakit.tasks.named_entities.entity_f1 import entity_scores
from mediakit.text.word_features import WordFeatures
from mediakit.training.batches import padded
from mediakit.training.recipe import Batch
from mediakit.training.validation import Predictor


class EncodedSentences:
    """Sentences by the numbers of their tokens. Number 0 is padding.

    `originals` and `recasings` count sentences as they were written, and cases besides their own.
    `features` are those of all tokens `[tokens, …]`, by the names of the model's inputs. `counts` `[tokens]` says how often each
    token's word occurs. `lengths` are those of the sentences.

    Args:
        sentences: with labels out of `labels`.
        features: encodes tokens.
        labels: by id.
        characters: of each token to encode.
        recasings: functions that write a token in another case.
        originals: how many of the sentences are as they were written; versions of them, in the same order, follow once or more.
            All by default.
    """

    def __init__(
        self,
        sentences: Sequence[TaggedSentence],
        features: WordFeatures,
        labels: Sequence[str],
        characters: int,
        recasings: Sequence[Callable[[str], str]] = (),
        originals: int | None = None,
    ):
        self.originals, self.recasings = originals or len(sentences), len(recasings)
        seen = Counter(token for sentence in sentences for token in sentence.tokens)
        recased = (recase(token) for recase in recasings for token in seen)
        numbers = {token: i for i, token in enumerate(dict.fromkeys([*seen, *recased]), 1)}
        encoded = vars(features.encode(list(numbers), characters))
        self.features = {name: np.concatenate([np.zeros_like(part[:1]), part]) for name, part in encoded.items()}
        # By word, not by token: "The" and "the" count together.
        words = [features.word_id(token) for token in numbers]
        counts = Counter[int]()
        for word, token in zip(words, numbers, strict=True):
            counts[word] += seen[token]
        self.counts = np.array([np.inf, *(counts[word] for word in words)])
        # The number of each token as it is and, if it has one, in other cases.
        self._recased = np.array([[0, *(numbers.get(case(token), i) for token, i in numbers.items())] for case in (str, *recasings)])
        self._tokens = [np.array([numbers[token] for token in sentence.tokens]) for sentence in sentences]
        self.labels = tuple(labels)
        self.sentences = tuple(sentences)
        ids = {label: i for i, label in enumerate(labels)}
        self._labels = [np.array([ids[label] for label in sentence.labels]) for sentence in sentences]
        self.lengths = np.array([len(tokens) for tokens in self._tokens])

    def tokens(self, rows: np.ndarray, cases: np.ndarray | int = 0) -> np.ndarray:
        """The numbers of sentences' tokens `[rows, longest]`, padded on the right.

        `cases` `[rows]` chooses each sentence's case: 0 as it is, i > 0 that of `recasings[i - 1]`.
        """
        return self._recased[np.reshape(cases, (-1, 1)), padded([self._tokens[row] for row in rows])]

    def batch(self, rows: np.ndarray, tokens: np.ndarray | None = None) -> Batch:
        """Features `[rows, longest, …]` and int32 `labels` `[rows, longest]` of sentences, padded on the right.

        `tokens` are those of `tokens(rows)` by default.
        """
        tokens = self.tokens(rows) if tokens is None else tokens
        labels = padded([self._labels[row] for row in rows], dtype=np.int32)
        return {**{name: part[tokens] for name, part in self.features.items()}, "labels": labels}


class EntityValidator:
    """Precision, recall and F1 of entities, in percent.

    Args:
        sentences: the validation sentences.
        decode: a batch of tensors to label ids `[batch, tokens]`, in the graph.
    """

    def __init__(self, sentences: EncodedSentences, decode: Callable[[dict[str, tf.Tensor]], tf.Tensor]):
        self._sentences, self._decode = sentences, Predictor(decode, sentences.batch, sentences.lengths, size=64)

    def __call__(self) -> dict[str, float]:
        names, lengths = self._sentences.labels, self._sentences.lengths
        predicted = [[names[i] for i in ids[:length]] for ids, length in zip(self._decode(), lengths, strict=True)]
        scores = entity_scores([sentence.labels for sentence in self._sentences.sentences], predicted)
        return {"f1": scores.f1, "precision": scores.precision, "recall": scores.recall}
