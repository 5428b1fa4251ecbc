"""Sentences as subwords in one language in, candidate translations in another out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from mediakit.errors import ModelError
from mediakit.runtime.decoding import DecodingOptions, Hypothesis, State, StepResult, decode, longest_run
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.results import ShortRepr
from mediakit.tasks.translation.confidence import Evidence
from mediakit.tasks.translation.inline_tags import with_tags
from mediakit.tasks.translation.protected import Prepared
from mediakit.text.subwords import Subwords

REPEATS = 3  # times in a row that a translation may have the same words, unless its source has them more often


@dataclass(frozen=True, repr=False)
class Alignment(ShortRepr):
    """Where the model looked: the attention of each target word over the source words.

    `weights` is float32 `[target, source]`; each row sums to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: np.ndarray = field(compare=False)

    @classmethod
    def joined(cls, parts: Sequence["Alignment"]) -> "Alignment":
        """The alignment of several sentences together. The weights are block diagonal: no sentence attends to another."""
        weights = np.zeros((sum(len(part.target) for part in parts), sum(len(part.source) for part in parts)), np.float32)
        row = column = 0
        for part in parts:
            weights[row : row + len(part.target), column : column + len(part.source)] = part.weights
            row, column = row + len(part.target), column + len(part.source)
        return cls(tuple(w for part in parts for w in part.source), tuple(w for part in parts for w in part.target), weights)


@dataclass(frozen=True)
class Candidate:
    """One translation of a sentence. `score` is what the beam search ranks by; `alignment` is None for a sentence that was kept.

    `features` are those of `confidence.Evidence`; a sentence that was kept has none.
    """

    text: str
    log_probability: float = 0.0
    score: float = 0.0
    alignment: Alignment | None = None
    features: Mapping[str, float] = field(default_factory=dict)

    def tagged(self, sentence: Prepared) -> "Candidate":
        """With the placeholders of the sentence's tags, as far as they can be placed."""
        if not sentence.tags or not self.alignment:
            return self
        text = with_tags(self.text, self.alignment.weights, sentence.tags)
        return replace(self, text=text) if text else self

    def restored(self, sentence: Prepared) -> "Candidate":
        """With the protected text and in the case of the sentence that was translated."""
        alignment = self.alignment
        if alignment:
            source, target = map(sentence.fill, alignment.source), map(sentence.restore, alignment.target)
            alignment = Alignment(tuple(source), tuple(target), alignment.weights)
        return replace(self, text=sentence.restore(self.text), alignment=alignment)


