"""Speeds in, the speeds of the next hour out."""

import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mediakit.errors import InputError, InputWarning, MediakitError, ModelError
from mediakit.media.road_speeds import RoadSpeeds, read_graph, read_speeds
from mediakit.media.timestamps import following
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.workers import Pool
from mediakit.tasks.traffic.forecast import TrafficForecast
from mediakit.tasks.traffic.graph import neighbourhoods
from mediakit.tasks.traffic.influence import Influence, influence
from mediakit.tasks.traffic.road_network import RoadNetwork
from mediakit.tasks.traffic.unusual import UnusualRoad, rows_needed, unusual
from mediakit.tasks.traffic.watching import KnownRoads, Moment, OtherRoads
from mediakit.tasks.traffic.windows import HORIZON, STEPS, filled, network_inputs

Item = RoadSpeeds | np.ndarray | str | Path
Graph = np.ndarray | str | Path | bytes | None
OCCLUDED = 4  # moments over which influence is measured
TOGETHER = 16  # moments that the network sees side by side


def load(folder: ModelFolder, *, threads: int | None = None) -> "TrafficForecaster":
    """The pipeline of a traffic model folder."""
    return TrafficForecaster(folder, threads)


class TrafficForecaster(Pipeline[Item, TrafficForecast]):
    """Forecasts the speeds of road networks: tables as `mediakit.media.road_speeds.read_speeds` returns them, their paths, or arrays
    `[rows, roads]` with NaN or 0 where a reading is missing.

    Roads that the model has learned from are forecast with the weights of their edges and their usual days; all others with what
    holds for any road, and their own earlier days.

    Args:
        folder: an opened model folder of the task traffic, with a network `forecaster`, for a model with a graph also `graph`, and a
            file `roads`.
        threads: how many tables are forecast side by side; by default one per processor, at most four.
    """

    columns = ("roads", "minutes", "known", "last", "free_flow", "forecast", "usual", "times")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self.roads = RoadNetwork.load(folder.file("roads"))
        self.minutes = int(folder.config["minutes"])
        self._kernels = _learned_kernels(folder, len(self.roads.names))
        self._networks = Pool(lambda: folder.network("forecaster"))

    def stream(
        self, tables: Iterable[Item | MediakitError], *, roads: Graph = None
    ) -> Iterator[tuple[Item | MediakitError, TrafficForecast | MediakitError]]:
        """Yield each table with the forecast that follows its last row or an error, in order, at flat memory.

        Args:
            tables: an error among them is yielded in its place.
            roads: how the roads are joined: an adjacency matrix `[roads, roads]`, or the path or content of its CSV file. By default
                that of the roads that the model has learned from.
        """
        return self._one_by_one(tables, lambda index, item: self._last(item, roads))

    def _is_many(self, items: object) -> bool:
        return isinstance(items, list | tuple)

    def rolling(self, table: Item, roads: Graph = None) -> Iterator[tuple[int, TrafficForecast]]:
        """The forecast after each row from the twelfth on, with the number of the row, counted from 0. Each knows no later row."""
        speeds, graph = self.prepare(table, roads)
        watch = self.watch(graph, speeds.names)
        waiting: list[tuple[int, Moment]] = []
        for row, time in enumerate(_times(speeds)):
            watch.observe(speeds.speeds[row], time)
            moment = watch.moment()
            if moment is not None:
                waiting.append((row, moment))
            if len(waiting) == TOGETHER or (waiting and row == len(speeds.speeds) - 1):
                made = watch.forecasts([moment for _, moment in waiting])
                for (origin, _), forecast in zip(waiting, made, strict=True):
                    yield origin, replace(forecast, times=self._times_after(speeds, origin))
                waiting = []

    def influence(self, table: Item, roads: Graph = None) -> Influence:
        """Which roads the forecasts of others depend on, over some moments of a table."""
        speeds, graph = self.prepare(table, roads)
        watch = self.watch(graph, speeds.names)
        chosen = set(np.linspace(STEPS - 1, len(speeds.speeds) - 1, OCCLUDED).round().astype(int).tolist())
        moments = []
        for row, time in enumerate(_times(speeds)):
            watch.observe(speeds.speeds[row], time)
            moment = watch.moment() if row in chosen else None
            if moment is not None:
                moments.append(moment)
        with self._networks.one() as network:
            return influence(moments, watch.kernels(moments[-1]), network)

    def unusual(self, table: Item, roads: Graph = None, threshold: float = 2.5) -> list[UnusualRoad]:
        """The roads whose readings of the last half hour are not what was forecast an hour before, or not what is usual.

        Raises InputError for less than two hours and a row of readings.
        """
        speeds, graph = self.prepare(table, roads)
        if len(speeds.speeds) <= STEPS + HORIZON:
            raise InputError(f"{len(speeds.speeds)} rows of readings are too few to tell unusual roads; {STEPS + HORIZON + 1} are needed")
        count = rows_needed(len(speeds.speeds))
        made = [forecast for _, forecast in self.rolling(speeds, graph)][-(count - STEPS + 1) : -HORIZON]
        return unusual(speeds.speeds, made, threshold)

    def watch(self, graph: np.ndarray | None = None, names: Sequence[str] = ()) -> "Watch":
        """A watch over a road network that is fed row by row.

        Args:
            graph: adjacency `[roads, roads]`; by default that of the roads that the model has learned from.
            names: of the roads.
        """
        known = graph is None or self.roads.is_of(graph)
        if not known:
            _warn_of_others(len(self.roads.names))
        graph = self.roads.graph if graph is None else graph
        names = list(names) or (self.roads.names if known else [f"road {i + 1}" for i in range(len(graph))])
        return Watch(self, graph, names, known)

    def prepare(self, table: Item, roads: Graph = None) -> tuple[RoadSpeeds, np.ndarray]:
        """Speeds and graph, checked. Raises InputError where they cannot be used or do not belong together."""
        if isinstance(table, MediakitError):
            raise table
        speeds = _speeds(table)
        count = len(speeds.names)
        if isinstance(roads, str | Path):
            graph = read_graph(Path(roads), count)
        elif isinstance(roads, bytes):
            graph = read_graph(io.BytesIO(roads), count)
        elif roads is not None:
            graph = _checked(roads, count)
        elif count == len(self.roads.names):
            graph = self.roads.graph
        else:
            raise InputError(
                f"roads: {count:,}, but the model knows {len(self.roads.names):,} others; give the adjacency matrix of yours (--roads FILE)"
            )
        if len(speeds.speeds) < STEPS:
            raise InputError(f"{len(speeds.speeds)} rows of readings are too few; a forecast needs {STEPS}")
        if speeds.minutes is not None and abs(speeds.minutes - self.minutes) > 0.05:
            raise InputError(f"the rows are {speeds.minutes:g} minutes apart, but the model reads steps of {self.minutes}; resample them")
        if np.isnan(speeds.speeds[-STEPS:]).all():
            raise InputError(f"the last {STEPS} rows hold no reading")
        return speeds, graph

    def kernels(self, graph: np.ndarray, free_flow: np.ndarray) -> np.ndarray:
        """The graph convolution's kernels `[hops, roads, roads]`: the learned ones for the roads that the model knows."""
        if self.roads.is_of(graph):
            return self._kernels
        return neighbourhoods(self.folder.config, graph, free_flow)

    def forecast_deviations(self, moments: Sequence[Moment], kernels: np.ndarray) -> np.ndarray:
        """The forecasts of moments as deviations from free flow, `[moments, HORIZON, roads]`."""
        deviations, typical, clock = (
            np.stack([getattr(moment, name) for moment in moments]) for name in ("deviations", "typical", "clock")
        )
        inputs = network_inputs(deviations, typical, clock, kernels)
        with self._networks.one() as network:
            found = network(**inputs)["forecast"]
        return found.reshape(len(moments), -1, HORIZON).transpose(0, 2, 1).astype(np.float64)

    def _last(self, item: Item, roads: Graph) -> TrafficForecast:
        """The forecast after the last row of a table."""
        speeds, graph = self.prepare(item, roads)
        watch = self.watch(graph, speeds.names)
        for row, time in zip(speeds.speeds, _times(speeds), strict=True):
            watch.observe(row, time)
        moment = watch.moment()
        assert moment is not None
        [forecast] = watch.forecasts([moment])
        return replace(forecast, times=self._times_after(speeds, len(speeds.speeds) - 1))

    def _times_after(self, speeds: RoadSpeeds, row: int) -> np.ndarray | None:
        return None if speeds.times is None else following(speeds.times[row], 60 * self.minutes, HORIZON)


