"""Traffic forecasts as `mediakit serve` offers them."""

import io
import math
from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.traffic.forecast import TrafficForecast

DRAWN = 30  # minutes ahead of the speeds on the map
LISTED = 10  # roads in the table, the slowest first
AHEAD = (15, 30, 45, 60)  # minutes, in the table


class Answer(TypedDict):
    """The speeds of a road network: `forecast` and `usual` by step and road, `last` and `free_flow` by road, the minutes of a step,
    whether the model has learned from these roads, and the times of the steps if those of the readings are known."""

    roads: list[str]
    minutes: int
    known: bool
    last: list[float]
    free_flow: list[float]
    forecast: list[list[float]]
    usual: list[list[float]]
    times: list[str] | None


def _map(found: "TrafficForecast") -> bytes:
    file = io.BytesIO()
    found.draw(DRAWN).save(file, "PNG")
    return file.getvalue()


def _views(found: "TrafficForecast") -> list[views.View]:
    return [views.Picture(_map(found), f"Speeds in {DRAWN} minutes relative to free flow", wide=True), _mean_speed(found), _slowest(found)]


def _mean_speed(found: "TrafficForecast") -> views.Plot:
    """The mean over all roads, now and at each step."""
    said = found.to_dict()
    forecast, usual = ([round(float(mean), 2) for mean in part.mean(axis=1)] for part in (found.speeds, found.usual))
    axis = ["now", *(said["times"] or [f"+{step * found.minutes}" for step in range(1, len(found.speeds) + 1)])]
    lines = [views.Line("forecast", [round(float(found.last.mean()), 2), *forecast]), views.Line("usual", usual, 1)]
    return views.Plot(lines, axis=axis, title="mean speed of all roads, by minutes ahead")


def _slowest(found: "TrafficForecast") -> views.Table:
    """The roads that will be slowest relative to free flow at any step."""
    steps = [minutes // found.minutes - 1 for minutes in AHEAD if minutes % found.minutes == 0 and minutes >= found.minutes]
    order = (found.speeds / found.free_flow).min(axis=0).argsort(kind="stable")[:LISTED]
    rows = [
        [found.roads[road], *(f"{value:.0f}" for value in (found.free_flow[road], found.last[road], *found.speeds[steps, road]))]
        for road in order
    ]
    return views.Table(["slowest roads", "free flow", "now", *(f"+{(step + 1) * found.minutes} min" for step in steps)], rows)


def _rush_hour() -> str:
    """An hour on the roads that the shipped model knows, some of which get slower from row to row."""
    rows = (
        ",".join(f"{65 - 3 * row * max(0.0, math.sin(road / 9)) + math.sin(road * row):.1f}" for road in range(207)) for row in range(12)
    )
    return "\n".join(rows) + "\n"


SERVICE = Service(
    title="Traffic",
    summary="Forecasts the speeds of a road network's roads in the next hour: a row for every five minutes, a column for each road.",
    input=Input.TABLE,
    model="traffic",
    answer=Answer,
    views=_views,
    options={
        "roads": Option("How the roads are joined: an adjacency matrix; left out for the model's own roads", file="text/csv"),
    },
    files={"image/png": _map},
    samples=(_rush_hour(),),
)
