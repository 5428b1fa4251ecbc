"""Text in one language in, text in another out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any, overload

import numpy as np

from mediakit.errors import InputError, ModelError
from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.decoding import DecodingOptions, Hypothesis, State, StepResult, decode
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.workers import Pool, in_order
from mediakit.text import sentences
from mediakit.text.subwords import Subwords

WINDOW = 1024  # texts read ahead, so that sentences of like length find each other
WINDOW_CHARACTERS = 1 << 17  # and no more than this, so that memory stays flat
SIDE_BY_SIDE = 16  # sentences in one search; with twice as many a step takes a quarter longer for each
_SURROGATE = re.compile("[\ud800-\udfff]")
POSITIONS = 1000  # subwords of all of them together, padding included


@dataclass(frozen=True)
class Alignment:
    """Where the model looked: for each written word the weights of the words read, float32 `[target, source]`; rows sum to 1."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence["Alignment"]) -> "Alignment":
        """That of several sentences together: their weights stand in blocks, since none looks at another."""
        weights = np.zeros((sum(len(part.target) for part in parts), sum(len(part.source) for part in parts)), np.float32)
        row = column = 0
        for part in parts:
            weights[row : row + len(part.target), column : column + len(part.source)] = part.weights
            row, column = row + len(part.target), column + len(part.source)
        return cls(tuple(w for part in parts for w in part.source), tuple(w for part in parts for w in part.target), weights)


