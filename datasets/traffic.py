"""Speeds of a road network: the Los-loop files of Zhao et al. (2019), or anybody's tables.

A folder holds one table of speeds and one adjacency matrix, whose name has `adj` in it; see `mediakit.media.road_speeds` for what
they may look like. Los-loop names its detectors and gives no times; its readings begin on Thursday, 1 March 2012 at 0:00.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import DataError, InputError
from mediakit.media.road_speeds import RoadSpeeds, read_graph, read_speeds

ENDINGS = (".csv", ".csv.gz", ".txt")
LOS_LOOP = "los_speed.csv"
LOS_LOOP_BEGINS = np.datetime64("2012-03-01T00:00:00")
MINUTES = 5  # of a step where there are no times


@dataclass(frozen=True)
class Traffic:
    """The readings of a road network.

    Args:
        speeds: of its roads; NaN where a reading is missing.
        graph: adjacency, float64 `[roads, roads]`.
    """

    speeds: RoadSpeeds
    graph: np.ndarray


def read(folder: Path) -> Traffic:
    """The speeds and the graph in a folder. Raises DataError where either is missing or they do not belong together."""
    if not folder.is_dir():
        raise DataError(
            f"{folder}: is no folder; give one with a table of speeds and an adjacency matrix, such as speeds.csv and adjacency.csv"
        )
    tables = sorted(path for path in folder.iterdir() if path.name.lower().endswith(ENDINGS))
    graphs = [path for path in tables if "adj" in path.name.lower()]
    speeds = [path for path in tables if path not in graphs and "position" not in path.name.lower()]
    if len(graphs) != 1 or len(speeds) != 1:
        said = ", ".join(path.name for path in tables) or "no table"
        raise DataError(f"{folder}: needs one table of speeds and one adjacency matrix with 'adj' in its name; it has {said}")
    try:
        found = read_speeds(speeds[0])
        graph = read_graph(graphs[0], len(found.names))
    except InputError as error:
        raise DataError(str(error)) from error
    if found.times is None and speeds[0].name.startswith(LOS_LOOP):
        found = with_times(found, LOS_LOOP_BEGINS, MINUTES)
    return Traffic(found, graph)


def with_times(speeds: RoadSpeeds, begin: np.datetime64, minutes: int) -> RoadSpeeds:
    """The same readings, the first of them at `begin`."""
    times = begin + np.arange(len(speeds.speeds)) * np.timedelta64(60 * minutes, "s")
    return RoadSpeeds(speeds.names, speeds.speeds, times.astype("datetime64[s]"), minutes)
