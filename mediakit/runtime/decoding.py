"""Writing a sequence with a network that scores one next token: greedy, beam search and nucleus sampling.

One loop, `decode`, and small parts: a `Chooser` picks each row's continuations, `_Beams` keeps the books. A task brings
a `Step`; what a step knows of its source (attention keys, say) stays inside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from mediakit.errors import InputError

State = dict[str, np.ndarray]
IMPOSSIBLE = np.float32(-1e9)
_NEVER = float(IMPOSSIBLE) / 2


@dataclass(frozen=True)
class StepResult:
    """One step for all rows: log-probabilities float32 `[rows, vocabulary]`, the new state (arrays `[rows, …]`), and
    where each row looked, float32 `[rows, positions]`, if the network tells."""

    log_probabilities: np.ndarray
    state: State
    attention: np.ndarray | None = None


# Last tokens int32 [rows] and the state to the next step. Row r belongs to source r // width.
Step = Callable[[np.ndarray, State], StepResult]
NARROW = 0.8  # a step is narrowed when no more than this share of its sources goes on


@runtime_checkable
class NarrowingStep(Protocol):
    """A step that can leave out sources whose search has ended, which saves their time."""

    def __call__(self, tokens: np.ndarray, state: State) -> StepResult: ...

    def keep(self, sources: np.ndarray) -> None:
        """From the next call on there are only these sources, given by their places among those until now; row r belongs to
        the one at place r // width."""


