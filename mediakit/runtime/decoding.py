"""Decoding sequences with a network that scores the next token: greedy search, beam search and nucleus sampling.

`decode` is the only loop. A `Chooser` picks continuations, and `_Beams` tracks the hypotheses of one source. A task supplies a
`Step`, which keeps what it knows about the sources, such as attention keys, to itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from mediakit.errors import InputError
from mediakit.runtime.seeds import check_seed

State = dict[str, np.ndarray]
IMPOSSIBLE = np.float32(-1e9)
_NEVER = float(IMPOSSIBLE) / 2
LONGEST_CYCLE = 8  # tokens in the longest phrase whose repetition is detected


@dataclass(frozen=True)
class StepResult:
    """The result of one step for all rows.

    `log_probabilities` is float32 `[rows, vocabulary]`, and `state` holds arrays `[rows, …]`. `attention` is float32
    `[rows, positions]`, or None for a network without attention.
    """

    log_probabilities: np.ndarray
    state: State
    attention: np.ndarray | None = None


# Maps the last tokens, int32 [rows], and the state to the next step's result. Row r belongs to source r // width.
Step = Callable[[np.ndarray, State], StepResult]
NARROW = 0.8  # a step is narrowed once at most this share of its sources is still active


@runtime_checkable
class NarrowingStep(Protocol):
    """A step that can drop sources whose search has ended, to save time."""

    def __call__(self, tokens: np.ndarray, state: State) -> StepResult: ...

    def keep(self, sources: np.ndarray) -> None:
        """Keep only these sources, given by their indices among the current ones. From the next call on, row r belongs to the
        kept source r // width."""


