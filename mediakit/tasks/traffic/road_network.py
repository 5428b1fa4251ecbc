"""What a model keeps of the roads that it has learned from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import ModelError
from mediakit.tasks.traffic.profiles import DailyProfile

FREE_FLOW = 85  # percentile of a road's speeds, as is usual where no limit is known


@dataclass(frozen=True)
class RoadNetwork:
    """Roads and what is usual on them.

    Args:
        names: of the roads.
        graph: adjacency, `[roads, roads]`.
        free_flow: speeds `[roads]`.
        profile: of the roads' deviations from free flow.
    """

    names: list[str]
    graph: np.ndarray
    free_flow: np.ndarray
    profile: DailyProfile

    def is_of(self, graph: np.ndarray) -> bool:
        """Whether a graph is this one."""
        return graph.shape == self.graph.shape and np.allclose(graph, self.graph, rtol=1e-4, atol=1e-6)

    def save(self, path: Path) -> None:
        """Write a .npz file."""
        np.savez_compressed(
            path,
            names=np.array(self.names),
            graph=self.graph.astype(np.float32),
            free_flow=self.free_flow.astype(np.float32),
            mean=self.profile.mean.astype(np.float16),
            spread=self.profile.spread.astype(np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> "RoadNetwork":
        """Read what `save` wrote. Raises ModelError for another file."""
        try:
            with np.load(path) as file:
                profile = DailyProfile(file["mean"].astype(np.float32), file["spread"])
                return cls(file["names"].tolist(), file["graph"], file["free_flow"], profile)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: holds no road network: {error}") from error


def free_flow_of(speeds: np.ndarray) -> np.ndarray:
    """Free-flow speeds `[roads]` from readings `[rows, roads]` with NaN where one is missing. A road without readings has the median
    of the others, or 1 if there are none."""
    seen = ~np.isnan(speeds)
    read = seen.any(axis=0)
    found = np.full(speeds.shape[1], np.nan)
    if read.any():
        found[read] = np.nanpercentile(speeds[:, read], FREE_FLOW, axis=0)
        found[~read] = np.median(found[read])
    return np.where(np.isnan(found), 1.0, found)
