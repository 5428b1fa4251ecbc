"""Text in, named entities out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from mediakit.errors import InputError, MediakitError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import Result, ShortRepr
from mediakit.tasks.named_entities.consistency import consistent
from mediakit.tasks.named_entities.layout import pieces
from mediakit.tasks.named_entities.tagging import SentenceTagger, TokenSpan
from mediakit.text import sentences
from mediakit.text.tokens import Token, token_lines, tokenize
from mediakit.text.word_features import WordFeatures

BATCH = 8192  # tokens that are tagged together


@dataclass(frozen=True)
class Entity:
    """A named entity.

    Attributes:
        text: its characters, `start` up to, not including, `end` of the text in which it was found.
        label: its type, such as PER.
        score: the probability, by the model, that exactly these words are an entity of this type.
    """

    text: str
    label: str
    start: int
    end: int
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "score": round(self.score, 4)}


@dataclass(frozen=True, repr=False)
class Entities(Result):
    """A text's named entities, in order. Iterate over it, index it, or take `entities`."""

    text: str
    entities: tuple[Entity, ...]

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities)

    def __len__(self) -> int:
        return len(self.entities)

    def __getitem__(self, index: int) -> Entity:
        return self.entities[index]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `entities`, each `text`, `label`, `start`, `end`, `score`."""
        return {"entities": [entity.to_dict() for entity in self.entities]}

    def _repr_html_(self) -> str:
        from mediakit.tasks.named_entities.markup import fragment

        return fragment(self.text, self.entities)


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence's tokens, the IOB2 label of each, and its entities. All offsets are those in the whole text."""

    tokens: tuple[Token, ...]
    labels: tuple[str, ...]
    entities: tuple[Entity, ...]


@dataclass(frozen=True, repr=False)
class Passage(ShortRepr):
    """A part of a long text, from character `start`, with its sentences. Passages follow one another without a gap."""

    text: str
    start: int
    sentences: tuple[TaggedSentence, ...]

    @property
    def entities(self) -> list[Entity]:
        """The entities of all its sentences, in order."""
        return [entity for sentence in self.sentences for entity in sentence.entities]


def load(folder: ModelFolder, *, threads: int | None = None) -> "EntityTagger":
    """The pipeline of a named entity model folder."""
    return EntityTagger(folder, threads)