class Watch:
    """A road network that is read row by row.

    Args:
        pipeline: of the model.
        graph: adjacency `[roads, roads]`.
        names: of the roads.
        known: whether the model has learned from them.
    """

    def __init__(self, pipeline: TrafficForecaster, graph: np.ndarray, names: list[str], known: bool):
        self.graph, self.names, self.known = graph, names, known
        self._pipeline = pipeline
        self._state = KnownRoads(pipeline.roads, pipeline.minutes) if known else OtherRoads(len(names), pipeline.minutes)
        self._kernels = pipeline.kernels(graph, pipeline.roads.free_flow) if known else None

    def observe(self, speeds: np.ndarray, time: np.datetime64 | None = None) -> None:
        """Take a row of readings `[roads]`, NaN where one is missing, and when it was if that is known."""
        self._state.observe(speeds, time)

    def moment(self) -> Moment | None:
        """What is known after the last row; None until there are twelve."""
        return self._state.moment()

    def forecasts(self, moments: Sequence[Moment]) -> list[TrafficForecast]:
        """What follows after some moments of this network, without times."""
        kernels = self.kernels(moments[0])  # none may know of a later one
        found = self._pipeline.forecast_deviations(moments, kernels)
        return [self._forecast(moment, deviations) for moment, deviations in zip(moments, found, strict=True)]

    def kernels(self, moment: Moment) -> np.ndarray:
        """The graph convolution's kernels at a moment, `[hops, roads, roads]`."""
        return self._pipeline.kernels(self.graph, moment.free_flow) if self._kernels is None else self._kernels

    def _forecast(self, moment: Moment, deviations: np.ndarray) -> TrafficForecast:
        whole, _ = filled(moment.deviations, moment.typical[:STEPS])
        speeds, last, usual = (np.maximum((part + 1) * moment.free_flow, 0.0) for part in (deviations, whole[-1], moment.typical[STEPS:]))
        return TrafficForecast(self.names, speeds, last, usual, moment.free_flow, self._pipeline.minutes, self.graph, self.known)