class SentenceTranslator:
    """Translates sentences with the networks of a model folder, for one thread at a time.

    Args:
        folder: an opened model folder of the task translation.
        source, target: its subwords.

    Raises ModelError when the files do not belong together.
    """

    def __init__(self, folder: ModelFolder, source: Subwords, target: Subwords):
        self._source, self._target, self._evidence = source, target, Evidence(source)
        self._encoder, self._decoder = folder.network("encoder"), folder.network("decoder")
        self._sizes = {t["name"]: int(t["shape"][1]) for t in (*self._encoder.inputs, *self._decoder.inputs) if "state_" in t["name"]}
        scored = next((int(t["shape"][1]) for t in self._decoder.outputs if t["name"] == "log_probabilities"), None)
        if scored != len(target):
            raise ModelError(
                f"{folder.path}: the decoder scores {scored or 'no'} subwords, {folder.file('target').name} has {len(target)}; "
                "the files don't belong together"
            )

    def translate(self, ids: Sequence[Sequence[int]], options: DecodingOptions) -> list[list[Candidate]]:
        """The best translations of each sentence, best first.

        Args:
            ids: the subwords of each sentence; none is empty.
            options: its `max_length` is set here, by the length of the sentences.
        """
        memory, mask, state = self._encode(ids)
        n_best = options.n_best
        # Several hypotheses may spell the same text, so n_best different texts take more hypotheses.
        options = replace(options, max_length=2 * mask.shape[1] + 10, n_best=options.width if n_best > 1 else 1)
        step = _WordStep(self._decoder, memory, mask, options.width)
        state["state_readout"] = np.zeros((len(ids), self._sizes["state_readout"]), np.float32)
        first = {name: np.repeat(values, options.width, axis=0) for name, values in state.items()}
        repeats = [max(REPEATS, longest_run(row)) for row in ids]
        found = decode(step, first, len(ids), options, repeats=repeats)
        return [self._different(row, hypotheses)[:n_best] for row, hypotheses in zip(ids, found, strict=True)]

    def _encode(self, ids: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray, State]:
        """Memory `[sentences, positions, units]`, mask `[sentences, positions]`, and the decoder's first states."""
        lengths = np.array([len(row) for row in ids])
        count, longest = len(ids), int(lengths.max())
        inside = np.arange(longest) < lengths[:, None]
        tokens = np.full((count, longest), self._source.pad, np.int32)
        tokens[inside] = np.concatenate(ids)
        # The backward pass starts at each sentence's last subword. Padding repeats the first subword and is ignored.
        backward = np.maximum(lengths[:, None] - 1 - np.arange(longest), 0)
        tokens_backward = np.take_along_axis(tokens, backward, axis=1)
        names = [tensor["name"] for tensor in self._encoder.inputs if tensor["name"].startswith("state_")]
        state = {name: np.zeros((count, self._sizes[name]), np.float32) for name in names}
        states: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for i in range(longest):
            state = self._encoder(tokens_forward=tokens[:, i], tokens_backward=tokens_backward[:, i], **state)
            for name in names:
                states[name].append(state[name])
        every = {name: np.stack(steps, axis=1) for name, steps in states.items()}
        memory = np.concatenate(
            [every["state_forward_h"], np.take_along_axis(every["state_backward_h"], backward[..., None], axis=1)], axis=-1
        )
        last = {name: np.take_along_axis(steps, lengths[:, None, None] - 1, axis=1)[:, 0] for name, steps in every.items()}
        # An LSTM has the states h and c, a GRU h alone.
        parts = [name.removeprefix("state_forward_") for name in names if name.startswith("state_forward_")]
        ends = {part: [last[f"state_forward_{part}"], last[f"state_backward_{part}"]] for part in parts}
        first = {f"state_{part}": np.concatenate(both, axis=-1) for part, both in ends.items()}
        return memory, inside.astype(np.float32), first

    def _different(self, ids: Sequence[int], found: Sequence[Hypothesis]) -> list[Candidate]:
        """Candidates with different texts, best first."""
        texts: dict[str, Candidate] = {}
        for hypothesis in found:
            candidate = self._candidate(ids, hypothesis)
            texts.setdefault(candidate.text, candidate)
        return list(texts.values())

    def _candidate(self, ids: Sequence[int], found: Hypothesis) -> Candidate:
        """A hypothesis as text, its attention summed from subwords to words. `ids` are the sentence's subwords."""
        source, columns = _words(self._source, ids)
        target, rows = _words(self._target, found.tokens)
        weights: np.ndarray = np.zeros((len(target), len(source)), np.float32)
        if found.attention is not None and len(target):
            by_source_word = np.add.reduceat(found.attention[:, : len(ids)], columns, axis=1)
            weights = np.add.reduceat(by_source_word, rows, axis=0) / np.diff([*rows, len(found.tokens)]).astype(np.float32)[:, None]
        alignment = Alignment(source, target, weights)
        features = self._evidence.features(ids, found, source, target)
        return Candidate(self._target.decode(found.tokens), found.log_probability, found.score, alignment, features)


class _WordStep:
    """The decoder network as a decoding step for encoded sentences.

    Args:
        memory, mask: of each sentence, see `SentenceTranslator._encode`.
        width: rows per sentence.
    """

    def __init__(self, network: Network, memory: np.ndarray, mask: np.ndarray, width: int):
        self._network, self._memory, self._mask, self._width = network, memory, mask, width
        self.keep(np.arange(len(memory)))

    def keep(self, sources: np.ndarray) -> None:
        """Continue with these sentences only, see `NarrowingStep`."""
        self._memory, self._mask = self._memory[sources], self._mask[sources]
        rows = {"memory": self._memory, "mask": self._mask}
        self._constants = {name: np.repeat(values, self._width, axis=0) for name, values in rows.items()}
        for array in self._constants.values():
            array.flags.writeable = False  # copied into the network once

    def __call__(self, tokens: np.ndarray, state: State) -> StepResult:
        result = self._network(tokens=tokens, **state, **self._constants)
        return StepResult(result["log_probabilities"], {name: result[name] for name in state}, result["attention"])


def _words(subwords: Subwords, ids: Sequence[int]) -> tuple[tuple[str, ...], list[int]]:
    """The words that subwords spell, and the index of each word's first subword."""
    pieces = subwords.pieces(ids)
    starts = [i for i, piece in enumerate(pieces) if i == 0 or piece.startswith("▁")]
    return tuple("".join(pieces[a:b]).replace("▁", "") for a, b in pairwise([*starts, len(pieces)])), starts
