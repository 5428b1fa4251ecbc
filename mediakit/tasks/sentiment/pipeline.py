"""Text in, whether it is positive out."""

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np

from mediakit.errors import InputError, InputWarning, MediakitError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import Result, ShortRepr
from mediakit.tasks.sentiment.reader import OpinionReader, Reading
from mediakit.tasks.sentiment.words import clauses, is_word, words_of
from mediakit.text.sentences import check_text
from mediakit.text.tokens import Token
from mediakit.text.word_features import WordFeatures

BATCH = 8192  # words that are read together
LONGEST = 128  # words that are read as one; a longer text is read in pieces
LEAST_CERTAIN = 0.5  # no answer is less certain
MOST_NAMED = 5  # words that are said to speak for an answer
FAINTEST = 0.3  # of the share of the word that says most; words with less are not named
UNFAMILIAR = 0.5  # share of words not in training above which a text is probably not English
STARS = 5  # the most
JUDGED = 4  # words from which a text is long enough to tell


@dataclass(frozen=True)
class Word:
    """A word of a text, `start` up to, not including, `end`. `weight` is what it adds to the logit of positive; negative words
    have negative weights."""

    text: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, repr=False)
class Part(ShortRepr):
    """A clause, or a sentence that is one clause.

    Attributes:
        text: its characters, `start` up to, not including, `end` of the whole text.
        label: positive, negative, or neutral.
        score: the calibrated probability that it is positive, read by itself.
        weighed: all its words.
    """

    text: str
    start: int
    end: int
    label: str
    score: float
    weighed: tuple[Word, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The words that spoke for the answer, the strongest first."""
        sign = 1 if self.score >= 0.5 else -1
        found = sorted((word for word in self.weighed if word.weight * sign > 0), key=lambda word: -abs(word.weight))
        return tuple(word for word in found[:MOST_NAMED] if abs(word.weight) >= FAINTEST * abs(found[0].weight))

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `text`, `label`, `score`, `words` and what each of these adds, `weights`."""
        words = self.words
        return {
            "text": self.text,
            "label": self.label,
            "score": round(self.score, 4),
            "words": [word.text for word in words],
            "weights": [round(word.weight, 3) for word in words],
        }


@dataclass(frozen=True, repr=False)
class Sentiment(Result):
    """Whether a text is positive.

    Attributes:
        text: as it was given.
        label: positive, negative, or neutral where the score is less certain than the threshold or there are no words.
        score: the calibrated probability that the text as a whole is positive.
        parts: its clauses, in order.
        unknown: the share of its words that the model has not learned from.
        stars: from 1, very negative, to 5, very positive; None unless they were asked for.
    """

    text: str
    label: str
    score: float
    parts: tuple[Part, ...]
    unknown: float
    stars: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `text`, `label`, `score`, `stars` if they were asked for, `parts`."""
        return {
            "text": self.text,
            "label": self.label,
            "score": round(self.score, 4),
            **({} if self.stars is None else {"stars": self.stars}),
            "parts": [part.to_dict() for part in self.parts],
        }

    def to_row(self) -> dict[str, Any]:
        """The same without `text`, which a table has already, and always with `stars`."""
        return {"label": self.label, "score": round(self.score, 4), "stars": self.stars, "parts": self.to_dict()["parts"]}

    def _repr_html_(self) -> str:
        from mediakit.tasks.sentiment.page import fragment

        return fragment(self)


class _Prepared(NamedTuple):
    """A text and its words; the spans of its clauses, and of the pieces in which it is read as a whole."""

    text: str
    words: list[Token]
    parts: list[tuple[int, int]]
    pieces: list[tuple[int, int]]

    @property
    def read(self) -> list[tuple[int, int]]:
        """The spans to read: the pieces, and the clauses unless there is only one."""
        return self.pieces + (self.parts if len(self.parts) > 1 else [])


def load(folder: ModelFolder, *, threads: int | None = None) -> "SentimentReader":
    """The pipeline of a sentiment model folder."""
    return SentimentReader(folder, threads)


class SentimentReader(Pipeline[str, Sentiment]):
    """Says whether texts are positive. Threads may share it.

    Args:
        folder: an opened model folder of the task sentiment.
        threads: how many groups of texts are read side by side; by default one per processor, at most four.
    """

    columns = ("label", "score", "stars", "parts")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._features = WordFeatures.read(folder.file("words"))
        self._read = OpinionReader(folder, self._features, threads)
        calibration = folder.manifest.get("calibration", {})
        self._temperature = float(calibration.get("temperature", 1.0))
        self._least_scores = [float(calibration[name]) for stars in range(2, STARS + 1) if (name := f"{stars} stars") in calibration]

    @property
    def gives_stars(self) -> bool:
        """Whether the model learned from graded texts."""
        return bool(self._least_scores)

    def stream(
        self, texts: Iterable[str | MediakitError], *, threshold: float = LEAST_CERTAIN, scale: int | None = None
    ) -> Iterator[tuple[str | MediakitError, Sentiment | MediakitError]]:
        """Yield each text with its sentiment or error, in order. Memory is that of the longest text.

        Warns (InputWarning) of the first text that is unlike those which the model learned from.

        Args:
            texts: an error among them is yielded in its place.
            threshold: an answer that is less certain is neutral; 0.5 to 1. At 0.5 all are positive or negative.
            scale: 5 for stars too.

        Raises InputError for a threshold or scale out of range, and for a scale that the model has not learned.
        """
        if not LEAST_CERTAIN <= threshold <= 1:
            raise InputError(f"threshold is {threshold}; it must be from {LEAST_CERTAIN} to 1")
        if scale not in (None, STARS):
            raise InputError(f"scale is {scale}; it must be {STARS}")
        if scale and not self.gives_stars:
            raise InputError(f"{self.folder.name} gives no stars: it did not learn from graded texts")
        return self._in_batches(
            texts, _prepare, lambda text: len(text.words) + 1, BATCH, lambda batch: self._answers(batch, threshold, bool(scale))
        )

    def _answers(self, batch: Sequence[_Prepared], threshold: float, starred: bool) -> Iterator[Sentiment]:
        """The sentiment of each text."""
        readings = iter(self._read([[word.text for word in text.words[a:b]] for text in batch for a, b in text.read]))
        unknown = {word for word in {word.text for text in batch for word in text.words} if not self._features.learned(word)}
        for text in batch:
            of_text = [next(readings) for _ in text.read]
            pieces = of_text[: len(text.pieces)]
            found = self._sentiment(text, pieces, of_text[len(pieces) :] or pieces, unknown, threshold)
            yield replace(found, stars=1 + sum(found.score >= least for least in self._least_scores)) if starred else found

    def _sentiment(
        self, text: _Prepared, pieces: Sequence[Reading], parts: Sequence[Reading], unknown: set[str], threshold: float
    ) -> Sentiment:
        """The answer for a text from the readings of its pieces and of its parts."""
        words = [word.text in unknown for word in text.words if is_word(word)]
        share = sum(words) / max(len(words), 1)
        if len(words) >= JUDGED and share > UNFAMILIAR:
            start = shorten(text.text, 40, placeholder="…")
            message = f'"{start}": unlike the texts that {self.folder.name} learned from, which are English; the answer may be wrong'
            warnings.warn(message, InputWarning, stacklevel=2)
        if not words:
            return Sentiment(text.text, "neutral", 0.5, (), 0.0)
        lengths = [last - first for first, last in text.pieces]
        score = self._probability(float(np.average([piece.logit for piece in pieces], weights=lengths)))
        found = tuple(self._part(text, span, reading, threshold) for span, reading in zip(text.parts, parts, strict=True))
        return Sentiment(text.text, _label(score, threshold), score, found, share)

    def _part(self, text: _Prepared, span: tuple[int, int], reading: Reading, threshold: float) -> Part:
        words = text.words[slice(*span)]
        weighed = tuple(
            Word(text.text[word.start : word.end], word.start, word.end, weight / self._temperature)
            for word, weight in zip(words, reading.words.tolist(), strict=True)
        )
        start, end, score = words[0].start, words[-1].end, self._probability(reading.logit)
        return Part(text.text[start:end], start, end, _label(score, threshold), score, weighed)

    def _probability(self, logit: float) -> float:
        """The calibrated probability (Guo et al. 2017, section 4.2)."""
        return 1 / (1 + math.exp(-logit / self._temperature))


def _label(score: float, threshold: float) -> str:
    if max(score, 1 - score) < threshold:
        return "neutral"
    return "positive" if score >= 0.5 else "negative"


def _prepare(text: str) -> _Prepared:
    words = words_of(check_text(text))
    parts = list(clauses(text, words))
    pieces: list[tuple[int, int]] = []
    for first, last in parts:
        if pieces and last - pieces[-1][0] <= LONGEST:
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    return _Prepared(text, words, parts, pieces)
