"""What is forecast of a road network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.media.timestamps import written
from mediakit.runtime.results import DrawnResult

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, repr=False)
class TrafficForecast(DrawnResult):
    """The speeds of a road network's roads in the next hour.

    Args:
        roads: their names.
        speeds: float64 `[steps, roads]`, in the unit of the readings.
        last: the last reading of each road, or what was put in its place.
        usual: what is usual at those times, `[steps, roads]`.
        free_flow: speeds `[roads]`.
        minutes: of a step.
        graph: adjacency, `[roads, roads]`.
        known: whether the model has learned from these roads.
        times: of the steps, datetime64[s] `[steps]`, if those of the readings are known.
    """

    roads: list[str]
    speeds: np.ndarray
    last: np.ndarray
    usual: np.ndarray
    free_flow: np.ndarray
    minutes: int
    graph: np.ndarray
    known: bool
    times: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; speeds have two decimals, `times` is null where they are not known."""
        return {
            "roads": self.roads,
            "minutes": self.minutes,
            "known": self.known,
            "last": rounded(self.last),
            "free_flow": rounded(self.free_flow),
            "forecast": rounded(self.speeds),
            "usual": rounded(self.usual),
            "times": None if self.times is None else written(self.times),
        }

    def step_at(self, minutes: int) -> int:
        """The index of the step that is nearest to so many minutes ahead."""
        return min(max(round(minutes / self.minutes), 1), len(self.speeds)) - 1

    def draw(self, minutes: int = 60) -> "Image":
        """The roads as a graph, coloured by their speed so many minutes ahead relative to free flow."""
        from mediakit.tasks.traffic.layout import layout
        from mediakit.tasks.traffic.road_map import draw_map

        return draw_map(layout(self.graph), self.graph, self.speeds[self.step_at(minutes)] / self.free_flow)


def rounded(speeds: np.ndarray) -> Any:
    """Speeds with two decimals, as lists."""
    return np.round(speeds.astype(np.float64), 2).tolist()