def _learned_kernels(folder: ModelFolder, roads: int) -> np.ndarray:
    """The kernels of the network `graph`, `[hops, roads, roads]`: what a linear map makes of unit vectors are its columns."""
    if "graph" not in folder.manifest["networks"]:
        return np.zeros((0, roads, roads), np.float32)
    hops = folder.network("graph")(deviations=np.eye(roads, dtype=np.float32))["hops"]
    if hops.shape[:2] != (roads, roads):
        raise ModelError(f"{folder.path}: its graph has {hops.shape[1]} roads, its file of roads {roads}; install the model again")
    return np.ascontiguousarray(hops.transpose(2, 1, 0))


def _times(speeds: RoadSpeeds) -> Iterable[np.datetime64 | None]:
    return [None] * len(speeds.speeds) if speeds.times is None else speeds.times


def _warn_of_others(known: int) -> None:
    message = (
        f"the model has learned from {known} roads of one city, not from these; it forecasts them by what holds there. "
        "For a model of your own: mediakit train traffic --data FOLDER"
    )
    warnings.warn(message, InputWarning, stacklevel=2)


def _speeds(table: Item) -> RoadSpeeds:
    """A table as speeds, missing readings NaN."""
    if isinstance(table, RoadSpeeds):
        return table
    if isinstance(table, str | Path):
        return read_speeds(Path(table))
    try:
        speeds = np.array(table, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("traffic is a table of speeds [rows, roads], its path, or a mediakit.media.road_speeds.RoadSpeeds") from error
    if speeds.ndim != 2 or not speeds.size:
        raise InputError(f"a table of speeds has rows and roads, not the shape {list(speeds.shape)}")
    if np.isinf(speeds).any() or (speeds < 0).any():
        raise InputError("a table of speeds holds negative or infinite ones; 0 or NaN means a missing reading")
    return RoadSpeeds([f"road {i + 1}" for i in range(speeds.shape[1])], np.where(speeds == 0, np.nan, speeds))


def _checked(graph: np.ndarray, count: int) -> np.ndarray:
    """An adjacency matrix of so many roads."""
    graph = np.asarray(graph, np.float64)
    if graph.shape != (count, count):
        raise InputError(f"the adjacency matrix has the shape {list(graph.shape)}, but there are speeds of {count:,} roads")
    if not np.isfinite(graph).all() or (graph < 0).any():
        raise InputError("the adjacency matrix holds negative or infinite weights")
    return graph
