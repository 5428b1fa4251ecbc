"""How rare a value is among those before it: tail probabilities of a stream.

Peaks over a threshold (Siffer et al. 2017) with the tail index of Hill (1975): the largest values so far are kept, and beyond the
smallest of them the tail falls like a power of the value. So nothing is assumed of the values' scale or distribution.
"""

import math
from bisect import insort
from dataclasses import dataclass, field

import numpy as np

KEPT = 20  # largest values
LEAST = 30  # values before anything is rare
SHARE = 8  # at the start one in so many is kept
# The smallest tail index. Smaller ones, of values that are nearly bounded, would make much of a new largest value.
FLATTEST = 0.3
FORGETTING = math.log(2) / 200_000  # a value counts half after so many others


@dataclass
class Tail:
    """The largest values of a stream of non-negative numbers.

    Args:
        count: values read.
        largest: logarithms of the largest ones, ascending; those of later ones are raised a little, so that old ones fade.
    """

    count: int = 0
    largest: list[float] = field(default_factory=list)

    def follow(self, values: np.ndarray) -> np.ndarray:
        """Read values `[steps]`. Returns the rarity of each among all before it: -log10 of the probability of one as large, 0 if
        it is none of the largest."""
        rarity = np.zeros(len(values))
        logs = np.log(np.maximum(values, 1e-300)) + FORGETTING * (self.count + np.arange(len(values)))
        largest = self.largest
        for row, value in enumerate(logs.tolist()):
            size = len(largest)
            if size and value > largest[0] and self.count >= LEAST:
                beyond = largest[0]
                index = max(sum(largest) / size - beyond, FLATTEST)
                rarity[row] = math.log10(self.count / size) + (value - beyond) / index / math.log(10)
            self.count += 1
            if size < min(KEPT, max(2, self.count // SHARE)):
                insort(largest, value)
            elif value > largest[0]:
                del largest[0]
                insort(largest, value)
        rarity[values <= 0] = 0.0
        return rarity


def together(rarities: list[np.ndarray]) -> np.ndarray:
    """One rarity `[steps]` of several, by the harmonic mean of their probabilities (Wilson 2019), which holds for dependent ones."""
    stacked = np.minimum(np.stack(rarities), 300.0)
    highest = stacked.max(axis=0)
    return highest + np.log10(np.mean(10.0 ** (stacked - highest), axis=0))
