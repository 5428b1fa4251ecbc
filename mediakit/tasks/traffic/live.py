"""Rows of readings as they arrive."""

import csv
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from mediakit.errors import InputError
from mediakit.media.road_speeds import is_header, parse_readings
from mediakit.media.timestamps import parse_times
from mediakit.tasks.traffic.forecast import TrafficForecast

if TYPE_CHECKING:
    from mediakit.tasks.traffic.pipeline import TrafficForecaster


def follow(pipeline: "TrafficForecaster", lines: Iterable[str], graph: np.ndarray | None = None) -> Iterator[tuple[int, TrafficForecast]]:
    """The forecast after each row from the twelfth on, with the row's number from 0, as soon as the row is there.

    Args:
        pipeline: of the model.
        lines: of CSV, as `mediakit.media.road_speeds.read_speeds` takes it.
        graph: adjacency `[roads, roads]`; by default that of the roads that the model knows.

    Raises InputError for a row that is no row of readings.
    """
    count = len(pipeline.roads.names if graph is None else graph)
    names: list[str] = []
    watch, row = None, 0
    for number, cells in enumerate(csv.reader(lines), 1):
        if not cells:
            continue
        if watch is None and is_header(cells):
            names = cells[-count:]
            continue
        if len(cells) not in (count, count + 1):
            raise InputError(f"standard input: row {number} has {len(cells):,} cells; wanted {count:,} readings, after a time or alone")
        time = _time(cells[0], number) if len(cells) > count else None
        watch = watch or pipeline.watch(graph, names)
        watch.observe(parse_readings(cells[-count:], f"standard input: row {number}"), time)
        moment = watch.moment()
        if moment is not None:
            [forecast] = watch.forecasts([moment])
            yield row, forecast
        row += 1


def _time(cell: str, number: int) -> np.datetime64:
    times = parse_times([cell])
    if times is None:
        raise InputError(f"standard input: row {number} begins with {cell[:40]!r}, which is no time; write it as 2024-12-31 23:55")
    return times[0]
