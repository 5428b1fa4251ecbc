"""The recurrent network on a stream: what it expects of each value before it comes."""

from dataclasses import dataclass, field

import numpy as np

from mediakit.media.lag_features import distribution
from mediakit.runtime.network import Network
from mediakit.tasks.anomalies.moments import moments
from mediakit.tasks.anomalies.scaling import RunningScale, expand

BLOCK = 256  # rows of one call of the network; a call takes longer than linearly in its rows
KEPT = 2801  # values that lags may reach
NORMAL = 1.96  # of 95 %
WIDEST = 5.0  # an interval in a gap is at most so many times as wide as that of the next value


@dataclass
class Predictor:
    """Predicts a series one step ahead, block by block.

    The network reads the values that are there. A gap is filled with the values of a season ago, or with the last one.

    Args:
        rows: read so far, from the first value on.
        season: in rows; 1 for none.
        scale: of the series.
        recent: the last values, gaps filled.
        states: of the network.
        gap: missing values since the last one.
        reach: half the last interval before the gap.
    """

    rows: int = 0
    season: int = 1
    scale: RunningScale = field(default_factory=RunningScale)
    recent: np.ndarray = field(default_factory=lambda: np.empty(0))
    states: dict[str, np.ndarray] = field(default_factory=dict)
    gap: int = 0
    reach: float = np.nan

    def follow(self, network: Network, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read at most BLOCK values, NaN where one is missing.

        Returns the expected values and their 95 % intervals `[steps, 3]`, each from earlier values: NaN up to and at the first one,
        without an interval at the second; and the errors of the expected values `[steps]`, 0 where there is none. A value after a gap
        has a wider interval, and its error counts for less.
        """
        expected, errors = np.full((len(values), 3), np.nan), np.zeros(len(values))
        known = np.flatnonzero(~np.isnan(values))
        begin = 0 if self.rows else int(known[0]) if len(known) else len(values)
        if begin < len(values):
            expected[begin:], errors[begin:] = self._follow(network, values[begin:])
        return expected, errors

    def _follow(self, network: Network, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `follow`, from the first value on."""
        present = ~np.isnan(values)
        series = self._filled(values)
        expected = np.repeat(series[len(self.recent) :, None], 3, axis=1)
        seen = self.scale.count
        scale, rows = self.scale.follow(values[present]), np.flatnonzero(present)
        first, second = rows[: max(0, 1 - seen)], rows[max(0, 1 - seen) : max(0, 2 - seen)]
        expected[first] = np.nan
        scale, rows = scale[len(first) :], rows[len(first) :]
        if len(rows):
            expected[rows] = self._predicted(network, series, rows + len(self.recent), scale)
        expected[second, 1:] = np.nan  # one value has no spread
        wider = self._widen(expected, present)
        self.rows += len(values)
        self.recent = series[-KEPT:]
        return expected, np.nan_to_num((values - expected[:, 0]) / wider)

    def _filled(self, values: np.ndarray) -> np.ndarray:
        """The recent values and these, gaps filled."""
        series = np.concatenate([self.recent, values])
        for row in np.flatnonzero(np.isnan(series)):
            series[row] = series[row - (self.season if row >= self.season else 1)]
        return series

    def _predicted(self, network: Network, series: np.ndarray, rows: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """What the network expects at some rows of a series, on the scales of these moments: values and intervals `[rows, 3]`."""
        inputs, found, start = moments(series, rows, self.season, scale, self.rows - len(self.recent))
        answer = network(inputs=inputs[None], **self._states_of(network))
        self.states = {name: answer[name] for name in self.states}
        middle, width, freedom = distribution(answer["parameters"][0], found, start)
        reach = width * student_quantile(NORMAL, freedom)
        bounds = np.stack([middle, middle - reach, middle + reach], axis=1)
        return expand(bounds, *scale.T[:, :, None])

    def _widen(self, expected: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Widen the intervals of gaps and of the values after them in place, as those of a random walk. Returns how many times wider
        than one step ahead each is, `[steps]`."""
        places = np.arange(len(present))
        last = np.maximum.accumulate(np.where(present, places, -1 - self.gap))  # the last value so far, maybe of an earlier block
        before = np.concatenate([[-1 - self.gap], last[:-1]])
        wider = np.minimum(np.sqrt(places - before), WIDEST)
        half = (expected[:, 2] - expected[:, 1]) / 2
        reach = np.where(last >= 0, half[np.maximum(last, 0)], self.reach)
        bounds = np.where(present[:, None], expected[:, 1:] - expected[:, :1], reach[:, None] * [-1, 1])
        expected[:, 1:] = expected[:, :1] + bounds * wider[:, None]
        self.gap, self.reach = int(places[-1] - last[-1]), float(reach[-1])
        return wider

    def differences(self, count: int) -> np.ndarray:
        """Of the last `count` values read, those that have a season before them: how far they are from the one a season ago, or two
        seasons ago if that is nearer. So an event of one season does not make the next one unusual."""
        known = min(count, max(0, len(self.recent) - self.season)) if self.season > 1 else 0
        twice = min(known, max(0, len(self.recent) - 2 * self.season))
        found = self._since(self.season, known)
        nearest, second = found[known - twice :], self._since(2 * self.season, twice)
        found[known - twice :] = np.where(np.abs(second) < np.abs(nearest), second, nearest)
        return found

    def _since(self, lag: int, count: int) -> np.ndarray:
        """The last `count` values less those `lag` rows before them."""
        end = len(self.recent)
        return self.recent[end - count :] - self.recent[end - count - lag : end - lag]

    def _states_of(self, network: Network) -> dict[str, np.ndarray]:
        if not self.states:
            sizes = {tensor["name"]: tensor["shape"] for tensor in network.inputs if tensor["name"].startswith("state")}
            self.states = {name: np.zeros(size, np.float32) for name, size in sizes.items()}
        return {name: state.astype(np.float32, copy=False) for name, state in self.states.items()}


def student_quantile(normal: float, freedom: np.ndarray) -> np.ndarray:
    """The quantile of Student's t at which the normal distribution has `normal`, to 1 % (Wallace 1959)."""
    scaled = normal * (8 * freedom + 3) / (8 * freedom + 1)
    return np.sqrt(freedom * np.expm1(scaled**2 / freedom))