@dataclass(frozen=True)
class Translation:
    """A text and its translation.

    `log_probability` is natural, the sum over the text's sentences; `alignments` are one for each sentence that was translated;
    `alternatives` are the next best translations, when they were asked for.
    """

    source: str
    text: str
    log_probability: float
    alignments: tuple[Alignment, ...]
    alternatives: tuple["Translation", ...] = ()

    @property
    def alignment(self) -> Alignment:
        """Of the whole text. It grows with the square of its length: of a long text look at `alignments`."""
        return Alignment.joined(self.alignments)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `source`, `translation`, `log_probability`, `alternatives` (each with the two keys before)."""
        best, *others = [{"translation": t.text, "log_probability": round(t.log_probability, 4)} for t in (self, *self.alternatives)]
        return {"source": self.source, **best, "alternatives": others}


def load(folder: ModelFolder, *, threads: int | None = None) -> "Translator":
    """The pipeline of a translation model folder."""
    return Translator(folder, threads)


class Translator:
    """Translates text. It can be pickled.

    Args:
        folder: an opened model folder of the task translation.
        threads: groups of sentences translated side by side; by default one for each processor, at most four.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        if threads is not None and threads < 1:
            raise InputError(f"threads is {threads}; it must be at least 1")
        self.folder, self.threads = folder, threads
        self._source, self._target = (Subwords.read(folder.file(name)) for name in ("source", "target"))
        self._decoding = _decoding(folder, self._target)
        self._longest = int(folder.manifest["config"].get("max_subwords", 100))
        self._networks = Pool(lambda: _Networks(folder, self._source, self._target))
        pieces = self._source.pieces(range(len(self._source)))
        self._has_letter = np.array([any(map(str.isalpha, piece)) for piece in pieces])
        self._has_letter[[self._source.pad, self._source.start, self._source.end, self._source.unknown]] = False

    def __reduce__(self) -> Any:
        return type(self), (self.folder, self.threads)

    @overload
    def __call__(self, texts: str, **options: Any) -> Translation: ...
    @overload
    def __call__(self, texts: Sequence[str], **options: Any) -> list[Translation]: ...

    def __call__(self, texts: str | Sequence[str], **options: Any) -> Translation | list[Translation]:
        """Translate one text or a list of them. Options as in `stream`."""
        said = list(self.stream([texts] if isinstance(texts, str) else texts, **options))
        return said[0] if isinstance(texts, str) else said

    def stream(self, texts: Iterable[str], *, beam: int | None = None, n_best: int = 1) -> Iterator[Translation]:
        """Translate any number of texts in order, at flat memory.

        A text is split into sentences, and put together again with the white space that was between them. A sentence in which the
        model knows no letter is kept as it is.

        Args:
            texts: of any length. A line break within a sentence counts as a space.
            beam: width of the beam search; 1 is greedy; the model's own choice by default.
            n_best: how many translations for each text (fewer if there are no more); all but the best are its `alternatives`.

        Raises InputError for what is no text, and for options out of range.
        """
        options = replace(self._decoding, beam=self._decoding.beam if beam is None else beam, n_best=n_best)
        for window in _windows(texts):
            yield from self._translate(window, options)

    def _translate(self, texts: Sequence[str], options: DecodingOptions) -> Iterator[Translation]:
        """Equal sentences are translated once."""
        places = [list(self._sentences(text)) for text in texts]
        different = list(dict.fromkeys(text[start:end] for text, spans in zip(texts, places, strict=True) for start, end in spans))
        ids = [self._source.encode(" ".join(sentence.split())) for sentence in different]  # a sentence may be two lines
        ids = [row if self._has_letter[row].any() else [] for row in ids]
        said = {sentence: [_Candidate(sentence)] for sentence, row in zip(different, ids, strict=True) if not row}
        groups = list(self._groups([len(row) for row in ids]))
        for group, found in zip(groups, self._side_by_side(ids, groups, options), strict=True):
            said.update(zip((different[i] for i in group), found, strict=True))
        for text, spans in zip(texts, places, strict=True):
            yield _put_together(text, spans, [said[text[start:end]] for start, end in spans], options.n_best)

    def _sentences(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text's sentences begin and end."""
        for sentence in sentences.split(text):
            yield from self._short_enough(text, sentence.start, sentence.end)

    def _short_enough(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """A sentence, in parts if it is longer than those that the model has learned from."""
        # A subword has a character at least: most sentences need not be cut into them to know.
        if end - start <= self._longest or len(self._source.encode(text[start:end])) <= self._longest:
            yield start, end
        else:
            for part in sentences.split_in_two(text, start, end):
                yield from self._short_enough(text, *part)

    def _groups(self, lengths: Sequence[int]) -> Iterator[np.ndarray]:
        """Sentences to be translated in one search; the longest first, so that the threads end together."""
        for group in reversed(list(batches_by_length(lengths, SIDE_BY_SIDE))):
            most = max(1, POSITIONS // lengths[group[-1]])
            yield from (group[start : start + most] for start in range(0, len(group), most))

    def _side_by_side(
        self, ids: Sequence[Sequence[int]], groups: Sequence[np.ndarray], options: DecodingOptions
    ) -> Iterator[list[list["_Candidate"]]]:
        def search(group: np.ndarray) -> list[list[_Candidate]]:
            with self._networks.one() as networks:
                return networks.translate([ids[i] for i in group], options)

        for _, found in in_order(search, groups, self.threads):
            yield found


def _windows(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in lists that are translated together."""
    window: list[str] = []
    characters = 0
    for text in sentences.check_texts(texts):
        if _SURROGATE.search(text):
            raise InputError("a text has half of a surrogate pair, which is no character")
        window.append(text)
        characters += len(text)
        if len(window) == WINDOW or characters >= WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


@dataclass(frozen=True)
class _Candidate:
    """One translation of a sentence."""

    text: str
    log_probability: float = 0.0
    score: float = 0.0
    alignment: Alignment | None = None


@dataclass(frozen=True)
class _Choice:
    """Which candidate was taken of a sentence, and of those before it; `score` is that of all of them."""

    candidate: _Candidate
    score: float
    before: "_Choice | None"

    def all(self) -> list[_Candidate]:
        """What was taken of each sentence, in order."""
        taken: list[_Candidate] = []
        last: _Choice | None = self
        while last:
            taken.append(last.candidate)
            last = last.before
        return taken[::-1]


def _put_together(text: str, spans: Sequence[tuple[int, int]], said: Sequence[Sequence[_Candidate]], n_best: int) -> Translation:
    """A text's translation: its sentences' best ones, and all between them as it was; then the next best ways to combine them."""
    best: list[_Choice | None] = [None]
    for candidates in said:
        both = [_Choice(one, one.score + (before.score if before else 0.0), before) for before, one in product(best, candidates)]
        best = [*sorted(both, key=lambda choice: -choice.score)[:n_best]]
    edges = [0, *(place for span in spans for place in span), len(text)]
    between = [text[start:end] for start, end in list(pairwise(edges))[::2]]

    def translation(choice: _Choice | None) -> Translation:
        taken = choice.all() if choice else []
        written = "".join(part for both in zip(between, [*(one.text for one in taken), ""], strict=True) for part in both)
        alignments = tuple(one.alignment for one in taken if one.alignment)
        return Translation(text, written, sum(one.log_probability for one in taken), alignments)

    first, *others = map(translation, best)
    return replace(first, alternatives=tuple(others))


class _Networks:
    """Sentences as subwords to translations, for one thread at a time."""

    def __init__(self, folder: ModelFolder, source: Subwords, target: Subwords):
        self._source, self._target = source, target
        self._encoder, self._decoder = folder.network("encoder"), folder.network("decoder")
        self._sizes = {t["name"]: int(t["shape"][1]) for t in (*self._encoder.inputs, *self._decoder.inputs) if "state_" in t["name"]}
        scored = next((int(t["shape"][1]) for t in self._decoder.outputs if t["name"] == "log_probabilities"), None)
        if scored != len(target):
            raise ModelError(
                f"{folder.path}: the decoder scores {scored or 'no'} subwords, {folder.file('target').name} has {len(target)}; "
                "the files don't belong together"
            )

    def translate(self, ids: Sequence[Sequence[int]], options: DecodingOptions) -> list[list[_Candidate]]:
        """The best translations of each sentence, best first."""
        memory, mask, state = self._read(ids)
        n_best = options.n_best
        # The same text may be written in several ways of subwords: of more hypotheses enough are different.
        options = replace(options, max_length=2 * mask.shape[1] + 10, n_best=options.width if n_best > 1 else 1)
        step = _WordStep(self._decoder, memory, mask, options.width)
        state["state_readout"] = np.zeros((len(ids), self._sizes["state_readout"]), np.float32)
        first = {name: np.repeat(values, options.width, axis=0) for name, values in state.items()}
        found = decode(step, first, len(ids), options)
        return [self._different(row, hypotheses)[:n_best] for row, hypotheses in zip(ids, found, strict=True)]

    def _read(self, ids: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray, State]:
        """What the encoder gives: memory `[sentences, positions, units]`, mask `[sentences, positions]`, the last states."""
        lengths = np.array([len(row) for row in ids])
        count, longest = len(ids), int(lengths.max())
        inside = np.arange(longest) < lengths[:, None]
        tokens = np.full((count, longest), self._source.pad, np.int32)
        tokens[inside] = np.concatenate(ids)
        # Backwards each sentence begins at its own last subword; beyond its first it repeats it, and nobody looks.
        backward = np.maximum(lengths[:, None] - 1 - np.arange(longest), 0)
        tokens_backward = np.take_along_axis(tokens, backward, axis=1)
        names = [tensor["name"] for tensor in self._encoder.inputs if tensor["name"].startswith("state_")]
        state = {name: np.zeros((count, self._sizes[name]), np.float32) for name in names}
        read: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for i in range(longest):
            state = self._encoder(tokens_forward=tokens[:, i], tokens_backward=tokens_backward[:, i], **state)
            for name in names:
                read[name].append(state[name])
        every = {name: np.stack(steps, axis=1) for name, steps in read.items()}
        memory = np.concatenate(
            [every["state_forward_h"], np.take_along_axis(every["state_backward_h"], backward[..., None], axis=1)], axis=-1
        )
        last = {name: np.take_along_axis(steps, lengths[:, None, None] - 1, axis=1)[:, 0] for name, steps in every.items()}
        first = {f"state_{part}": np.concatenate([last[f"state_forward_{part}"], last[f"state_backward_{part}"]], axis=-1) for part in "hc"}
        return memory, inside.astype(np.float32), first

    def _different(self, ids: Sequence[int], found: Sequence[Hypothesis]) -> list[_Candidate]:
        """Candidates of different texts, best first."""
        texts: dict[str, _Candidate] = {}
        for hypothesis in found:
            candidate = self._candidate(ids, hypothesis)
            texts.setdefault(candidate.text, candidate)
        return list(texts.values())

    def _candidate(self, ids: Sequence[int], found: Hypothesis) -> _Candidate:
        """`ids` are the sentence's subwords; the weights of subwords become those of words."""
        source, columns = _words(self._source, ids)
        target, rows = _words(self._target, found.tokens)
        weights = np.zeros((len(target), len(source)), np.float32)
        if found.attention is not None and len(target):
            looked = np.add.reduceat(found.attention[:, : len(ids)], columns, axis=1)
            weights = np.add.reduceat(looked, rows, axis=0) / np.diff([*rows, len(found.tokens)])[:, None]
        alignment = Alignment(source, target, weights)
        return _Candidate(self._target.decode(found.tokens), found.log_probability, found.score, alignment)


class _WordStep:
    """The decoder network as a decoding step for sentences that have been read.

    Args:
        memory, mask: of each sentence (see `_Networks._read`).
        width: rows of each sentence.
    """

    def __init__(self, network: Network, memory: np.ndarray, mask: np.ndarray, width: int):
        self._network, self._memory, self._mask, self._width = network, memory, mask, width
        self.keep(np.arange(len(memory)))

    def keep(self, sources: np.ndarray) -> None:
        """Go on with these sentences alone (see `NarrowingStep`)."""
        self._memory, self._mask = self._memory[sources], self._mask[sources]
        rows = {"memory": self._memory, "mask": self._mask}
        self._constants = {name: np.repeat(values, self._width, axis=0) for name, values in rows.items()}
        for array in self._constants.values():
            array.flags.writeable = False  # copied into the network once

    def __call__(self, tokens: np.ndarray, state: State) -> StepResult:
        result = self._network(tokens=tokens, **state, **self._constants)
        return StepResult(result["log_probabilities"], {name: result[name] for name in state}, result["attention"])


def _words(subwords: Subwords, ids: Sequence[int]) -> tuple[tuple[str, ...], list[int]]:
    """The words that subwords make, and where each begins."""
    pieces = subwords.pieces(ids)
    starts = [i for i, piece in enumerate(pieces) if i == 0 or piece.startswith("▁")]
    return tuple("".join(pieces[a:b]).replace("▁", "") for a, b in pairwise([*starts, len(pieces)])), starts


def _decoding(folder: ModelFolder, target: Subwords) -> DecodingOptions:
    """How the model's manifest says to write; how much depends on the sentence."""
    try:
        return DecodingOptions(
            start=target.start,
            end=target.end,
            max_length=1,
            forbidden=(target.pad, target.start, target.unknown),
            **folder.manifest["config"].get("decoding", {}),
        )
    except (AttributeError, KeyError, TypeError, ValueError, InputError) as error:
        raise ModelError(f"{folder.path}: its manifest's config cannot be used for decoding: {error}") from error
