"""The scale on which the recurrent detector sees a series: centred and divided by its usual spread, both of them learned from
earlier values alone, then compressed, so that an outlier is far away and not out of sight."""

from dataclasses import dataclass

import numpy as np

MEMORY = 1000  # values over which centre and spread are averaged
FARTHEST = 8.0  # spreads: what lies farther off moves the averages no more than this
SMALLEST = 1e-9  # of the spread, relative to the centre
LIMIT = 25.0  # of compressed values; asinh of 4e10


@dataclass
class RunningScale:
    """Exponentially weighted averages of a series and of its distance from them, plain averages at the start.

    Args:
        count: values seen.
        centre, spread: the averages.
    """

    count: int = 0
    centre: float = 0.0
    spread: float = 0.0

    def follow(self, values: np.ndarray) -> np.ndarray:
        """Read values `[steps]` without gaps. Returns `[steps, 2]`: centre and spread as they were before each value."""
        before = np.empty((len(values), 2))
        count, centre, spread = self.count, self.centre, self.spread
        for row, value in enumerate(values.tolist()):
            if not count:
                centre = value
            least = SMALLEST * abs(centre) + 1e-30
            before[row, 0], before[row, 1] = centre, max(spread, least)
            count += 1
            rate = 1 / min(count, MEMORY)
            distance = value - centre
            # Early on anything may come: the spread is not known yet.
            reach = FARTHEST * spread if count > 20 and spread > least else abs(distance)
            held = min(max(distance, -reach), reach)
            centre += rate * held
            spread += rate * (abs(held) - spread)
        self.count, self.centre, self.spread = count, centre, spread
        return before


def compress(values: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Values on the scale: the difference from the centre in spreads, logarithmic far from it."""
    return np.clip(np.arcsinh((values - centre) / spread), -LIMIT, LIMIT)


def expand(compressed: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Back from the scale. Monotonic, so quantiles stay quantiles."""
    return centre + spread * np.sinh(np.clip(compressed, -LIMIT, LIMIT))
