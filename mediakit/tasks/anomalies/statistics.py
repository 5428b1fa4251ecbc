"""What makes a row of one series unusual: four statistics of it, each compared with its own past."""

from dataclasses import dataclass, field

import numpy as np

from mediakit.tasks.anomalies.averages import Average, Delay
from mediakit.tasks.anomalies.tails import Tail

REASONS = ("level", "change", "error", "season")


@dataclass
class Statistics:
    """Distances of a series from what it was, and how rare they are.

    level: of the value from the mean of the last 2,000.
    change: of the mean of the last 30 values from that of 240 before them.
    error: the mean absolute error of the prediction over 5 rows (Ahmad et al. 2017 average it too).
    season: the mean difference from a season ago over 5 rows.
    """

    level: Average = field(default_factory=lambda: Average(2000))
    before: Delay = field(default_factory=lambda: Delay(1))
    near: Average = field(default_factory=lambda: Average(30))
    far: Average = field(default_factory=lambda: Average(240))
    earlier: Delay = field(default_factory=lambda: Delay(30))
    error: Average = field(default_factory=lambda: Average(5))
    season: Average = field(default_factory=lambda: Average(5))
    tails: list[Tail] = field(default_factory=lambda: [Tail() for _ in REASONS])

    def follow(self, values: np.ndarray, errors: np.ndarray, differences: np.ndarray) -> np.ndarray:
        """Read rows of a series.

        Args:
            values, errors: `[steps]`; the errors of their predictions.
            differences: from a season ago, of the last of the rows: those that have a season before them.

        Returns the rarity of each statistic `[4, steps]`, in the order of `REASONS`.
        """
        usual = self.before.follow(self.level.follow(values))
        change = self.near.follow(values) - self.earlier.follow(self.far.follow(values))
        seasonal = np.abs(self.season.follow(differences))
        found = [np.abs(values - usual), np.abs(change), self.error.follow(np.abs(errors)), seasonal]
        rarities = np.zeros((len(REASONS), len(values)))
        for row, (tail, statistic) in enumerate(zip(self.tails, found, strict=True)):
            rarities[row, len(values) - len(statistic) :] = tail.follow(statistic)
        return rarities
