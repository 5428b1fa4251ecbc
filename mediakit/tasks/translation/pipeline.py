"""Text in one language in, text in another out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.confidence import Confidence
from mediakit.runtime.decoding import DecodingOptions
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult
from mediakit.runtime.workers import Pool, in_order
from mediakit.tasks.translation import protected
from mediakit.tasks.translation.confidence import FEATURES
from mediakit.tasks.translation.sentence_translator import Alignment, Candidate, SentenceTranslator
from mediakit.text import sentences
from mediakit.text.subwords import PLACEHOLDERS, Subwords

if TYPE_CHECKING:
    from PIL.Image import Image

WINDOW = 1 << 17  # characters of the texts that are translated together, so that sentences of similar length share a batch
TEXT_OVERHEAD = 64  # characters that each text counts for on top, so that a window holds a limited number of texts
SIDE_BY_SIDE = 16  # sentences per search; with twice as many a step takes a quarter longer per sentence
SPELLED = 3  # subwords of a name that the model has hardly seen; other words have one more, of less than two letters on average
SHORTEST = 0.8  # of the length of the best translation: one that takes its place and is shorter leaves out too much
POSITIONS = 1000  # subwords per search, padding included
LONGEST_DRAWN = 3000  # characters of a text: the alignment grows with the square of its length


@dataclass(frozen=True, repr=False)
class Translation(DrawnResult):
    """A text and its translation.

    Attributes:
        source: the text as given.
        text: its translation.
        log_probability: natural, summed over the text's sentences.
        normalized_log_probability: what translations are ranked by: that of each sentence, normalised by its length, summed.
        alignments: one for each sentence that was translated.
        score: the calibrated probability that the translation is usable, of the text's least certain sentence; None for a model
            without a calibration.
        features: what `score` is computed from, for each sentence that was translated, see `confidence.Evidence`.
        left: whether the text was left untranslated, see `at_least`.
        alternatives: the next best translations, if they were asked for.
    """

    source: str
    text: str
    log_probability: float
    normalized_log_probability: float
    alignments: tuple[Alignment, ...]
    score: float | None = None
    features: tuple[Mapping[str, float], ...] = field(default=(), repr=False, compare=False)
    left: bool = False
    alternatives: tuple["Translation", ...] = ()

    @property
    def alignment(self) -> Alignment:
        """The alignment of the whole text. It grows with the square of the text's length; `alignments` do not."""
        return Alignment.joined(self.alignments)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `source`, `translation` (null if it was left), `score`, `log_probability`, `normalized_log_probability`, and
        `alternatives`, which each have all but the first."""
        best, *others = (one._fields() for one in (self, *self.alternatives))
        return {"source": self.source, **best, "alternatives": others}

    def at_least(self, score: float) -> "Translation":
        """This translation if its score is at least `score`; otherwise the text as it was given, `left` as it is. Alternatives below
        `score` are dropped. Without a calibration there is no score to compare, and nothing changes."""
        if self.score is None:
            return self
        others = tuple(other for other in self.alternatives if other.score is None or other.score >= score)
        if self.score >= score:
            return replace(self, alternatives=others)
        return replace(self, text=self.source, left=True, alternatives=others)

    def _fields(self) -> dict[str, Any]:
        return {
            "translation": None if self.left else self.text,
            "score": None if self.score is None else round(self.score, 3),
            "log_probability": round(self.log_probability, 4),
            "normalized_log_probability": round(self.normalized_log_probability, 4),
        }

    def to_row(self) -> dict[str, Any]:
        """As `to_dict`, without the source, which the table has already."""
        row = self.to_dict()
        del row["source"]
        return row

    def draw(self) -> "Image":
        """The alignment as a matrix. Raises InputError for a text that is too long or has no translated word."""
        from mediakit.media.figures import draw_alignment

        if len(self.source) > LONGEST_DRAWN:
            raise InputError(f"only a few sentences can be drawn; this text has {len(self.source):,} characters")
        alignment = self.alignment
        return draw_alignment(alignment.source, alignment.target, alignment.weights)


def load(folder: ModelFolder, *, threads: int | None = None) -> "Translator":
    """The pipeline of a translation model folder."""
    return Translator(folder, threads)


class Translator(Pipeline[str, Translation]):
    """Translates texts of any length.

    A text is split into sentences and put together again with the white space that was between them. A sentence in which the
    model knows no letter is kept as it is; so are addresses, placeholders, tags, emoji and numbers (see `protected`).

    Args:
        folder: an opened model folder of the task translation.
        threads: how many groups of sentences are translated side by side; by default one per processor, at most four.
    """

    columns = ("translation", "score", "log_probability", "normalized_log_probability", "alternatives")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._source, self._target = (Subwords.read(folder.file(name)) for name in ("source", "target"))
        self._decoding = _decoding(folder, self._target)
        self._confidence = Confidence.read(folder, FEATURES)
        self._longest = int(folder.manifest["config"].get("max_subwords", 100))
        self._translators = Pool(lambda: SentenceTranslator(folder, self._source, self._target))
        pieces = self._source.pieces(range(len(self._source)))
        self._has_letter = np.array([any(map(str.isalpha, piece)) for piece in pieces])
        # Words that the target language spells with a small letter.
        self._small = frozenset(piece[1:] for piece in self._target.pieces(range(len(self._target))) if piece.startswith("▁"))
        self._knows_placeholders = self._source.unknown not in self._source.encode("".join(PLACEHOLDERS))
        # English has capitals on names alone.
        self._copies_words = self._knows_placeholders and folder.manifest["config"].get("source") == "en"
        self._has_letter[[self._source.pad, self._source.start, self._source.end, self._source.unknown]] = False

    @property
    def gives_scores(self) -> bool:
        """Whether the model is calibrated, so that its translations have a `score`."""
        return self._confidence is not None

    def stream(
        self, texts: Iterable[str | MediakitError], *, beam: int | None = None, n_best: int = 1
    ) -> Iterator[tuple[str | MediakitError, Translation | MediakitError]]:
        """Yield each text with its translation or error, in order, at flat memory.

        Args:
            texts: of any length; a line break within a sentence counts as a space. An error among them is yielded in its place.
            beam: width of the beam search, 1 for greedy; by default the model's own.
            n_best: how many translations per text (fewer if there are no more); all but the best are its `alternatives`.

        Raises InputError for options out of range.
        """
        options = replace(self._decoding, beam=self._decoding.beam if beam is None else beam, n_best=n_best)
        return self._in_batches(
            texts, sentences.check_text, lambda text: len(text) + TEXT_OVERHEAD, WINDOW, lambda window: self._translate(window, options)
        )

    def _translate(self, texts: Sequence[str], options: DecodingOptions) -> Iterator[Translation]:
        spans = [list(self._sentences(text)) for text in texts]
        found: dict[str, list[Candidate]] = {}
        self._search(found, texts, spans, self._prepare, options)
        self._search(found, texts, spans, self._without_tags, options)
        # Where a sentence came out without its protected text, the words around that text are translated.
        spans = [
            [part for span in places for part in ([span] if text[slice(*span)] in found else self._parts(text, *span))]
            for text, places in zip(texts, spans, strict=True)
        ]
        self._search(found, texts, spans, self._unchecked, options)
        for text, places in zip(texts, spans, strict=True):
            candidates = [found[text[start:end]] for start, end in places]
            yield _assemble(text, places, candidates, options.n_best, self._score)

    def _score(self, features: Sequence[Mapping[str, float]]) -> float | None:
        """The probability that the least certain of some sentences is usable; 1 for none."""
        return min(map(self._confidence, features), default=1.0) if self._confidence else None

    def _search(
        self,
        found: dict[str, list[Candidate]],
        texts: Sequence[str],
        spans: Sequence[Sequence[tuple[int, int]]],
        prepare: Callable[[str], protected.Prepared | None],
        options: DecodingOptions,
    ) -> None:
        """Add the translations of the sentences at `spans`, by sentence, to those found; a sentence that accepts none is not added.

        Where the best one is not accepted, or repeats a word, another one of the beam's is taken.
        """
        # Equal sentences are translated once.
        different = dict.fromkeys(text[start:end] for text, places in zip(texts, spans, strict=True) for start, end in places)
        prepared = {sentence: ready for sentence in different if sentence not in found and (ready := prepare(sentence))}
        ids = {sentence: self._source.encode(" ".join(ready.text.split())) for sentence, ready in prepared.items()}  # it may span lines
        found.update((sentence, [Candidate(sentence)]) for sentence, row in ids.items() if not self._has_letter[row].any())
        waiting = {sentence: ids[sentence] for sentence in prepared if sentence not in found}
        for sentence, given in self._candidates(waiting, options):
            accepted = _accepted(prepared[sentence], given)
            if accepted and (options.n_best > 1 or not protected.stutters(accepted[0].text, sentence)):
                found[sentence] = [one.restored(prepared[sentence]) for one in accepted]
        waiting = {sentence: row for sentence, row in waiting.items() if sentence not in found}
        for sentence, given in self._candidates(waiting, replace(options, n_best=options.width)):
            accepted = [one for one in _accepted(prepared[sentence], given) if len(one.text) >= SHORTEST * len(given[0].text)]
            if accepted:
                best = next((one for one in accepted if not protected.stutters(one.text, sentence)), accepted[0])
                found[sentence] = [best.restored(prepared[sentence])]

    def _candidates(self, ids: Mapping[str, Sequence[int]], options: DecodingOptions) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield sentences, given with their subwords, with the best translations of each."""
        sentences = list(ids)

        def search(group: np.ndarray) -> list[list[Candidate]]:
            with self._translators.one() as translator:
                return translator.translate([ids[sentences[i]] for i in group], options)

        for group, candidates in in_order(search, list(_groups([len(row) for row in ids.values()])), self.threads):
            yield from zip((sentences[i] for i in group), candidates, strict=True)

    def _without_tags(self, sentence: str) -> protected.Prepared | None:
        ready = self._prepare(sentence)
        return ready and ready.without_tags()

    def _unchecked(self, part: str) -> protected.Prepared:
        return protected.unchecked(part, self._small.__contains__)

    def _prepare(self, sentence: str) -> protected.Prepared | None:
        return protected.prepare(sentence, self._knows_placeholders, self._knows)

    def _parts(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        return protected.parts(text, start, end, self._knows)

    def _knows(self, text: str, name: bool = False) -> bool:
        """Whether the model knows all characters of a text, and does not have to spell it, if it can be copied."""
        ids = self._source.encode(text.lower() if text.isupper() and not name else text)  # capitals are translated as small letters
        if self._source.unknown in ids or not self._copies_words:
            return self._source.unknown not in ids
        if name:
            return len(ids) < SPELLED and " " not in text  # a name with its title is copied whole
        return not (text.isalpha() and SPELLED < len(ids) > len(text) / 2)

    def _sentences(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text's sentences start and end."""
        for sentence in sentences.split(text):
            yield from self._short_enough(text, sentence.start, sentence.end)

    def _short_enough(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """A sentence, cut into parts if it is longer than those that the model was trained on."""
        # A subword has at least one character, so most sentences need not be encoded to know.
        if end - start <= self._longest or len(self._source.encode(text[start:end])) <= self._longest:
            yield start, end
        else:
            for part in sentences.split_in_two(text, start, end):
                yield from self._short_enough(text, *part)


def _accepted(sentence: protected.Prepared, given: Sequence[Candidate]) -> list[Candidate]:
    tagged = (one.tagged(sentence) for one in given)
    return [one for one in tagged if sentence.accepts(one.text)]


def _groups(lengths: Sequence[int]) -> Iterator[np.ndarray]:
    """Indices of sentences for one search each, the longest first so that the threads finish together."""
    for group in reversed(list(batches_by_length(lengths, SIDE_BY_SIDE))):
        most = max(1, POSITIONS // lengths[group[-1]])
        yield from (group[start : start + most] for start in range(0, len(group), most))


@dataclass(frozen=True)
class _Choice:
    """The candidate chosen for a sentence, linked to the choices for the sentences before; `score` is the sum of all."""

    candidate: Candidate
    score: float
    before: "_Choice | None"

    def all(self) -> list[Candidate]:
        """The candidates chosen for all sentences, in order."""
        chosen: list[Candidate] = []
        last: _Choice | None = self
        while last:
            chosen.append(last.candidate)
            last = last.before
        return chosen[::-1]


def _assemble(
    text: str,
    spans: Sequence[tuple[int, int]],
    candidates: Sequence[Sequence[Candidate]],
    n_best: int,
    confidence: Callable[[Sequence[Mapping[str, float]]], float | None],
) -> Translation:
    """A text's translation from the candidates for its sentences. What is between the sentences stays as it is."""
    best: list[_Choice | None] = [None]
    for of_sentence in candidates:
        longer = [_Choice(one, one.score + (before.score if before else 0.0), before) for before, one in product(best, of_sentence)]
        best = [*sorted(longer, key=lambda choice: -choice.score)[:n_best]]
    edges = [0, *(place for span in spans for place in span), len(text)]
    between = [text[start:end] for start, end in list(pairwise(edges))[::2]]

    def translation(choice: _Choice | None) -> Translation:
        chosen = choice.all() if choice else []
        written = "".join(part for both in zip(between, [*(one.text for one in chosen), ""], strict=True) for part in both)
        alignments = tuple(one.alignment for one in chosen if one.alignment)
        features = tuple(one.features for one in chosen if one.features)
        totals = (sum(one.log_probability for one in chosen), sum(one.score for one in chosen))
        return Translation(text, written, *totals, alignments, confidence(features), features)

    first, *others = map(translation, best)
    return replace(first, alternatives=tuple(others))


def _decoding(folder: ModelFolder, target: Subwords) -> DecodingOptions:
    """The decoding options of the model's manifest; the length depends on the sentence."""
    try:
        return DecodingOptions(
            start=target.start,
            end=target.end,
            max_length=1,
            forbidden=(target.pad, target.start, target.unknown),
            **folder.manifest["config"].get("decoding", {}),
        )
    except (AttributeError, KeyError, TypeError, ValueError, InputError) as error:
        raise ModelError(f"{folder.path}: its manifest's config does not fit the decoder: {error}") from error