class EntityTagger(Pipeline[str, Entities]):
    """Finds named entities in texts. Threads may share it.

    Args:
        folder: an opened model folder of the task named_entities.
        threads: how many groups of sentences are tagged side by side; by default one per processor, at most four.
    """

    columns = ("entities",)

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        features = WordFeatures.read(folder.file("words"))
        self._tagger = SentenceTagger(folder, features, threads)
        # Running text is cut as the training texts were: "do n't", or not.
        self._contractions = features.learned("n't")

    @property
    def types(self) -> tuple[str, ...]:
        """The types of entities that the model knows, such as PER."""
        return tuple(dict.fromkeys(label[2:] for label in self._tagger.labels if label != "O"))

    def stream(
        self, texts: Iterable[str | MediakitError], *, threshold: float = 0.0
    ) -> Iterator[tuple[str | MediakitError, Entities | MediakitError]]:
        """Yield each text with its entities or error, in order. Memory is that of the longest text; `passages` reads it in parts.

        Args:
            texts: an error among them is yielded in its place.
            threshold: entities with a lower score are left out; 0 to 1.

        Raises InputError for a threshold out of range.
        """
        _check_threshold(threshold)

        def tokens(text: str) -> tuple[str, list[list[Token]]]:
            return text, list(self._sentences([sentences.check_text(text)]))

        def tag(batch: list[tuple[str, list[list[Token]]]]) -> Iterator[Entities]:
            found = self._tag([cut for _, cut in batch], threshold)
            for (text, cut), spans in zip(batch, found, strict=True):
                both = zip(cut, spans, strict=True)
                yield Entities(text, tuple(entity for sentence, given in both for entity in _entities(text, 0, sentence, given)))

        return self._in_batches(texts, tokens, lambda text: sum(map(len, text[1])) + 1, BATCH, tag)

    def passages(
        self, parts: Iterable[str], *, threshold: float = 0.0, tokenized: bool = False, name: str = "the text"
    ) -> Iterator[Passage]:
        """Yield one text of any length, which comes in parts, in passages with their entities, at flat memory.

        Args:
            parts: the text, cut anywhere.
            threshold: as in `stream`.
            tokenized: every line is a sentence whose tokens are separated by spaces.
            name: of the text, for errors.

        Raises what `parts` raises, and InputError for a line of tokens that is too long.
        """
        _check_threshold(threshold)
        kept = _Kept(parts)
        for batch in _batches(token_lines(kept, name) if tokenized else self._sentences(kept)):
            start, text = kept.take(batch[-1][-1].end)
            [found] = self._tag([batch], threshold)
            yield Passage(text, start, tuple(_tagged(text, start, *each) for each in zip(batch, found, strict=True)))
        start, text = kept.take(None)
        if text:
            yield Passage(text, start, ())

    def label(self, sentences: Iterable[Sequence[str]], *, threshold: float = 0.0) -> Iterator[tuple[str, ...]]:
        """Yield the IOB2 labels of the tokens of each tokenized sentence. Sentences are taken as those of one document, in parts."""
        _check_threshold(threshold)
        for batch in _batches([Token(text, 0, 0) for text in tokens] for tokens in sentences):
            [found] = self._tag([batch], threshold)
            for tokens, entities in zip(batch, found, strict=True):
                yield _labels(len(tokens), entities)

    def _sentences(self, parts: Iterable[str]) -> Iterator[list[Token]]:
        """The tokens of each sentence of running text; sentences without a token are left out."""
        for place, text in sentences.stream(parts):
            for start, piece in pieces(text):
                first = place.start + start
                found = [Token(t, first + s, first + e) for t, s, e in tokenize(piece, contractions=self._contractions)]
                if found:
                    yield found

    def _tag(self, documents: Sequence[Sequence[Sequence[Token]]], threshold: float) -> Iterator[list[list[TokenSpan]]]:
        """The entities of each sentence of each document, in order. All sentences are tagged together."""
        sentences = [[[token.text for token in tokens] for tokens in document] for document in documents]
        found = iter(self._tagger([tokens for document in sentences for tokens in document]))
        for document in sentences:
            for_document = consistent(document, list(islice(found, len(document))))
            yield [[entity for entity in entities if entity.score >= threshold] for entities in for_document]


class _Kept:
    """Passes on the parts of a text and keeps them until they are taken."""

    def __init__(self, parts: Iterable[str]):
        self._parts, self._text, self._start = parts, "", 0

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            self._text += part
            yield part

    def take(self, end: int | None) -> tuple[int, str]:
        """Where the kept text starts, and its characters up to `end`, or all of them."""
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


def _tagged(text: str, before: int, tokens: list[Token], found: list[TokenSpan]) -> TaggedSentence:
    return TaggedSentence(tuple(tokens), _labels(len(tokens), found), tuple(_entities(text, before, tokens, found)))


def _entities(text: str, before: int, tokens: list[Token], found: list[TokenSpan]) -> Iterator[Entity]:
    """Entities with their characters. `text` is what follows the first `before` characters of the whole."""
    for entity in found:
        start, end = tokens[entity.start].start, tokens[entity.end - 1].end
        yield Entity(text[start - before : end - before], entity.type, start, end, entity.score)


def _labels(count: int, found: list[TokenSpan]) -> tuple[str, ...]:
    labels = ["O"] * count
    for entity in found:
        labels[entity.start : entity.end] = [f"B-{entity.type}"] + [f"I-{entity.type}"] * (entity.end - entity.start - 1)
    return tuple(labels)


def _check_threshold(threshold: float) -> None:
    if not 0 <= threshold <= 1:
        raise InputError(f"threshold is {threshold}; it must be from 0 to 1")
