"""Text in, named entities out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, overload

import numpy as np

from mediakit.datasets.conll import spans
from mediakit.errors import InputError, ModelError
from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.tasks.named_entities.tagging import SentenceScorer
from mediakit.tasks.named_entities.viterbi import span_probabilities, viterbi
from mediakit.tasks.named_entities.word_features import WordFeatures
from mediakit.text import sentences
from mediakit.text.tokens import Token, token_lines, tokenize

BATCH = 8192  # tokens under way at once
LONGEST = 500  # tokens of a sentence that are seen together; a longer one is read in pieces
KEPT = 20_000  # distinct tokens whose features are kept, a kilobyte each


@dataclass(frozen=True)
class Entity:
    """A named entity: `text` is characters `start` up to, not including, `end` of the text that it was found in; `score` is the
    probability, as the model sees it, that just these words are an entity of type `label`."""

    text: str
    label: str
    start: int
    end: int
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "score": round(self.score, 4)}


@dataclass(frozen=True)
class TaggedSentence:
    """The tokens of a sentence, each one's label in IOB2, and the entities; all offsets are those in the whole text."""

    tokens: tuple[Token, ...]
    labels: tuple[str, ...]
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Passage:
    """A part of a long text, from character `start` on, with its sentences. Passages follow one another without a gap."""

    text: str
    start: int
    sentences: tuple[TaggedSentence, ...]

    @property
    def entities(self) -> list[Entity]:
        """Of all its sentences, in order."""
        return [entity for sentence in self.sentences for entity in sentence.entities]


def load(folder: ModelFolder) -> "EntityTagger":
    """The pipeline of a model folder of named entities."""
    return EntityTagger(folder)


class EntityTagger:
    """Finds named entities. It can be pickled, and threads may share it.

    Args:
        folder: an opened model folder of the task named_entities.
    """

    def __init__(self, folder: ModelFolder):
        self.folder = folder
        self.labels = tuple(folder.file("labels").read_text(encoding="utf-8").split())
        features = WordFeatures.read(folder.file("words"))
        self._tokens = _TokenTable(features, folder.network("token"))
        self._scorer = SentenceScorer(*(folder.network(name) for name in ("step", "scores", "transitions")))
        if self._scorer.labels != len(self.labels):
            raise ModelError(
                f"{folder.path}: the network scores {self._scorer.labels} labels, labels.txt has {len(self.labels)}; "
                "the files don't belong together"
            )
        # Running text is cut as the training texts were: "do n't", or not.
        self._contractions = features.learned("n't")

    def __reduce__(self) -> Any:
        return type(self), (self.folder,)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of entities that it knows, such as PER."""
        return tuple(dict.fromkeys(label[2:] for label in self.labels if label != "O"))

    @overload
    def __call__(self, texts: str, *, threshold: float = 0.0) -> list[Entity]: ...  # type: ignore[overload-overlap]  # a string is one
    @overload
    def __call__(self, texts: Sequence[str], *, threshold: float = 0.0) -> list[list[Entity]]: ...

    def __call__(self, texts: str | Sequence[str], *, threshold: float = 0.0) -> list[Entity] | list[list[Entity]]:
        """The entities of a text, in order, or those of each of several texts. Options as in `stream`."""
        found = [entities for _, entities in self.stream([texts] if isinstance(texts, str) else texts, threshold=threshold)]
        return found[0] if isinstance(texts, str) else found

    def stream(self, texts: Iterable[str], *, threshold: float = 0.0) -> Iterator[tuple[str, list[Entity]]]:
        """Any number of texts: yields each one as given and its entities, in order.

        Args:
            texts: short or long; memory is that of the longest (`passages` reads a long one in parts).
            threshold: entities with a lower score are left out; 0 to 1.

        Raises InputError for what is no string.
        """
        _check_threshold(threshold)
        waiting: list[tuple[str, list[list[Token]]]] = []
        count = 0
        for text in sentences.check_texts(texts):
            waiting.append((text, list(self._sentences([text]))))
            count += sum(map(len, waiting[-1][1])) + 1
            if count >= BATCH:
                yield from self._tag_texts(waiting, threshold)
                waiting, count = [], 0
        yield from self._tag_texts(waiting, threshold)

    def passages(
        self, parts: Iterable[str], *, threshold: float = 0.0, tokenized: bool = False, name: str = "the text"
    ) -> Iterator[Passage]:
        """A text of any length, which comes in parts, at flat memory: yields it in passages with what was found in them.

        Args:
            parts: the text, cut anywhere.
            threshold: as in `stream`.
            tokenized: a line is a sentence, and its tokens stand between spaces.
            name: what an error calls the text.

        Raises what `parts` raises, and InputError for an enormous line of tokens, when it comes to it.
        """
        _check_threshold(threshold)
        kept = _Kept(parts)
        for batch in _batches(token_lines(kept, name) if tokenized else self._sentences(kept)):
            start, text = kept.take(batch[-1][-1].end)
            found = self._tag(batch, threshold)
            yield Passage(text, start, tuple(_tagged(text, start, *each) for each in zip(batch, found, strict=True)))
        start, text = kept.take(None)
        if text:
            yield Passage(text, start, ())

    def label(self, sentences: Iterable[Sequence[str]], *, threshold: float = 0.0) -> Iterator[tuple[str, ...]]:
        """The label in IOB2 of each token of sentences that are cut into tokens already."""
        _check_threshold(threshold)
        for batch in _batches([Token(text, 0, 0) for text in tokens] for tokens in sentences):
            for tokens, found in zip(batch, self._tag(batch, threshold), strict=True):
                yield _labels(len(tokens), found)

    def _sentences(self, parts: Iterable[str]) -> Iterator[list[Token]]:
        """Sentences of running text as tokens; those without a token are left out."""
        for place, text in sentences.stream(parts):
            found = [Token(t, place.start + s, place.start + e) for t, s, e in tokenize(text, contractions=self._contractions)]
            if found:
                yield found

    def _tag_texts(self, texts: list[tuple[str, list[list[Token]]]], threshold: float) -> Iterator[tuple[str, list[Entity]]]:
        found = iter(self._tag([tokens for _, cut in texts for tokens in cut], threshold))
        for text, cut in texts:
            yield text, [entity for tokens in cut for entity in _entities(text, 0, tokens, next(found))]

    def _tag(self, batch: Sequence[Sequence[Token]], threshold: float) -> list[list["_Found"]]:
        """The entities of each sentence, in order."""
        pieces = [(i, start) for i, tokens in enumerate(batch) for start in range(0, len(tokens), LONGEST)]
        features, rows = self._tokens([[token.text for token in batch[i][start : start + LONGEST]] for i, start in pieces])
        found: list[list[_Found]] = [[] for _ in batch]
        for group in batches_by_length([len(piece) for piece in rows]):
            scores, lengths = self._scorer(features, [rows[i] for i in group])
            best = viterbi(scores, lengths, self._scorer.transitions)
            there = [
                (row, span)
                for row, (line, length) in enumerate(zip(best.tolist(), lengths.tolist(), strict=True))
                if any(line)  # most sentences have no entity
                for span in spans([self.labels[number] for number in line[:length]])
            ]
            places = np.array([(row, span.start, span.end) for row, span in there], np.intp).reshape(-1, 3)
            probabilities = span_probabilities(scores, lengths, self._scorer.transitions, best, places)
            for (row, span), probability in zip(there, probabilities.tolist(), strict=True):
                if probability >= threshold:
                    sentence, start = pieces[group[row]]
                    found[sentence].append(_Found(start + span.start, start + span.end, span.type, probability))
        return [sorted(sentence, key=lambda entity: entity.start) for sentence in found]


@dataclass(frozen=True)
class _Found:
    """An entity by its tokens."""

    start: int
    end: int
    type: str
    score: float


class _TokenTable:
    """Each distinct token's features once, as the token network gives them, kept from batch to batch. Threads may share it."""

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
        """Features `[distinct tokens, features]`, and of each piece its tokens' rows in them."""
        with self._lock:
            if len(self._numbers) > KEPT:
                self._numbers, self._features = {}, self._features[:0]
            numbers = self._numbers
            new = list(dict.fromkeys(token for piece in pieces for token in piece if token not in numbers))
            if new:
                encoded = self._known.encode(new, self._length)
                said = self._network(**{name: getattr(encoded, name) for name in self._inputs})["token"]
                self._features = np.concatenate([self._features, said])
                numbers.update((token, i) for i, token in enumerate(new, len(numbers)))
            return self._features, [np.array([numbers[token] for token in piece], np.intp) for piece in pieces]