@dataclass(frozen=True)
class DecodingOptions:
    """How to write.

    Args:
        start, end: ids of the tokens that begin and end a sequence.
        max_length: most tokens, without start and end.
        beam: hypotheses kept for each source; 1 is greedy.
        n_best: how many of them are returned.
        length_exponent: hypotheses are ranked by log-probability / length ** length_exponent (Wu et al. 2016, equation
            14, in its simple form).
        patience: a source's search ends when `patience * beam` hypotheses have ended (Kasai et al. 2022); None: not before
            no other can come among the best.
        block_repeats: no n-gram of this many tokens is written twice; 0 allows it.
        forbidden: ids that are never written.
        sample: draw tokens at random in place of searching; `n_best` independent draws.
        temperature, top_p: of the draw; the least set of tokens with probability `top_p` is kept (Holtzman et al.
            2020).
        seed: of the draw. A source's draws depend on the seed and on the source's index alone.
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
        if self.end in self.forbidden:
            raise InputError("forbidden holds the end token; a sequence could not end")

    @property
    def width(self) -> int:
        """Rows for each source."""
        return self.n_best if self.sample else max(self.beam, self.n_best)


@dataclass(frozen=True)
class Hypothesis:
    """A written sequence: tokens without start and end, the sum of their log-probabilities (the end's included), the
    score that ranks it, and attention float32 `[tokens, positions]` if known."""

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    attention: np.ndarray | None


class Chooser(Protocol):
    """Picks the next tokens of a source's rows."""

    def __call__(self, source: int, totals: np.ndarray, log_probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """From totals `[live]` so far and log-probabilities `[live, vocabulary]` to the parent row and token of each
        continuation, best first."""


def best_continuations(source: int, totals: np.ndarray, log_probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` most probable continuations of all rows together: beam search, greedy when there is one row."""
    best = _largest((totals[:, None] + log_probabilities).ravel(), count)
    return np.divmod(best, log_probabilities.shape[1])


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` largest values (all, if there are fewer), largest first, equals in their order.

    The count-th largest of the maxima of some groups is a bound that few values reach. Finding it and sorting those few
    takes a fifth of the time of a partition of all values.
    """
    groups = values.size // 128
    if groups >= count:
        maxima = values[: groups * 128].reshape(128, groups).max(axis=0)
        candidates = (values >= np.partition(maxima, groups - count)[groups - count]).nonzero()[0]
    else:
        candidates = np.arange(values.size)
    return candidates[(-values[candidates]).argsort(kind="stable")[:count]]


class NucleusSampling:
    """Draws one continuation for each row from the least set of tokens that holds `top_p` of the probability."""

    def __init__(self, options: DecodingOptions, indices: Sequence[int]):
        self._options = options
        self._random = [np.random.default_rng([options.seed, index]) for index in indices]

    def __call__(self, source: int, totals: np.ndarray, log_probabilities: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        options = self._options
        tokens = [sample_token(row, self._random[source].random(), options.temperature, options.top_p) for row in log_probabilities]
        return np.arange(len(tokens)), np.array(tokens)


def sample_token(log_probabilities: np.ndarray, uniform: float, temperature: float = 1.0, top_p: float = 1.0) -> int:
    """The token that a uniform number 0..1 draws from log-probabilities `[vocabulary]`, among the least set that holds `top_p`."""
    scores = log_probabilities.astype(np.float64) / temperature
    order = np.argsort(-scores, kind="stable")
    probabilities = np.exp(scores[order] - scores[order[0]])
    cumulative = np.cumsum(probabilities / probabilities.sum())
    nucleus = int(np.searchsorted(cumulative, top_p)) + 1
    chosen = np.searchsorted(cumulative[:nucleus], uniform * cumulative[min(nucleus, len(cumulative)) - 1], side="right")
    return int(order[min(chosen, nucleus - 1)])


@dataclass
class _Row:
    """A hypothesis under way; `row` is where the network keeps it."""

    row: int
    tokens: tuple[int, ...]
    total: float
    attention: tuple[np.ndarray, ...]


class _Beams:
    """One source's hypotheses: those under way and those that ended."""

    def __init__(self, source: int, options: DecodingOptions):
        self.source, self.options = source, options
        first = source * options.width
        rows = options.width if options.sample else 1  # a search starts from one row, or all would be alike
        self.live = [_Row(first + i, (), 0.0, ()) for i in range(rows)]
        self.ended: list[tuple[float, _Row]] = []  # each with the score that ranks it

    def advance(self, scores: np.ndarray, attention: np.ndarray | None, choose: Chooser) -> None:
        """Extend every live hypothesis by a token; `scores` and `attention` have the rows of all sources."""
        width = self.options.width
        first = self.live[0].row  # a source's live rows stand side by side
        scores = scores[first : first + len(self.live)]
        self._block_repeats(scores)
        totals = np.array([live.total for live in self.live], np.float32)
        # Twice the width: even if every other one ends, enough go on. Greedy takes what is best, be it the end.
        wanted = 2 * width if width > 1 else 1
        parents, tokens = choose(self.source, totals, scores, wanted)
        before, self.live = self.live, []
        for parent, token, score in zip(parents.tolist(), tokens.tolist(), scores[parents, tokens].tolist(), strict=True):
            if len(self.live) == width:
                break
            came = before[parent]
            if score <= _NEVER:
                continue
            if token == self.options.end:
                self._end(came, came.total + score)
            else:
                looked = came.attention if attention is None else (*came.attention, attention[came.row])
                self.live.append(_Row(came.row, (*came.tokens, token), came.total + score, looked))
        if not self.options.sample and (self._enough_ended() or self._none_can_win()):
            self.live = []

    def _end(self, row: _Row, total: float) -> None:
        score = total / (len(row.tokens) + 1) ** self.options.length_exponent
        self.ended.append((score, replace(row, total=total)))

    def _enough_ended(self) -> bool:
        return self.options.patience is not None and len(self.ended) >= self.options.patience * self.options.width

    def _none_can_win(self) -> bool:
        """Whether no live hypothesis can come among the best any more: a total only falls, a length has a bound."""
        if len(self.ended) < self.options.width or not self.live:
            return False
        worst = sorted((score for score, _ in self.ended), reverse=True)[self.options.n_best - 1]
        longest = (self.options.max_length + 1) ** self.options.length_exponent
        return max(live.total for live in self.live) / longest < worst

    def _block_repeats(self, scores: np.ndarray) -> None:
        size = self.options.block_repeats
        if not size:
            return
        for live, row in zip(self.live, scores, strict=True):
            tokens = live.tokens
            if len(tokens) >= size:
                begun = tokens[len(tokens) - size + 1 :]
                row[[tokens[i + size - 1] for i in range(len(tokens) - size + 1) if tokens[i : i + size - 1] == begun]] = IMPOSSIBLE

    def best(self) -> list[Hypothesis]:
        """The best hypotheses, best first."""
        ranked = sorted(self.ended, key=lambda ended: -ended[0])[: self.options.n_best]
        return [Hypothesis(row.tokens, row.total, score, np.stack(row.attention) if row.attention else None) for score, row in ranked]


def decode(
    step: Step, state: State, sources: int, options: DecodingOptions, indices: Sequence[int] | None = None
) -> list[list[Hypothesis]]:
    """Write a sequence for each source.

    Args:
        step: scores the next token of all rows; it is called at most `max_length + 1` times. It may be a `NarrowingStep`.
        state: the state before the first token, arrays `[sources * options.width, …]`.
        sources: how many sources there are.
        options: how to write.
        indices: the sources' indices for the random numbers of sampling; 0, 1, … by default.

    Returns:
        For each source its `n_best` hypotheses, best first (fewer if the vocabulary has no more).
    """
    width = options.width
    choose: Chooser = NucleusSampling(options, range(sources) if indices is None else indices) if options.sample else best_continuations
    going = beams = [_Beams(source, options) for source in range(sources)]
    tokens = np.full(sources * width, options.start, np.int32)
    for length in range(options.max_length + 1):
        result = step(tokens, state)
        scores = result.log_probabilities.copy()  # the step may keep its own
        _forbid(scores, options, last=length == options.max_length)
        for beam in going:
            if beam.live:
                beam.advance(scores, result.attention, choose)
        left = [i for i, beam in enumerate(going) if beam.live]
        if not left:
            break
        if isinstance(step, NarrowingStep) and len(left) <= NARROW * len(going):
            step.keep(np.array(left))
            going = [going[i] for i in left]
        tokens, order = _next_rows(going, options)
        state = {name: values[order] for name, values in result.state.items()}
    return [beam.best() for beam in beams]


def _next_rows(going: Sequence[_Beams], options: DecodingOptions) -> tuple[np.ndarray, np.ndarray]:
    """The last token of each row of the next step, and the row that it comes from; rows without a hypothesis do not matter."""
    tokens, order = np.full(len(going) * options.width, options.start, np.int32), np.zeros(len(going) * options.width, np.intp)
    for place, beam in enumerate(going):
        for row, live in enumerate(beam.live, place * options.width):
            tokens[row], order[row] = live.tokens[-1], live.row
            live.row = row
    return tokens, order


def _forbid(scores: np.ndarray, options: DecodingOptions, last: bool) -> None:
    """Make impossible, in scores `[rows, vocabulary]`, what may not be written: at the last step all but the end."""
    if last:
        scores[:, : options.end] = IMPOSSIBLE
        scores[:, options.end + 1 :] = IMPOSSIBLE
    else:
        scores[:, list(options.forbidden)] = IMPOSSIBLE
