"""Many channels together: how far a row is from the rows that count as normal (Hotelling 1947)."""

from dataclasses import dataclass, field

import numpy as np

from mediakit.tasks.anomalies.averages import Average

ROWS = 400  # that count as normal, if nothing else is said
MOMENTS = (8, 4, 2, 1)  # the reference is drawn up when a part of its rows is known: an eighth, …
BLOCKS = 8  # of the reference, whose means show how a channel drifts
# How much of a drift between neighbouring blocks is expected later on. Channels that wander within the reference count for less.
DRIFT = 3.0
RIDGE = 1e-3  # added to the variances, so that channels may depend on one another
SMOOTHED = 10  # rows
LARGEST = 1e9
KNOWN = 0.5  # share of the reference's rows in which a channel has values, for it to count
UNKNOWN = 1e300  # the unit of other channels
NEVER = 1 << 30


@dataclass
class Reference:
    """Mean and covariance of the first rows of a table, and the distance of later rows from them.

    Args:
        channels: of the table.
        wanted: how many rows count as normal.
        rows: read so far.
        kept: those of them that count as normal.
        centre, unit: of each channel, `[channels]`.
        weights: the inverse covariance on that scale, `[channels, channels]`.
        distance: smoothed.
    """

    channels: int
    wanted: int = ROWS
    rows: int = 0
    kept: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    centre: np.ndarray = field(default_factory=lambda: np.empty(0))
    unit: np.ndarray = field(default_factory=lambda: np.empty(0))
    weights: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    distance: Average = field(default_factory=lambda: Average(SMOOTHED))

    def follow(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read rows `[steps, channels]`, NaN where a value is missing: it says nothing, as if it were the usual one.

        Returns their smoothed squared Mahalanobis distance per value `[steps]`, about 1 for normal rows, 0 before there is a
        reference; and the channel that is farthest off `[steps]`. A channel of which the reference has too few values counts for
        nothing.
        """
        distances, farthest = np.zeros(len(values)), np.zeros(len(values), np.int64)
        begin = 0
        while begin < len(values):
            end = begin + min(len(values) - begin, self._until_next())
            part = values[begin:end]
            if len(self.centre):
                there = ~np.isnan(part) & (self.unit < UNKNOWN)
                off = np.where(there, (part - self.centre) / self.unit, 0.0)
                raw = np.einsum("ij,jk,ik->i", off, self.weights, off) / np.maximum(there.sum(axis=1), 1)
                distances[begin:end] = self.distance.follow(np.minimum(raw, LARGEST))
                farthest[begin:end] = np.abs(off).argmax(axis=1)
            self._keep(part)
            begin = end
        return distances, farthest

    def _moments(self) -> list[int]:
        return [max(2, self.wanted // part) for part in MOMENTS]

    def _until_next(self) -> int:
        """Rows until the reference is drawn up again."""
        return next((moment - self.rows for moment in self._moments() if moment > self.rows), NEVER)

    def _keep(self, part: np.ndarray) -> None:
        self.rows += len(part)
        if self.rows <= self.wanted:
            self.kept = np.concatenate([self.kept.reshape(-1, self.channels), part])
        if self.rows in self._moments():
            self._draw_up()
        if self.rows >= self.wanted:
            self.kept = np.empty((0, self.channels))

    def _draw_up(self) -> None:
        """Mean, unit and inverse covariance of the rows that are kept."""
        there = ~np.isnan(self.kept)
        count = np.maximum(there.sum(axis=0), 1)
        self.centre = np.where(there, self.kept, 0.0).sum(axis=0) / count
        rows = np.where(there, self.kept, self.centre)
        smallest = 1e-6 * np.abs(self.centre) + 1e-12
        deviation = np.maximum(np.sqrt(((rows - self.centre) ** 2).sum(axis=0) / count), smallest)
        size = len(rows) // BLOCKS
        means = rows[: size * BLOCKS].reshape(BLOCKS, size, -1).mean(axis=1) if size else rows
        drift = np.mean(np.diff(means, axis=0) ** 2, axis=0) / deviation**2
        enough = there.mean(axis=0) >= KNOWN
        self.unit = np.where(enough, deviation * np.sqrt(1 + DRIFT * drift), UNKNOWN)
        scaled = (rows - self.centre) / self.unit
        covariance = scaled.T @ scaled / len(scaled)
        missing = np.maximum(1 - np.diag(covariance), 0)  # the variance that the drift may add
        self.weights = np.linalg.inv(covariance + np.diag(missing + RIDGE))
