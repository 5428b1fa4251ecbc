"""Which roads the others' forecasts depend on most: by the learned weights, and by hiding each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.tasks.traffic.watching import Moment
from mediakit.tasks.traffic.windows import OWN_CHANNELS, STEPS, network_inputs

PAIRS = 4096  # of a hidden road and one that sees it, side by side


@dataclass(frozen=True)
class Influence:
    """How much the roads have to say in the forecasts of others.

    Args:
        by_weights: the sum of the learned weights with which a road enters the features of others, `[roads]`.
        by_occlusion: by how much the forecasts of all other roads change together, on average over moments and steps, when a road's
            readings are hidden, in the unit of the speeds, `[roads]`.
        agreement: Spearman's rank correlation of the two.
    """

    by_weights: np.ndarray
    by_occlusion: np.ndarray
    agreement: float

    def ranks(self) -> list[tuple[int, int]]:
        """The ranks of each road by weights and by occlusion, 1 for the most influential."""
        places = [(-values).argsort(kind="stable").argsort(kind="stable") + 1 for values in (self.by_weights, self.by_occlusion)]
        return list(zip(*(place.tolist() for place in places), strict=True))

    def shared(self, count: int) -> int:
        """How many roads are among the first so many by both."""
        return sum(max(pair) <= count for pair in self.ranks())


def influence(moments: Sequence[Moment], kernels: np.ndarray, network: Callable[..., dict[str, np.ndarray]]) -> Influence:
    """The influence of all roads.

    Args:
        moments: over which occlusion is averaged.
        kernels: of the graph convolution, `[hops, roads, roads]`.
        network: `forecaster`, see `windows.network_inputs`.
    """
    away = kernels * (1 - np.eye(kernels.shape[-1], dtype=np.float32))
    weights = np.abs(away).sum(axis=(0, 1)).astype(np.float64)
    occlusion = np.mean([_occluded(moment, away, network) for moment in moments], axis=0)
    return Influence(weights, occlusion, rank_correlation(weights, occlusion))


def _occluded(moment: Moment, kernels: np.ndarray, network: Callable[..., dict[str, np.ndarray]]) -> np.ndarray:
    """The change of the others' forecasts at one moment when a road shows what is usual in place of its readings, `[roads]`.

    Roads see one another through the features of their neighbourhoods alone, which are linear in the readings.
    """
    inputs = network_inputs(moment.deviations[None], moment.typical[None], moment.clock[None], kernels)
    whole = network(**inputs)["forecast"]
    history = inputs["history"]
    change = moment.typical[:STEPS] - history[:, :, 0].T  # of a road's readings, `[STEPS, roads]`
    pairs = np.argwhere(np.abs(kernels).sum(axis=0) > 0)
    found = np.zeros(len(whole))
    for start in range(0, len(pairs), PAIRS):
        seeing, hidden = pairs[start : start + PAIRS].T
        without = history[seeing]
        without[:, :, OWN_CHANNELS:] += np.einsum("kp,tp->ptk", kernels[:, seeing, hidden], change[:, hidden])
        rows = {"history": without, "ahead": inputs["ahead"][seeing], "clock": inputs["clock"][seeing]}
        difference = np.abs(network(**rows)["forecast"] - whole[seeing]).mean(axis=1)
        np.add.at(found, hidden, difference * moment.free_flow[seeing])
    return found


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of the ranks; ties share theirs. 0 where either says the same of all."""
    ranks = np.stack([_ranks(values) for values in (one, other)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    size = float(np.sqrt((ranks**2).sum(axis=1).prod()))
    return float(ranks[0] @ ranks[1] / size) if size > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]
