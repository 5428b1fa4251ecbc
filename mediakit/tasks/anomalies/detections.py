"""What a detector says of the rows of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.runtime.results import DrawnResult
from mediakit.tasks.anomalies.detector import NOTHING, Found
from mediakit.tasks.anomalies.statistics import REASONS

if TYPE_CHECKING:
    from PIL.Image import Image

TOGETHER = "together"  # the reason where a row is unusual as a whole
_REASONS = (*REASONS, TOGETHER)


@dataclass(frozen=True, repr=False)
class Detections(DrawnResult):
    """Consecutive rows of a table with their scores.

    Args:
        channels: the names of the columns.
        values: float64 `[rows, channels]`; NaN where one is missing.
        found: what the detector says of them.
        times: of the rows, as they were given, or None.
        first: the number of the first of these rows in its table; the table's own first row is 1.
    """

    channels: tuple[str, ...]
    values: np.ndarray
    found: Found
    times: Sequence[str] | None = None
    first: int = 1

    def __len__(self) -> int:
        return len(self.values)

    @property
    def alarms(self) -> np.ndarray:
        """The places of the anomalies among the rows, `[anomalies]`."""
        return np.flatnonzero(self.found.anomaly)

    def rows(self, places: Sequence[int] | np.ndarray | None = None) -> Iterator[dict[str, Any]]:
        """Rows ready for JSON, all of them or those at some places.

        Each has `time` (the row's number if the table has no times), `value`, `score`, `anomaly`, `expected`, `interval`, `channel`
        and `why`, null for a usual row. With several channels `value` holds them by name; `expected` and `interval` are those of
        `channel`, null until it has had a value, and two for an interval.
        """
        chosen = np.arange(len(self)) if places is None else np.asarray(places, int)
        found, single = self.found, len(self.channels) == 1
        channel = found.channel[chosen].astype(int)
        expected = found.expected[chosen, channel]
        columns = zip(
            chosen.tolist(),
            self.values[chosen].tolist(),
            found.score[chosen].tolist(),
            found.anomaly[chosen].tolist(),
            expected.tolist(),
            channel.tolist(),
            found.reason[chosen].astype(int).tolist(),
            strict=True,
        )
        for place, values, score, anomaly, (middle, low, high), number, reason in columns:
            plain = [None if value != value else value for value in values]
            yield {
                "time": self.first + place if self.times is None else self.times[place],
                "value": plain[0] if single else dict(zip(self.channels, plain, strict=True)),
                "score": round(score, 6),
                "anomaly": anomaly,
                "expected": None if middle != middle else rounded(middle),
                "interval": None if low != low else [rounded(low), rounded(high)],
                "channel": self.channels[number],
                "why": None if reason == NOTHING else _REASONS[reason],
            }

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: the channels, how many rows, the score of each, and the anomalies as `rows` describes them."""
        return {
            "channels": list(self.channels),
            "rows": len(self),
            "scores": [round(score, 6) for score in self.found.score.tolist()],
            "anomalies": list(self.rows(self.alarms)),
        }

    def draw(self) -> "Image":
        """Values, the intervals in which they were expected, the anomalies, and the score."""
        from mediakit.media.charts import draw_anomalies

        return draw_anomalies(self.channels, self.values, self.found.expected, self.found.score, self.alarms)


def joined(parts: Sequence[Detections]) -> Detections:
    """Consecutive detections of one table as one."""
    first = parts[0]
    found = Found(*(np.concatenate(columns) for columns in zip(*(vars(part.found).values() for part in parts), strict=True)))
    times = None if first.times is None else [time for part in parts for time in part.times or ()]
    return Detections(first.channels, np.concatenate([part.values for part in parts]), found, times, first.first)


def rounded(value: float) -> float:
    """A number with seven significant digits."""
    return float(f"{value:.7g}")
