"""Composing a piano roll: from nothing in a key, or on from a beginning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mediakit.media.arrangement import Grid
from mediakit.media.keys import Key, clarity, find_key
from mediakit.media.piano_roll import LOWEST, keys_of, room_to_transpose, transposed
from mediakit.tasks.music.composing import Drafts, MusicModel
from mediakit.tasks.music.rules import Rules, in_triad, scale_bias

HOME = 0  # the tonic in which models write; the benchmark's pieces are transposed to C
DRAFTS = 4  # of a piece; after each phrase those go on that are most clearly in its key
ENDINGS = 8  # drafts of a piece's end; the one is taken whose last chord, and the end after it, is the most probable
PHRASE = 4  # bars
ATTEMPTS = 5  # at a piece in its key
BIAS = 0.25  # the weight of the key's profile; it grows with each attempt
# Frames before the first bar line that are composed, since most tunes begin so, and then left out.
PICKUPS = {("folk", "4/4"): 1}
UNACCEPTED = 100.0  # nats by which an ending is worse whose last chord breaks a rule


@dataclass(frozen=True)
class Plan:
    """What to compose.

    Attributes:
        grid: the frames against bars.
        key: as it sounds.
        shortest, longest: the number of bars, without an upbeat.
        temperature, top_p: of the sampling.
        seed: of the random numbers.
    """

    grid: Grid
    key: Key
    shortest: int
    longest: int
    temperature: float
    top_p: float
    seed: int


def compose(model: MusicModel, beginning: np.ndarray, plan: Plan) -> tuple[np.ndarray, float]:
    """A piano roll uint8 `[frames, 88]` as it sounds, and the log-probability of what follows the beginning.

    A piece that turns out in another key than planned is written again, more strictly; after several attempts the last one stays.

    Args:
        beginning: uint8 `[frames, 88]`, to be continued; empty for a piece from nothing.
    """
    for attempt in range(ATTEMPTS):
        roll, log_probability = _Attempt(model, plan, beginning, attempt).write()
        if find_key(roll[len(beginning) :]) == plan.key or find_key(roll) == plan.key:
            break
    return roll, log_probability


class _Attempt:
    """One attempt at a piece. It is written in the model's key and register, and then transposed."""

    def __init__(self, model: MusicModel, plan: Plan, beginning: np.ndarray, number: int):
        self.model, self.plan, self.number = model, plan, number
        self.shift = model.shift(plan.key)
        while beginning.any() and -self.shift > room_to_transpose(beginning)[1]:
            self.shift += 12
        self.home = replace(plan.key, tonic=HOME)
        self.pickup = 0 if len(beginning) else PICKUPS.get((model.style, str(plan.grid.metre)), 0)
        self.grid = replace(plan.grid, upbeat=plan.grid.upbeat + self.pickup)
        self.rules = Rules(model, self.grid, self.shift, begun=len(beginning))
        self.beginning = transposed(beginning, -self.shift)

    def write(self) -> tuple[np.ndarray, float]:
        """As `compose`."""
        plan, bar = self.plan, self.grid.bar
        bias = scale_bias(self.home, BIAS * self.number)
        drafts = Drafts(self.model.networks, self._seeds(0, DRAFTS), plan.temperature, plan.top_p, bias)
        for frame in self.beginning:
            drafts.append(np.repeat(frame[None], len(drafts), axis=0))
        if not drafts.frames and (plan.longest > 1 or self.pickup):
            drafts.write_frame(self.rules.accept, keys=in_triad(self.home))
        ending = self.grid.upbeat + (plan.shortest - 2) * bar
        while drafts.frames < ending:
            self._step(drafts)
            if self.grid.starts(drafts.frames, PHRASE * bar):
                clearest = self._clearest(drafts)[: DRAFTS // 2]
                drafts.select(2 * clearest, self._seeds(drafts.frames, DRAFTS))
        drafts.select([self._clearest(drafts)[0]] * ENDINGS, self._seeds(drafts.frames + 1, ENDINGS))
        return self._end(drafts)

    def _step(self, drafts: Drafts) -> None:
        """Write a frame of each draft by the rules."""
        held = np.stack([self.rules.held(list(drafts.roll(row))) for row in range(len(drafts))])
        drafts.write_frame(self.rules.accept, keys=self.rules.keys, held=held)

    def _seeds(self, frame: int, count: int) -> list[tuple[int, ...]]:
        return [(self.plan.seed, self.number, frame, i) for i in range(count)]

    def _clearest(self, drafts: Drafts) -> list[int]:
        """The indices of the drafts, those first that are most clearly in the key, as a whole and at last."""
        phrase = PHRASE * self.grid.bar

        def unclear(row: int) -> float:
            roll = drafts.roll(row)
            return -clarity(roll, self.home) - clarity(roll[-phrase:], self.home)

        return sorted(range(len(drafts)), key=unclear)

    def _end(self, drafts: Drafts) -> tuple[np.ndarray, float]:
        """Go on with several drafts of the end, and close one with the tonic's chord at the bar where that is most probable."""
        plan, grid = self.plan, self.grid
        best: tuple[float, np.ndarray, float] | None = None
        first, last = (grid.upbeat + (bars - 1) * grid.bar for bars in (plan.shortest, plan.longest))
        while drafts.frames <= last:
            if drafts.frames >= first and grid.starts(drafts.frames, grid.bar):
                for closed in self._closed(drafts):
                    best = closed if best is None or closed[0] > best[0] else best
            self._step(drafts)
        assert best is not None
        _, roll, log_probability = best
        held = np.repeat(roll[-1:], grid.bar - 1, axis=0)
        return transposed(np.concatenate([roll, held])[self.pickup :], self.shift), log_probability

    def _closed(self, drafts: Drafts) -> list[tuple[float, np.ndarray, float]]:
        """The drafts with a last chord: how good an end that is, the roll, and its log-probability."""
        closed = drafts.copy()
        closed.write_frame(self._is_tonic, keys=in_triad(self.home))
        ends = []
        for row in range(len(closed)):
            roll = closed.roll(row)
            fitness = closed.log_probabilities[row] - drafts.log_probabilities[row] + min(float(closed.over[row]), 0.0)
            if not self._is_tonic(list(roll[:-1]), roll[-1]):
                fitness -= UNACCEPTED
            ends.append((float(fitness), roll, float(closed.log_probabilities[row])))
        return ends

    def _is_tonic(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """Whether a last chord stands on the tonic and keeps the rules."""
        keys = keys_of(frame)
        return len(keys) > 2 and (keys[-1] + LOWEST) % 12 == HOME and self.rules.accept(before, frame)
