"""Decoding sequences with a network that scores the next token: greedy search, beam search and nucleus sampling.

`decode` is the only loop. A `Chooser` picks continuations, and `_Search` tracks the hypotheses of all sources in arrays. A task
supplies a `Step`, which keeps what it knows about the sources, such as attention keys, to itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from mediakit.errors import InputError
from mediakit.runtime.seeds import check_seed

State = dict[str, np.ndarray]
IMPOSSIBLE = np.float32(-1e9)
_NEVER = float(IMPOSSIBLE) / 2
GROUP = 20  # values whose maximum is taken first, to find the largest of all
LONGEST_CYCLE = 8  # tokens in the longest phrase whose repetition is detected


@dataclass(frozen=True)
class StepResult:
    """The result of one step for all rows.

    `log_probabilities` is float32 `[rows, vocabulary]`; the search overwrites it. `state` holds arrays `[rows, …]`. `attention` is
    float32 `[rows, positions]`, or None for a network without attention.
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
    """Picks continuations for each source's live rows."""

    def __call__(self, sources: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The parent row, 0 to width - 1, and the token of each continuation, best first, each int `[sources, continuations]`.

        `values` `[sources, width, vocabulary]` are log-probabilities, -inf for rows that are not live: of the whole sequence in a
        search, of the next token in sampling. `count` is how many continuations a search needs.
        """


def best_continuations(sources: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` most probable continuations over all rows of a source: beam search, or greedy search with one row."""
    best = _largest(values.reshape(len(values), -1), count)
    return np.divmod(best, values.shape[2])


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Indices `[rows, count]` of the largest values in each row (all, if there are fewer), largest first and stable.

    The count-th largest of the maxima of groups of values is a lower bound that few values reach. Finding it and sorting those
    few takes a tenth of the time of partitioning all values.
    """
    size = values.shape[1]
    count, groups = min(count, size), size // GROUP
    if groups >= count:
        maxima = values[:, : groups * GROUP].reshape(len(values), GROUP, groups).max(axis=1)
        few = np.flatnonzero(values >= np.partition(maxima, groups - count)[:, groups - count, None])  # `nonzero` takes ten times as long
    else:
        few = np.arange(values.size)
    rows, columns = np.divmod(few, size)
    order = np.lexsort((-values[rows, columns], rows))
    first = np.searchsorted(rows, np.arange(len(values)))
    return columns[order[first[:, None] + np.arange(count)]]


class NucleusSampling:
    """Samples one continuation per row from the smallest set of tokens with probability `top_p`."""

    def __init__(self, options: DecodingOptions, indices: Sequence[int]):
        self._options = options
        self._random = [np.random.default_rng([options.seed, index]) for index in indices]

    def __call__(self, sources: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        temperature, top_p = self._options.temperature, self._options.top_p
        tokens = np.zeros(values.shape[:2], np.intp)
        for row in zip(*np.isfinite(values[:, :, self._options.end]).nonzero(), strict=True):  # never ruled out
            tokens[row] = sample_token(values[row], self._random[sources[row[0]]].random(), temperature, top_p)
        return np.broadcast_to(np.arange(values.shape[1]), tokens.shape), tokens


def sample_token(log_probabilities: np.ndarray, uniform: float, temperature: float = 1.0, top_p: float = 1.0) -> int:
    """Sample from log-probabilities `[vocabulary]` with a uniform number in 0..1, within the smallest set of probability `top_p`."""
    scores = log_probabilities.astype(np.float64) / temperature
    order = np.argsort(-scores, kind="stable")
    probabilities = np.exp(scores[order] - scores[order[0]])
    cumulative = np.cumsum(probabilities / probabilities.sum())
    nucleus = int(np.searchsorted(cumulative, top_p)) + 1
    chosen = np.searchsorted(cumulative[:nucleus], uniform * cumulative[min(nucleus, len(cumulative)) - 1], side="right")
    return int(order[min(chosen, nucleus - 1)])


@dataclass(frozen=True)
class _Ended:
    """An ended hypothesis: its tokens, and for each the row that wrote it, of those that its step had."""

    score: float
    total: float
    tokens: np.ndarray
    rows: np.ndarray


class _Search:
    """The hypotheses of all sources. Row r of the network belongs to the active source r // width; not every row is live.

    Attributes:
        sources: the numbers of the sources that are active, `[active]`.
        live: which rows hold a hypothesis, bool `[active, width]`; those of a source come first.
        totals: their log-probabilities, float32 `[active, width]`.
        tokens: each row's last token, int32 `[rows]`.
        order: the row of the step before that each row continues, `[rows]`. Rows that are not live are arbitrary.
    """

    def __init__(self, sources: int, options: DecodingOptions, repeats: Sequence[int] | None):
        self.options, width = options, options.width
        self.sources = np.arange(sources)
        self.live = np.zeros((sources, width), bool)
        self.live[:, : width if options.sample else 1] = True  # a search starts with one row, since all would be the same
        self.totals = np.zeros((sources, width), np.float32)
        self.tokens, self.order = np.full(sources * width, options.start, np.int32), np.arange(sources * width)
        # Of each row: the tokens so far, the rows that wrote them, and for how many of them the token `size` before was the same.
        self._written = self._path = np.zeros((sources * width, 0), np.int32)
        self._runs = np.zeros((sources * width, LONGEST_CYCLE), np.int32)
        self._repeats = None if repeats is None else np.asarray(repeats)
        self._once = np.array(sorted(options.once), np.int32)
        self._attention: list[np.ndarray | None] = []  # of each step
        self._ended: list[list[_Ended]] = [[] for _ in range(sources)]
        self._last_best = np.full(sources, -np.inf)  # the score of the last of the n best, once that many have ended

    def advance(self, result: StepResult, choose: Chooser, last: bool) -> None:
        """Extend every live hypothesis by one token; at the last step it must end."""
        width, sample = self.options.width, self.options.sample
        active = np.flatnonzero(self.live.any(axis=1))
        values = result.log_probabilities.reshape(*self.live.shape, -1)
        base = np.where(self.live, np.float32(0) if sample else self.totals, np.float32(-np.inf))[..., None]
        if len(active) < len(values):
            values, base = values[active], base[active]
        values += base
        self._constrain(values, active, last)
        # With twice the width, enough continuations remain even if half of them end. Greedy search takes the single best.
        parents, tokens = choose(self.sources[active], values, 2 * width if width > 1 else 1)
        chosen = np.arange(len(active))[:, None]
        totals = values[chosen, parents, tokens]
        if sample:
            totals = totals + self.totals[active][chosen, parents]
        ends = tokens == self.options.end
        lives = ~ends & (totals > _NEVER)
        before = lives.cumsum(axis=1) - lives  # how many better continuations are live
        ends &= (totals > _NEVER) & (before < width)
        lives &= before < width
        self._attention.append(result.attention)
        rows = active[:, None] * width + parents
        self._end(active[ends.nonzero()[0]], rows[ends], totals[ends])
        self._continue((active[:, None] * width + before)[lives], rows[lives], tokens[lives], totals[lives])
        if not sample:
            self._stop()

    def _end(self, sources: np.ndarray, rows: np.ndarray, totals: np.ndarray) -> None:
        """Add ended hypotheses, each of an active source, and the row that it continued."""
        for source, row, total in zip(sources.tolist(), rows.tolist(), totals.tolist(), strict=True):
            score = total / (self._written.shape[1] + 1) ** self.options.length_exponent
            ended = self._ended[self.sources[source]]
            ended.append(_Ended(score, total, self._written[row].copy(), self._path[row].copy()))
            if len(ended) >= self.options.width:
                self._last_best[source] = sorted(one.score for one in ended)[-self.options.n_best]

    def _continue(self, places: np.ndarray, rows: np.ndarray, tokens: np.ndarray, totals: np.ndarray) -> None:
        """Continue the rows `rows` of the step in the rows `places` of the next one."""
        self.order, self.tokens = np.zeros_like(self.order), np.full_like(self.tokens, self.options.start)
        self.order[places], self.tokens[places] = rows, tokens
        self.live[:] = False
        self.live.ravel()[places], self.totals.ravel()[places] = True, totals
        self._written = np.column_stack([self._written[self.order], self.tokens])
        self._path = np.column_stack([self._path[self.order], self.order])
        sizes = np.arange(1, min(LONGEST_CYCLE, self._written.shape[1] - 1) + 1)
        same = self._written[:, -1 - sizes] == self.tokens[:, None]
        self._runs = self._runs[self.order]
        self._runs[:, : len(sizes)] = (self._runs[:, : len(sizes)] + 1) * same

    def _stop(self) -> None:
        """End the search of sources with enough ended hypotheses, and of those where no live one can reach the n best: totals only
        fall, and lengths are bounded."""
        width, patience = self.options.width, self.options.patience
        longest = (self.options.max_length + 1) ** self.options.length_exponent
        hopeless = np.where(self.live, self.totals, -np.inf).max(axis=1) / longest < self._last_best
        if patience is not None:
            hopeless |= np.array([len(self._ended[source]) >= patience * width for source in self.sources])
        self.live[hopeless] = False

    def _constrain(self, values: np.ndarray, active: np.ndarray, last: bool) -> None:
        """Rule out what the options forbid in values `[active, width, vocabulary]`."""
        options, width = self.options, self.options.width
        if last:
            values[:, :, : options.end] = values[:, :, options.end + 1 :] = IMPOSSIBLE
        else:
            values[:, :, list(options.forbidden)] = IMPOSSIBLE
        rows = (active[:, None] * width + np.arange(width)).ravel()
        values, written = values.reshape(len(rows), -1), self._written[rows]
        if len(self._once):
            row, place = np.isin(written, self._once).nonzero()
            values[row, written[row, place]] = IMPOSSIBLE
        size, length = options.block_repeats, written.shape[1]
        for start in range(length - size + 1 if size else 0):
            row = (written[:, start : start + size - 1] == written[:, length - size + 1 :]).all(axis=1).nonzero()[0]
            values[row, written[row, start + size - 1]] = IMPOSSIBLE
        if self._repeats is not None:
            sizes = np.arange(1, min(LONGEST_CYCLE, length) + 1)
            most = np.repeat(self._repeats[active] - 1, width)[:, None] * sizes
            row, place = (self._runs[rows, : len(sizes)] >= most).nonzero()
            values[row, written[row, length - sizes[place]]] = IMPOSSIBLE

    def keep(self, sources: np.ndarray) -> None:
        """Keep only these of the active sources, see `NarrowingStep`."""
        rows = (sources[:, None] * self.options.width + np.arange(self.options.width)).ravel()
        for name in ("sources", "live", "totals", "_last_best"):
            setattr(self, name, getattr(self, name)[sources])
        for name in ("tokens", "order", "_written", "_path", "_runs"):
            setattr(self, name, getattr(self, name)[rows])
        self._repeats = None if self._repeats is None else self._repeats[sources]

    def best(self) -> list[list[Hypothesis]]:
        """The n best hypotheses of each source, best first."""
        return [
            [self._hypothesis(one) for one in sorted(ended, key=lambda one: -one.score)[: self.options.n_best]] for ended in self._ended
        ]

    def _hypothesis(self, ended: _Ended) -> Hypothesis:
        attention = [given[row] for given, row in zip(self._attention, ended.rows, strict=False) if given is not None]
        return Hypothesis(tuple(ended.tokens.tolist()), ended.total, ended.score, np.stack(attention) if attention else None)


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
    choose: Chooser = NucleusSampling(options, range(sources) if indices is None else indices) if options.sample else best_continuations
    search = _Search(sources, options, repeats)
    for length in range(options.max_length + 1):
        result = step(search.tokens, state)
        search.advance(result, choose, last=length == options.max_length)
        left = np.flatnonzero(search.live.any(axis=1))
        if not len(left):
            break
        if isinstance(step, NarrowingStep) and len(left) <= NARROW * len(search.live):
            step.keep(left)
            search.keep(left)
        state = {name: values[search.order] for name, values in result.state.items()}
    return search.best()
