"""The detector on a stream of rows. What it says of a row rests on that row and earlier ones alone, however the rows are cut into
blocks."""

from dataclasses import dataclass, field

import numpy as np

from mediakit.media.seasons import find_season, season_of_step
from mediakit.runtime.network import Network
from mediakit.tasks.anomalies.predictor import BLOCK, Predictor
from mediakit.tasks.anomalies.reference import ROWS, Reference
from mediakit.tasks.anomalies.statistics import REASONS, Statistics
from mediakit.tasks.anomalies.tails import together

# The rarity, -log10 of a probability, at which the score is 0.5: chosen on 35 series of the Numenta benchmark.
RARE = 2.2
QUIET = 20  # rows after an alarm, in which its event is not reported again
MUTED = 0.49  # the highest score in them
NOTHING = -1  # the reason of a usual row
FAR = 1.75  # the distance of a row of many channels at which the score is 0.5: chosen on 23 runs of SKAB
STEEPNESS = 4.0  # of the score around that distance
STEPS = 64  # from so many the season is known, if times are
SEASON_SOUGHT = (512, 2048, 8192)  # rows at which a season is looked for in values without times


@dataclass
class Channel:
    """One series of a table: what predicts it and what judges the errors."""

    predictor: Predictor = field(default_factory=Predictor)
    statistics: Statistics = field(default_factory=Statistics)

    def follow(self, network: Network, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read values `[steps]`, NaN where they are missing. Returns the rarities `[reasons, steps]`, 0 at gaps, and what was
        expected `[steps, 3]`, as `Predictor.follow` does."""
        present = ~np.isnan(values)
        expected, errors = self.predictor.follow(network, values)
        differences = np.full(len(values), np.nan)
        known = self.predictor.differences(len(values))
        differences[len(values) - len(known) :] = known
        seen = differences[present]
        rarities = np.zeros((len(REASONS), len(values)))
        rarities[:, present] = self.statistics.follow(values[present], errors[present], seen[~np.isnan(seen)])
        return rarities, expected


@dataclass(frozen=True)
class Found:
    """What a detector says of rows.

    Args:
        score: 0 to 1, `[steps]`; 0.5 at the threshold.
        anomaly: whether to give an alarm, bool `[steps]`.
        expected: value, and the ends of its 95 % interval, `[steps, channels, 3]`; NaN where nothing is known of a channel yet.
        channel: the most unusual one, `[steps]`.
        reason: index into `REASONS`, their number where it is all channels together, NOTHING for a usual row; `[steps]`.
    """

    score: np.ndarray
    anomaly: np.ndarray
    expected: np.ndarray
    channel: np.ndarray
    reason: np.ndarray


@dataclass
class Detector:
    """Reads a table row by row, and keeps what it needs of the past: its size does not grow.

    Args:
        channels: one for each column.
        reference: of all columns together; used if there are several.
        sensitivity: rows may be so many times less rare than by default.
        train: rows at the start that count as normal.
        rows: read so far.
        times: of the first rows in seconds, until the season is known.
        alarm: the row of the last alarm.
    """

    channels: list[Channel]
    reference: Reference
    sensitivity: float = 1.0
    train: int = 0
    rows: int = 0
    times: list[float] = field(default_factory=list)
    alarm: int = -QUIET

    @classmethod
    def of(cls, columns: int, sensitivity: float = 1.0, train: int = 0) -> "Detector":
        """A detector that has read nothing."""
        return cls([Channel() for _ in range(columns)], Reference(columns, train or ROWS), sensitivity, train)

    def follow(self, network: Network, values: np.ndarray, times: np.ndarray | None = None) -> Found:
        """Read rows.

        Args:
            network: `inputs` `[1, steps, FEATURES]` and states to `parameters` and states.
            values: float64 `[steps, channels]`, NaN where they are missing.
            times: in seconds, `[steps]`; give them for all blocks or for none.
        """
        parts, begin = [], 0
        while begin < len(values):
            stops = [stop - self.rows for stop in (STEPS, *SEASON_SOUGHT) if stop > self.rows]
            end = begin + min([BLOCK, len(values) - begin, *stops])
            parts.append(self._block(network, values[begin:end]))
            if times is not None and self.rows <= STEPS:
                self.times += times[begin:end].tolist()
            self._look_for_season()
            begin = end
        if not parts:
            return Found(*(np.zeros(shape) for shape in (0, 0, (0, len(self.channels), 3), 0, 0)))
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return Found(*(np.concatenate(column) for column in columns))

    def _block(self, network: Network, values: np.ndarray) -> Found:
        found = [channel.follow(network, column) for channel, column in zip(self.channels, values.T, strict=True)]
        rarities = np.stack([rarity for rarity, _ in found])
        expected = np.stack([expected for _, expected in found], axis=1)
        by_channel = np.stack([together(list(rarity)) for rarity in rarities])
        channel = by_channel.argmax(axis=0)
        reason = rarities.argmax(axis=1)[channel, np.arange(len(values))]
        reason[by_channel.max(axis=0) <= 0] = NOTHING
        score = logistic(together(list(by_channel)) - RARE + np.log10(self.sensitivity))
        score[np.isnan(values).all(axis=1)] = 0.0
        score[: max(0, self.train - self.rows)] = 0.0
        anomaly = self._alarms(score)
        if len(self.channels) > 1:
            distance, farthest = self.reference.follow(values)
            state = state_score(distance * self.sensitivity)
            state[: max(0, self.train - self.rows)] = 0.0
            lasting = state > score
            score = np.maximum(score, state)
            anomaly |= state >= 0.5
            channel, reason = np.where(lasting, farthest, channel), np.where(lasting, len(REASONS), reason)
        self.rows += len(values)
        return Found(score, anomaly, expected, channel, reason)

    def _alarms(self, score: np.ndarray) -> np.ndarray:
        """Where to give an alarm: once for an event. The score of the rows after it is muted in place."""
        alarms = np.zeros(len(score), bool)
        quiet = self.alarm + QUIET - self.rows + 1
        score[: max(0, quiet)] = np.minimum(score[: max(0, quiet)], MUTED)
        for row in np.flatnonzero(score >= 0.5):
            if self.rows + row > self.alarm + QUIET:
                alarms[row], self.alarm = True, int(self.rows + row)
                score[row + 1 : row + 1 + QUIET] = np.minimum(score[row + 1 : row + 1 + QUIET], MUTED)
        return alarms

    def _look_for_season(self) -> None:
        """Learn the season from the times of the first rows, or else from the values."""
        if self.rows == STEPS and self.times:
            season = season_of_step(float(np.median(np.diff(self.times))))
            for channel in self.channels:
                channel.predictor.season = season
            self.times = []
        if self.rows in SEASON_SOUGHT:
            for channel in self.channels:
                if channel.predictor.season == 1:
                    channel.predictor.season = find_season(channel.predictor.recent)


def logistic(rarity: np.ndarray) -> np.ndarray:
    """The score of a rarity relative to the threshold: the odds of an anomaly are ten times higher for a row ten times rarer."""
    return 1 / (1 + 10.0 ** -np.clip(rarity, -30, 30))


def state_score(distance: np.ndarray) -> np.ndarray:
    """The score of a row's distance from the reference."""
    ratio = np.maximum(distance, 1e-9) / FAR
    return 1 / (1 + ratio**-STEEPNESS)
