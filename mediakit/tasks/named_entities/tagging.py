"""Tokenized sentences in, entities by their tokens out: many sentences side by side, step by step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mediakit.datasets.conll import spans
from mediakit.errors import ModelError
from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.recurrence import StepReader, TokenTable
from mediakit.runtime.workers import Pool, in_order
from mediakit.tasks.named_entities.degrees import PERSONS, without_degrees
from mediakit.tasks.named_entities.viterbi import Transitions, span_probabilities, viterbi
from mediakit.text.word_features import WordFeatures

LONGEST = 500  # tokens of a sentence that are seen together; a longer one is read in pieces


class TokenSpan(NamedTuple):
    """An entity: tokens `start` up to, not including, `end` of a sentence, its type and its probability."""

    start: int
    end: int
    type: str
    score: float


class SentenceTagger:
    """Finds the entities of tokenized sentences. Threads may share it.

    Args:
        folder: an opened model folder of the task named_entities.
        features: its word features.
        threads: how many groups of sentences are scored side by side.

    Raises ModelError when the files do not belong together.
    """

    def __init__(self, folder: ModelFolder, features: WordFeatures, threads: int | None = None):
        self.labels = tuple(folder.file("labels").read_text(encoding="utf-8").split())
        self._threads = threads
        self._tokens = TokenTable(features, folder.network("token"))
        self._scorers = Pool(lambda: SentenceScorer(*(folder.network(name) for name in ("step", "scores", "transitions"))))
        with self._scorers.one() as scorer:
            scored = scorer.labels
        if scored != len(self.labels):
            raise ModelError(
                f"{folder.path}: the network scores {scored} labels, labels.txt has {len(self.labels)}; the files don't belong together"
            )

    def __call__(self, batch: Sequence[Sequence[str]]) -> list[list[TokenSpan]]:
        """The entities of each sentence, in order."""
        pieces = [(i, start) for i, tokens in enumerate(batch) for start in range(0, len(tokens), LONGEST)]
        features, rows = self._tokens([batch[i][start : start + LONGEST] for i, start in pieces])
        found: list[list[TokenSpan]] = [[] for _ in batch]
        groups = batches_by_length([len(piece) for piece in rows])
        for group, of_group in in_order(lambda group: self._tag(features, [rows[i] for i in group]), groups, self._threads):
            for index, entities in zip(group, of_group, strict=True):
                sentence, start = pieces[index]
                found[sentence] += [e._replace(start=start + e.start, end=start + e.end) for e in entities] if start else entities
        return [_persons_alone(tokens, sorted(sentence)) for tokens, sentence in zip(batch, found, strict=True)]

    def _tag(self, features: np.ndarray, sentences: Sequence[np.ndarray]) -> list[list[TokenSpan]]:
        """The entities of a group of sentences, given as rows of `features`."""
        with self._scorers.one() as scorer:
            scores, lengths = scorer(features, sentences)
            transitions = scorer.transitions
        best = viterbi(scores, lengths, transitions)
        entities = [
            (row, span)
            for row, (line, length) in enumerate(zip(best.tolist(), lengths.tolist(), strict=True))
            if any(line)  # most sentences have no entity
            for span in spans([self.labels[number] for number in line[:length]])
        ]
        located = np.array([(row, span.start, span.end) for row, span in entities], np.intp).reshape(-1, 3)
        probabilities = span_probabilities(scores, lengths, transitions, best, located)
        found: list[list[TokenSpan]] = [[] for _ in sentences]
        for (row, span), probability in zip(entities, probabilities.tolist(), strict=True):
            found[row].append(TokenSpan(span.start, span.end, span.type, probability))
        return found


def _persons_alone(tokens: Sequence[str], entities: Sequence[TokenSpan]) -> list[TokenSpan]:
    """The entities, without academic degrees in the place of persons or at their end."""
    kept = []
    for entity in entities:
        if entity.type in PERSONS:
            entity = entity._replace(end=entity.start + len(without_degrees(tokens[entity.start : entity.end])))
        if entity.end > entity.start:
            kept.append(entity)
    return kept


class SentenceScorer:
    """Scores the labels of the tokens of sentences, with a bidirectional LSTM that is exported as one step. It can be pickled.

    Args:
        step: one token in each direction: inputs `token_forward`, `token_backward` `[sentences, features]`, inputs and outputs
            `forward_h`, `forward_c`, `backward_h`, `backward_c` `[sentences, units]`.
        scores: `forward_h`, `backward_h` `[tokens, units]` to `scores` `[tokens, labels]`.
        transitions: `label` int32 `[labels + 1]` to `transitions` `[labels + 1, labels + 1]`; the last row is for the start,
            the last column for the end.
    """

    def __init__(self, step: Network, scores: Network, transitions: Network):
        self._read, self._scores = StepReader(step), scores
        self.labels = int(scores.outputs[0]["shape"][1])
        table = transitions(label=np.arange(self.labels + 1, dtype=np.int32))["transitions"]
        self.transitions = Transitions(table[:-1, :-1], table[-1, :-1], table[:-1, -1])

    def __call__(self, tokens: np.ndarray, sentences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Label scores of a group of sentences.

        Args:
            tokens: float32 `[distinct tokens, features]`, the outputs of the network `token`.
            sentences: for each sentence its tokens' rows in `tokens`; none is empty.

        Returns:
            Scores float32 `[sentences, longest, labels]`, zero beyond a sentence's end, and lengths int `[sentences]`.
        """
        lengths = np.array([len(sentence) for sentence in sentences])
        scored = self._scores(**self._read(tokens, sentences))
        scores = np.zeros((len(sentences), int(lengths.max()), self.labels), np.float32)
        scores[np.arange(scores.shape[1]) < lengths[:, None]] = scored["scores"]
        return scores, lengths