@dataclass(frozen=True)
class DecodingOptions:
    """How to decode.

    Args:
        start, end: ids of the start and end tokens.
        max_length: the most tokens in a sequence, without start and end.
        beam: hypotheses kept per source; 1 is greedy search.
        n_best: hypotheses returned per source.
        length_exponent: hypotheses are ranked by log-probability / length ** length_exponent (Wu et al. 2016, equation 14,
            simplified).
        patience: stop a source's search when `patience * beam` hypotheses have ended (Kasai et al. 2022). None continues until
            no other hypothesis can reach the n best.
        block_repeats: never repeat an n-gram of this many tokens; 0 allows repeats.
        forbidden: ids that are never produced.
        once: ids that occur at most once in a sequence.
        sample: sample tokens instead of searching; gives `n_best` independent samples.
        temperature: sampling temperature; lower is safer.
        top_p: sample from the smallest set of tokens with this total probability (nucleus sampling, Holtzman et al. 2020).
        seed: sampling seed. A source's samples depend only on the seed and on the source's index.

    Raises InputError for a value out of range.
    """

    start: int
    end: int
    max_length: int
    beam: int = 3
    n_best: int = 1
    length_exponent: float = 0.8
    patience: float | None = None
    block_repeats: int = 0
    forbidden: tuple[int, ...] = ()
    once: frozenset[int] = frozenset()
    sample: bool = False
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("max_length", "beam", "n_best"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.temperature <= 0:
            raise InputError(f"temperature is {self.temperature}; it must be above 0")
        if not 0 < self.top_p <= 1:
            raise InputError(f"top_p is {self.top_p}; it must be above 0 and at most 1")
        if self.block_repeats < 0:
            raise InputError(f"block_repeats is {self.block_repeats}; it must be 0 or more")
        if self.length_exponent < 0:
            raise InputError(f"length_exponent is {self.length_exponent}; it must be 0 or more")
        if self.patience is not None and self.patience <= 0:
            raise InputError(f"patience is {self.patience}; it must be above 0")
        check_seed(self.seed)
        if self.end in self.forbidden:
            raise InputError("forbidden contains the end token, so no sequence could end")

    @property
    def width(self) -> int:
        """Rows per source."""
        return self.n_best if self.sample else max(self.beam, self.n_best)


@dataclass(frozen=True)
class Hypothesis:
    """A decoded sequence.

    `tokens` excludes start and end. `log_probability` is the sum over its tokens and the end. `score` ranks the hypotheses.
    `attention` is float32 `[tokens, positions]`, or None for a network without attention.
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    attention: np.ndarray | None


class Chooser(Protocol):
    """Picks continuations for a source's live rows."""

    def __call__(self, source: int, totals: np.ndarray, log_probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The parent row and the token of each continuation, best first, each int `[continuations]`.

        `totals` `[live]` are the rows' log-probabilities so far, `log_probabilities` `[live, vocabulary]` those of the next
        tokens. `count` is how many continuations a search needs.
        """


def best_continuations(source: int, totals: np.ndarray, log_probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` most probable continuations over all rows: beam search, or greedy search with one row."""
    best = _largest((totals[:, None] + log_probabilities).ravel(), count)
    return np.divmod(best, log_probabilities.shape[1])


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` largest values (all, if there are fewer), largest first and stable.

    The count-th largest of the maxima of groups of values is a lower bound that few values reach. Finding it and sorting those
    few takes a fifth of the time of partitioning all values.
    """
    groups = values.size // 128
    if groups >= count:
        maxima = values[: groups * 128].reshape(128, groups).max(axis=0)
        candidates = (values >= np.partition(maxima, groups - count)[groups - count]).nonzero()[0]
    else:
        candidates = np.arange(values.size)
    return candidates[(-values[candidates]).argsort(kind="stable")[:count]]


class NucleusSampling:
    """Samples one continuation per row from the smallest set of tokens with probability `top_p`."""

    def __init__(self, options: DecodingOptions, indices: Sequence[int]):
        self._options = options
        self._random = [np.random.default_rng([options.seed, index]) for index in indices]

    def __call__(self, source: int, totals: np.ndarray, log_probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        options = self._options
        tokens = [sample_token(row, self._random[source].random(), options.temperature, options.top_p) for row in log_probabilities]
        return np.arange(len(tokens)), np.array(tokens)


def sample_token(log_probabilities: np.ndarray, uniform: float, temperature: float = 1.0, top_p: float = 1.0) -> int:
    """Sample from log-probabilities `[vocabulary]` with a uniform number in 0..1, within the smallest set of probability `top_p`."""
    scores = log_probabilities.astype(np.float64) / temperature
    order = np.argsort(-scores, kind="stable")
    probabilities = np.exp(scores[order] - scores[order[0]])
    cumulative = np.cumsum(probabilities / probabilities.sum())
    nucleus = int(np.searchsorted(cumulative, top_p)) + 1
    chosen = np.searchsorted(cumulative[:nucleus], uniform * cumulative[min(nucleus, len(cumulative)) - 1], side="right")
    return int(order[min(chosen, nucleus - 1)])


@dataclass
class _Row:
    """A live hypothesis; `row` is its row in the network's arrays."""

    row: int
    tokens: tuple[int, ...]
    total: float
    attention: tuple[np.ndarray, ...]


class _Beams:
    """One source's hypotheses, live and ended."""

    def __init__(self, source: int, options: DecodingOptions, repeats: int | None):
        self.source, self.options, self.repeats = source, options, repeats
        first = source * options.width
        rows = options.width if options.sample else 1  # a search starts with one row, since all would be the same
        self.live = [_Row(first + i, (), 0.0, ()) for i in range(rows)]
        self.ended: list[tuple[float, _Row]] = []  # with their scores

    def advance(self, scores: np.ndarray, attention: np.ndarray | None, choose: Chooser) -> None:
        """Extend every live hypothesis by one token. `scores` and `attention` have the rows of all sources."""
        width = self.options.width
        first = self.live[0].row  # a source's live rows are contiguous
        scores = scores[first : first + len(self.live)]
        self._block_repeats(scores)
        self._block_cycles(scores)
        totals = np.array([live.total for live in self.live], np.float32)
        # With twice the width, enough continuations remain even if half of them end. Greedy search takes the single best.
        count = 2 * width if width > 1 else 1
        parents, tokens = choose(self.source, totals, scores, count)
        before, self.live = self.live, []
        for parent, token, score in zip(parents.tolist(), tokens.tolist(), scores[parents, tokens].tolist(), strict=True):
            if len(self.live) == width:
                break
            row = before[parent]
            if score <= _NEVER:
                continue
            if token == self.options.end:
                self._end(row, row.total + score)
            else:
                attended = row.attention if attention is None else (*row.attention, attention[row.row])
                self.live.append(_Row(row.row, (*row.tokens, token), row.total + score, attended))
        if not self.options.sample and (self._enough_ended() or self._none_can_win()):
            self.live = []

    def _end(self, row: _Row, total: float) -> None:
        score = total / (len(row.tokens) + 1) ** self.options.length_exponent
        self.ended.append((score, replace(row, total=total)))

    def _enough_ended(self) -> bool:
        return self.options.patience is not None and len(self.ended) >= self.options.patience * self.options.width

    def _none_can_win(self) -> bool:
        """Whether no live hypothesis can still reach the n best: totals only fall, and lengths are bounded."""
        if len(self.ended) < self.options.width or not self.live:
            return False
        worst = sorted((score for score, _ in self.ended), reverse=True)[self.options.n_best - 1]
        longest = (self.options.max_length + 1) ** self.options.length_exponent
        return max(live.total for live in self.live) / longest < worst

    def _block_repeats(self, scores: np.ndarray) -> None:
        size, once = self.options.block_repeats, self.options.once
        for live, row in zip(self.live, scores, strict=True):
            tokens = live.tokens
            if once:
                row[[token for token in tokens if token in once]] = IMPOSSIBLE
            if size and len(tokens) >= size:
                prefix = tokens[len(tokens) - size + 1 :]
                row[[tokens[i + size - 1] for i in range(len(tokens) - size + 1) if tokens[i : i + size - 1] == prefix]] = IMPOSSIBLE

    def _block_cycles(self, scores: np.ndarray) -> None:
        if self.repeats is None:
            return
        for live, row in zip(self.live, scores, strict=True):
            tokens = live.tokens
            for size in range(1, min(LONGEST_CYCLE, len(tokens) // self.repeats) + 1):
                last = len(tokens) - size * self.repeats
                if tokens[last : len(tokens) - size] == tokens[last + size :]:
                    row[tokens[-size]] = IMPOSSIBLE

    def best(self) -> list[Hypothesis]:
        """The n best hypotheses, best first."""
        ranked = sorted(self.ended, key=lambda ended: -ended[0])[: self.options.n_best]
        return [Hypothesis(row.tokens, row.total, score, np.stack(row.attention) if row.attention else None) for score, row in ranked]


def longest_run(tokens: Sequence[int]) -> int:
    """How often a sequence repeats the same run of up to `LONGEST_CYCLE` tokens in a row, at most; 1 if it repeats nothing."""
    most = 1
    for size in range(1, min(LONGEST_CYCLE, len(tokens) // 2) + 1):
        run = 0
        for one, next_one in zip(tokens, tokens[size:], strict=False):
            run = run + 1 if one == next_one else 0
            most = max(most, run // size + 1)
    return most


def decode(
    step: Step,
    state: State,
    sources: int,
    options: DecodingOptions,
    indices: Sequence[int] | None = None,
    repeats: Sequence[int] | None = None,
) -> list[list[Hypothesis]]:
    """Decode a sequence for each source.

    Args:
        step: scores the next token of all rows. It is called at most `max_length + 1` times, and may be a `NarrowingStep`.
        state: the initial state, arrays `[sources * options.width, …]`.
        sources: the number of sources.
        options: how to decode.
        indices: the sources' indices, which seed their random numbers when sampling; by default 0, 1, …
        repeats: for each source, how often its sequence may repeat the same run of up to `LONGEST_CYCLE` tokens in a row, at
            least 1. By default there is no limit, so a network caught in a cycle continues up to `max_length`.

    Returns:
        For each source its `n_best` hypotheses, best first; fewer if the vocabulary has no more.
    """
    width = options.width
    choose: Chooser = NucleusSampling(options, range(sources) if indices is None else indices) if options.sample else best_continuations
    active = beams = [_Beams(source, options, repeats[source] if repeats is not None else None) for source in range(sources)]
    tokens = np.full(sources * width, options.start, np.int32)
    for length in range(options.max_length + 1):
        result = step(tokens, state)
        scores = result.log_probabilities.copy()  # the step may still use its array
        _forbid(scores, options, last=length == options.max_length)
        for beam in active:
            if beam.live:
                beam.advance(scores, result.attention, choose)
        left = [i for i, beam in enumerate(active) if beam.live]
        if not left:
            break
        if isinstance(step, NarrowingStep) and len(left) <= NARROW * len(active):
            step.keep(np.array(left))
            active = [active[i] for i in left]
        tokens, order = _next_rows(active, options)
        state = {name: values[order] for name, values in result.state.items()}
    return [beam.best() for beam in beams]


def _next_rows(active: Sequence[_Beams], options: DecodingOptions) -> tuple[np.ndarray, np.ndarray]:
    """Each row's last token, and the row of the previous step that its state comes from. Rows without a hypothesis are ignored."""
    tokens, order = np.full(len(active) * options.width, options.start, np.int32), np.zeros(len(active) * options.width, np.intp)
    for index, beam in enumerate(active):
        for row, live in enumerate(beam.live, index * options.width):
            tokens[row], order[row] = live.tokens[-1], live.row
            live.row = row
    return tokens, order


def _forbid(scores: np.ndarray, options: DecodingOptions, last: bool) -> None:
    """Rule out forbidden tokens in scores `[rows, vocabulary]`; at the last step, everything but the end."""
    if last:
        scores[:, : options.end] = IMPOSSIBLE
        scores[:, options.end + 1 :] = IMPOSSIBLE
    else:
        scores[:, list(options.forbidden)] = IMPOSSIBLE
