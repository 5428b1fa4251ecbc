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


@dataclass
class Predictor:
    """Predicts a series one step ahead, block by block.

    Args:
        rows: read so far.
        season: in rows; 1 for none.
        scale: of the series.
        recent: the last values, gaps filled.
        states: of the network.
    """

    rows: int = 0
    season: int = 1
    scale: RunningScale = field(default_factory=RunningScale)
    recent: np.ndarray = field(default_factory=lambda: np.empty(0))
    states: dict[str, np.ndarray] = field(default_factory=dict)

    def follow(self, network: Network, values: np.ndarray) -> np.ndarray:
        """Read at most BLOCK values. Returns the expected value and its 95 % interval `[steps, 3]`; each is from earlier values."""
        scale = self.scale.follow(values)
        series = np.concatenate([self.recent, values])
        predicted = np.repeat(values[:, None], 3, axis=1)  # nothing is expected of the very first value
        first = 1 if not self.rows else 0
        if len(values) > first:
            rows = np.arange(len(self.recent) + first, len(series))
            inputs, found, start = moments(series, rows, self.season, scale[first:], self.rows - len(self.recent))
            answer = network(inputs=inputs[None], **self._states_of(network))
            self.states = {name: answer[name] for name in self.states}
            middle, width, freedom = distribution(answer["parameters"][0], found, start)
            reach = width * student_quantile(NORMAL, freedom)
            bounds = np.stack([middle, middle - reach, middle + reach], axis=1)
            predicted[first:] = expand(bounds, *scale[first:].T[:, :, None])
        self.rows += len(values)
        self.recent = series[-KEPT:]
        return predicted

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
