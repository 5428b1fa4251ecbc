"""Averages of streams: what a block adds, given what came before."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Average:
    """An exponentially weighted average; at the start the plain one.

    Args:
        memory: in values: each counts 1 / memory.
        count: values read.
        value: the average so far.
    """

    memory: int
    count: int = 0
    value: float = 0.0

    def follow(self, values: np.ndarray) -> np.ndarray:
        """Read values `[steps]`. Returns the average after each."""
        after = np.empty(len(values))
        count, average, memory = self.count, self.value, self.memory
        for row, value in enumerate(values.tolist()):
            if count < memory:
                count += 1
            average += (value - average) / count
            after[row] = average
        self.count, self.value = count, average
        return after


@dataclass
class Delay:
    """A stream some values later; its first value until then.

    Args:
        steps: at least 1.
        kept: the last values read, at most `steps`.
    """

    steps: int
    kept: np.ndarray = field(default_factory=lambda: np.empty(0))

    def follow(self, values: np.ndarray) -> np.ndarray:
        """Read values `[steps]`. Returns as many, from `steps` earlier."""
        if not len(self.kept) and len(values):
            self.kept = np.full(self.steps, values[0])
        joined = np.concatenate([self.kept, values])
        self.kept = joined[len(joined) - len(self.kept) :]
        return joined[: len(values)]
