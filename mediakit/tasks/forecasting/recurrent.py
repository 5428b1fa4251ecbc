"""The recurrent forecaster at run time: an LSTM that has learned from many series sets, at each step, the weights of the lags and
the distribution of the next value; forecasts are sampled paths (DeepAR, Salinas et al. 2017, section 3)."""

from collections.abc import Sequence

import numpy as np

from mediakit.media.lag_features import distribution, features, lagged, lags_of
from mediakit.runtime.network import Network
from mediakit.tasks.forecasting.forecast import Prediction
from mediakit.tasks.forecasting.methods import best_scale
from mediakit.tasks.forecasting.scales import Scale

CONTEXT = 128  # steps that the network reads before it forecasts
PATHS = 400
FARTHEST = 20.0  # deviations from the recent mean at which a path is held


class Recurrent:
    """Forecasts with a step network: `input` `[paths, FEATURES]` and states to `parameters` `[paths, PARAMETERS]` and new states."""

    def __init__(self, network: Network):
        self._network = network
        self._states = {tensor["name"]: int(tensor["shape"][-1]) for tensor in network.inputs if tensor["name"].startswith("state")}

    def __call__(self, values: np.ndarray, horizon: int, season: int, levels: Sequence[int], seed: int = 0) -> Prediction:
        """The median of the sampled paths, and their quantiles."""
        paths = self.paths(values, horizon, season, PATHS, seed)
        shares = {level: ((100 - level) / 200, (100 + level) / 200) for level in levels}
        return Prediction(np.median(paths, axis=0), {level: np.quantile(paths, share, axis=0).T for level, share in shares.items()})

    def paths(self, values: np.ndarray, horizon: int, season: int, count: int, seed: int = 0) -> np.ndarray:
        """Sampled futures `[count, horizon]`: quantiles of their sums or maxima are those of the future's."""
        recent = values[-(4 * season + 96) :]
        if np.ptp(recent) == 0:
            return np.full((count, horizon), recent[-1])
        scale = Scale.of(recent, best_scale(values, season)[0].log)
        known = scale.apply(values)
        rng = np.random.default_rng(seed)
        states = self._read(known, season)
        states = {name: np.repeat(state, count, axis=0) for name, state in states.items()}
        needed = min(len(known), int(lags_of(season).max()))
        paths = np.concatenate([np.repeat(known[None, len(known) - needed :], count, axis=0), np.zeros((count, horizon))], axis=1)
        offset = len(known) - needed
        for step in range(horizon):
            time = np.array([needed + step])
            found, available, start = lagged(paths, time, season)
            inputs = features(found, available, time + offset, season)[:, 0]
            answer = self._network(input=inputs, **states)
            states = {name: answer[name] for name in states}
            middle, width, freedom = distribution(answer["parameters"], found[:, 0], start[:, 0])
            drawn = middle + width * rng.standard_t(freedom)
            paths[:, needed + step] = np.clip(drawn, -FARTHEST, FARTHEST)
        return scale.invert(paths[:, needed:])

    def _read(self, known: np.ndarray, season: int) -> dict[str, np.ndarray]:
        """The states `[1, units]` after the end of the history."""
        states = {name: np.zeros((1, units), np.float32) for name, units in self._states.items()}
        times = np.arange(max(1, len(known) - CONTEXT), len(known))
        if not len(times):
            return states
        found, available, _ = lagged(known, times, season)
        for row in features(found, available, times, season):
            answer = self._network(input=row[None], **states)
            states = {name: answer[name] for name in states}
        return states
