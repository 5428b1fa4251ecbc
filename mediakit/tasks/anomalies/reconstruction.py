"""The detector of a table whose normal rows an autoencoder has learned (Malhotra et al. 2016)."""

from dataclasses import dataclass, field

import numpy as np

from mediakit.runtime.network import Network
from mediakit.tasks.anomalies.detector import Found, state_score
from mediakit.tasks.anomalies.predictor import NORMAL
from mediakit.tasks.anomalies.reference import ROWS, UNKNOWN, Reference
from mediakit.tasks.anomalies.statistics import REASONS


@dataclass
class ReconstructionDetector:
    """Reads a table row by row; each row is written again from the window that ends with it.

    Args:
        channels: of the table.
        reference: of the errors.
        sensitivity: a row may be so many times less far from the reference than by default.
        train: rows at the start that count as normal.
        rows: read so far.
        recent: the rows before, gaps filled with the last value, fewer than a window.
    """

    channels: int
    reference: Reference
    sensitivity: float = 1.0
    train: int = 0
    rows: int = 0
    recent: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    @classmethod
    def of(cls, columns: int, sensitivity: float = 1.0, train: int = 0) -> "ReconstructionDetector":
        """A detector that has read nothing."""
        return cls(columns, Reference(columns, train or ROWS), sensitivity, train)

    def follow(self, network: Network, values: np.ndarray, times: np.ndarray | None = None) -> Found:
        """Read rows.

        Args:
            network: `rows` `[1, window, channels]` to `last` `[1, channels]`.
            values: float64 `[steps, channels]`, NaN where they are missing.
            times: not needed.
        """
        written = np.array([self._write(network, row) for row in values]).reshape(-1, self.channels)
        distance, farthest = self.reference.follow(values - written)
        score = state_score(distance * self.sensitivity)
        score[: max(0, self.train - self.rows)] = 0.0
        self.rows += len(values)
        unit = self.reference.unit if len(self.reference.unit) else np.full(self.channels, np.nan)
        reach = NORMAL * np.where(unit < UNKNOWN, unit, np.nan)
        expected = np.stack([written, written - reach, written + reach], axis=2)
        return Found(score, score >= 0.5, expected, farthest, np.full(len(values), len(REASONS)))

    def _write(self, network: Network, row: np.ndarray) -> np.ndarray:
        """The row as the network writes it; NaN until there is a whole window in which all channels have had a value."""
        recent = self.recent.reshape(-1, self.channels)
        before = recent[-1] if len(recent) else np.full(self.channels, np.nan)
        filled = np.where(np.isnan(row), before, row)
        window = np.concatenate([recent, filled[None]])
        wanted = int(network.inputs[0]["shape"][1])
        self.recent = window[-(wanted - 1) :]
        if len(window) < wanted or np.isnan(window).any():
            return np.full(self.channels, np.nan)
        return network(rows=window[None].astype(np.float32))["last"][0].astype(np.float64)