class _Kept:
    """Hands on the parts of a text and keeps them until they are taken."""

    def __init__(self, parts: Iterable[str]):
        self._parts, self._text, self._start = parts, "", 0

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            self._text += part
            yield part

    def take(self, end: int | None) -> tuple[int, str]:
        """Where what is kept begins, and the text from there up to `end`, or all of it."""
        start, size = self._start, len(self._text) if end is None else end - self._start
        taken, self._text, self._start = self._text[:size], self._text[size:], start + size
        return start, taken


def _batches(source: Iterable[list[Token]]) -> Iterator[list[list[Token]]]:
    batch: list[list[Token]] = []
    count = 0
    for tokens in source:
        batch.append(tokens)
        count += len(tokens) + 1
        if count >= BATCH:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _tagged(text: str, before: int, tokens: list[Token], found: list[_Found]) -> TaggedSentence:
    return TaggedSentence(tuple(tokens), _labels(len(tokens), found), tuple(_entities(text, before, tokens, found)))


def _entities(text: str, before: int, tokens: list[Token], found: list[_Found]) -> Iterator[Entity]:
    """`text` is what comes after the first `before` characters."""
    for entity in found:
        start, end = tokens[entity.start].start, tokens[entity.end - 1].end
        yield Entity(text[start - before : end - before], entity.type, start, end, entity.score)


def _labels(count: int, found: list[_Found]) -> tuple[str, ...]:
    labels = ["O"] * count
    for entity in found:
        labels[entity.start : entity.end] = [f"B-{entity.type}"] + [f"I-{entity.type}"] * (entity.end - entity.start - 1)
    return tuple(labels)


def _check_threshold(threshold: float) -> None:
    if not 0 <= threshold <= 1:
        raise InputError(f"threshold is {threshold}; it must be from 0 to 1")
