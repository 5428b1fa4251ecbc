"""Tokenized sentences in, entities by their tokens out: many sentences side by side, step by step."""

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from mediakit.datasets.conll import spans
from mediakit.errors import ModelError
from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.workers import Pool, in_order
from mediakit.tasks.named_entities.degrees import PERSONS, without_degrees
from mediakit.tasks.named_entities.viterbi import Transitions, span_probabilities, viterbi
from mediakit.tasks.named_entities.word_features import WordFeatures

LONGEST = 500  # tokens of a sentence that are seen together; a longer one is read in pieces
KEPT = 20_000  # distinct tokens whose features are kept, one kilobyte each


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
        self._tokens = _TokenTable(features, folder.network("token"))
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


class _TokenTable:
    """The token network's features of every distinct token, kept from batch to batch. Threads may share it."""

    def __init__(self, known: WordFeatures, network: Network):
        self._known, self._network = known, network
        shapes = {tensor["name"]: tensor["shape"] for tensor in network.inputs}
        self._length = int(shapes["characters"][1])
        self._inputs = tuple(shapes)
        if ("vectors" in shapes) != (known.dimensions > 0) or (known.dimensions and shapes["vectors"][1] != known.dimensions):
            raise ModelError(f"{network.path}: the network and the word vectors don't belong together")
        self._numbers: dict[str, int] = {}
        self._features = np.empty((0, int(network.outputs[0]["shape"][1])), np.float32)
        self._lock = Lock()

    def __call__(self, pieces: Sequence[Sequence[str]]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Features `[distinct tokens, features]`, and for each piece its tokens' rows in them."""
        with self._lock:
            if len(self._numbers) > KEPT:
                self._numbers, self._features = {}, self._features[:0]
            numbers = self._numbers
            new = list(dict.fromkeys(token for piece in pieces for token in piece if token not in numbers))
            if new:
                encoded = self._known.encode(new, self._length)
                features = self._network(**{name: getattr(encoded, name) for name in self._inputs})["token"]
                self._features = np.concatenate([self._features, features])
                numbers.update((token, i) for i, token in enumerate(new, len(numbers)))
            return self._features, [np.array([numbers[token] for token in piece], np.intp) for piece in pieces]


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
        self._step, self._scores = step, scores
        self._sizes = {tensor["name"]: int(tensor["shape"][1]) for tensor in step.inputs}
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
        longest, rows = int(lengths.max()), np.arange(len(sentences))
        numbers = np.zeros((len(sentences), longest), np.intp)
        for line, sentence in zip(numbers, sentences, strict=True):
            line[: len(sentence)] = sentence
        # The backward LSTM starts at each sentence's last token. Padding repeats the first token and is ignored.
        backward_positions = np.maximum(lengths[:, None] - 1 - np.arange(longest), 0)
        state = {name: np.zeros((len(sentences), size), np.float32) for name, size in self._sizes.items() if name[-2:] in ("_h", "_c")}
        forward, backward = (np.empty((longest, len(sentences), self._sizes[name]), np.float32) for name in ("forward_h", "backward_h"))
        for i in range(longest):
            state = self._step(token_forward=tokens[numbers[:, i]], token_backward=tokens[numbers[rows, backward_positions[:, i]]], **state)
            forward[i], backward[i] = state["forward_h"], state["backward_h"]
        sentence, position = np.nonzero(np.arange(longest) < lengths[:, None])
        # The backward LSTM reads the token at a position in the step with that number, counted from the end.
        scored = self._scores(forward_h=forward[position, sentence], backward_h=backward[lengths[sentence] - 1 - position, sentence])
        scores = np.zeros((len(sentences), longest, self.labels), np.float32)
        scores[sentence, position] = scored["scores"]
        return scores, lengths
