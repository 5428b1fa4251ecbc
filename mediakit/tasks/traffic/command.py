"""`mediakit traffic`: the speeds of a road network in the next hour."""

import csv
import io
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import PlaceOnDisk, check_json_ending, check_place, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.path_input import STANDARD_INPUT, StandardInput

if TYPE_CHECKING:
    import numpy as np

    from mediakit.media.road_speeds import RoadSpeeds
    from mediakit.tasks.traffic.forecast import TrafficForecast
    from mediakit.tasks.traffic.influence import Influence
    from mediakit.tasks.traffic.pipeline import TrafficForecaster

HEADER = ("road", "minutes", "time", "speed", "usual", "free_flow")


FILE = PlaceOnDisk(exists=True, dir_okay=False, path_type=Path)


@click.command("traffic", short_help="Forecast the traffic of a road network.")
@click.argument("path", metavar="PATH")
@click.option("--roads", type=FILE, metavar="FILE", help="How the roads are joined: an adjacency matrix as CSV.")
@options.file("--map", ".png", ".html", choose=True, text="Draw the roads, coloured by speed and sized by influence.")
@click.option("--at", "ahead", type=click.IntRange(5, 60), metavar="MINUTES", default=30, show_default=True, help="What --map shows.")
@click.option("--positions", type=FILE, metavar="FILE", help="Where the roads are, for --map: CSV with name, lat, lon.")
@click.option("--influence", type=click.IntRange(1), metavar="N", help="Instead, print the N roads that others depend on most.")
@click.option("--anomalous", is_flag=True, help="Instead, print the roads that are not as forecast or as usual.")
@click.option(
    "--threshold",
    type=options.Number(0, min_open=True),
    default=2.5,
    show_default=True,
    metavar="X",
    help="With --anomalous, print roads whose error is X times the usual one or more.",
)
@click.option("--rolling", is_flag=True, help="Instead, forecast after every row from the twelfth on.")
@click.option("--follow", is_flag=True, help="Read rows as they arrive on standard input, and forecast after each.")
@options.json_lines("road, last, forecast, usual, free_flow, times; with --rolling and --follow: origin, forecast")
@options.output
@options.model("traffic")
@options.quiet
def command(
    path: str,
    roads: Path | None,
    map: Path | None,  # noqa: A002
    ahead: int,
    positions: Path | None,
    influence: int | None,
    anomalous: bool,
    threshold: float,
    rolling: bool,
    follow: bool,
    as_json: bool,
    output: Path | None,
    resume: bool,
    model: str,
    quiet: bool,
) -> None:
    """Forecast the speeds of all roads of a network for the next hour, in steps of five minutes.

    PATH is a CSV file with a row for every five minutes and a column for each road, or - for standard input. Names of the roads and
    a first column of times are optional; blanks and zeros are missing readings. A forecast needs an hour of readings.

    The shipped model has learned five days of 207 detectors in Los Angeles. Other roads need --roads; they are forecast by what
    holds in that city, better once the file has a day of them. For a model of your own:

    \b
    mediakit train traffic --data FOLDER

    \b
    mediakit traffic speeds.csv --roads adjacency.csv --map map.png
    mediakit traffic speeds.csv --roads adjacency.csv --influence 10
    readings | mediakit traffic - --roads adjacency.csv --follow --json
    """
    from mediakit.tasks.traffic.pipeline import load

    check_json_ending(output, as_json)
    _check_together({"--influence": influence, "--anomalous": anomalous, "--rolling": rolling, "--follow": follow}, map)
    if positions and not map:
        raise click.UsageError("--positions is for --map")
    if follow and path != STANDARD_INPUT:
        raise click.UsageError("--follow reads standard input; give - in place of a file")
    check_place(map)
    pipeline = load(model_for("traffic", model))
    with results(output, as_json, quiet, "table", resume) as out, out.catching(path):
        if follow:
            _follow(pipeline, roads, out)
            return
        table, graph = pipeline.prepare(_read(path), roads)
        _remark(pipeline, table, graph, out)
        if rolling:
            _roll(pipeline, table, graph, out)
        elif anomalous:
            _print_unusual(pipeline, table, graph, threshold, out)
        elif influence:
            _print_influence(pipeline.influence(table, graph), table.names, influence, out)
        else:
            _print_forecast(pipeline(table, roads=graph), out)
        if map:
            _draw(map, pipeline, table, graph, positions, ahead)


def _check_together(modes: dict[str, Any], map: Path | None) -> None:  # noqa: A002
    """Raise a usage error for two modes, or a map of one that makes no forecast."""
    chosen = [name for name, on in modes.items() if on]
    if len(chosen) > 1:
        raise click.UsageError(f"{chosen[0]} and {chosen[1]} exclude one another")
    if map and chosen and chosen != ["--influence"]:
        raise click.UsageError(f"--map shows a forecast; leave {chosen[0]} out")


def _read(path: str) -> "RoadSpeeds":
    from mediakit.console.path_input import existing
    from mediakit.errors import InputError, MediakitError
    from mediakit.media.road_speeds import read_speeds

    if path == STANDARD_INPUT:
        return read_speeds(StandardInput())

    def files(name: str) -> Iterator[Path | InputError]:
        yield InputError(f"{name}: is a folder; give a file of speeds") if Path(name).is_dir() else Path(name)

    [found] = existing([path], files)
    if isinstance(found, MediakitError):
        raise found
    return read_speeds(found)


def _remark(pipeline: "TrafficForecaster", table: "RoadSpeeds", graph: "np.ndarray", out: Results) -> None:
    """Say what is missing in a table."""
    import numpy as np

    missing = int(np.isnan(table.speeds).sum())
    if missing:
        out.note(f"{missing:,} of {table.speeds.size:,} readings are missing")


def _print_forecast(forecast: "TrafficForecast", out: Results) -> None:
    """A forecast as CSV, or as an object for each road."""
    fields = forecast.to_dict()
    if not out.as_json:
        out.write(_csv_line(HEADER))
    for road, name in enumerate(out.progress(forecast.roads, len(forecast.roads), "road")):
        said = {
            "road": name,
            "last": fields["last"][road],
            "forecast": [step[road] for step in fields["forecast"]],
            "usual": [step[road] for step in fields["usual"]],
            "free_flow": fields["free_flow"][road],
            "times": fields["times"],
        }
        lines = []
        for step, (speed, usual) in enumerate(zip(said["forecast"], said["usual"], strict=True)):
            time = "" if fields["times"] is None else fields["times"][step]
            lines.append(_csv_line((name, (step + 1) * forecast.minutes, time, speed, usual, said["free_flow"])))
        out.give("".join(lines).removesuffix("\n"), said)


def _roll(pipeline: "TrafficForecaster", table: "RoadSpeeds", graph: "np.ndarray", out: Results) -> None:
    """Forecast after each row from the twelfth on."""
    count = max(0, len(table.speeds) - 11)
    for origin, forecast in out.progress(pipeline.rolling(table, graph), count, "row"):
        _give_moment(origin, forecast, out)


def _give_moment(origin: int, forecast: "TrafficForecast", out: Results) -> None:
    """The forecast after a row: an object, or CSV."""
    made = forecast.to_dict()["forecast"]
    if not out.as_json and not out.wrote:
        out.write(_csv_line(("origin", "road", "minutes", "speed")))
    text = ""
    if not out.as_json:
        rows = (
            (origin, name, (step + 1) * forecast.minutes, made[step][road])
            for road, name in enumerate(forecast.roads)
            for step in range(len(made))
        )
        text = "".join(map(_csv_line, rows)).removesuffix("\n")
    out.give(text, {"origin": origin, "forecast": made})


def _follow(pipeline: "TrafficForecaster", roads: Path | None, out: Results) -> None:
    """Forecast after each row that arrives on standard input."""
    from mediakit.media.road_speeds import read_graph
    from mediakit.tasks.traffic.live import follow

    graph = None if roads is None else read_graph(roads)
    lines = io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", errors="replace", newline="")
    for origin, forecast in follow(pipeline, lines, graph):
        _give_moment(origin, forecast, out)


def _print_influence(found: "Influence", names: list[str], count: int, out: Results) -> None:
    """The most influential roads by either measure, those first that both put high."""
    ranks = found.ranks()
    order = sorted(range(len(names)), key=lambda road: sum(ranks[road]))
    if not out.as_json:
        out.write(f"{'road':<16} {'by weights':>18} {'by occlusion':>22}\n")
    for road in order[:count]:
        by_weights, by_occlusion = float(found.by_weights[road]), float(found.by_occlusion[road])
        text = f"{names[road]:<16} {by_weights:>10.2f} (rank {ranks[road][0]:>3}) {by_occlusion:>11.2f} (rank {ranks[road][1]:>3})"
        fields = {
            "road": names[road],
            "by_weights": round(by_weights, 4),
            "by_occlusion": round(by_occlusion, 4),
            "rank_by_weights": ranks[road][0],
            "rank_by_occlusion": ranks[road][1],
        }
        out.give(text, fields)
    shared = f"of the first {count} by each, {found.shared(count)} are the same"
    out.note(f"rank correlation of weights and occlusion: {found.agreement:.2f}; {shared}")


def _print_unusual(pipeline: "TrafficForecaster", table: "RoadSpeeds", graph: "np.ndarray", threshold: float, out: Results) -> None:
    """The roads that are not as expected."""
    found = pipeline.unusual(table, graph, threshold)
    verb = {"forecast": "was forecast", "usual": "is usual"}
    for one in found:
        read, score = (None if not math.isfinite(value) else round(value, 2) for value in (one.read, one.score))
        what = {
            "silent": "no reading for an hour",
            "stuck": f"the same reading, {read}, for an hour",
        }.get(one.what, f"{read} where {one.expected:.1f} {verb[one.reference]}, {score} times the usual error")
        fields = {"road": one.road, "what": one.what, "read": read, "expected": round(one.expected, 2), "score": score}
        fields["reference"] = one.reference
        out.give(f"{one.road}: {one.what}: {what}", fields)
    if not found:
        out.note("no road differs from what is expected by more than --threshold allows")


def _draw(path: Path, pipeline: "TrafficForecaster", table: "RoadSpeeds", graph: "np.ndarray", positions: Path | None, ahead: int) -> None:
    """Write the map."""
    from mediakit.media.road_speeds import read_positions
    from mediakit.tasks.traffic.layout import layout
    from mediakit.tasks.traffic.road_map import draw_map, page

    forecast = pipeline(table, roads=graph)
    step = min(max(round(ahead / forecast.minutes), 1), len(forecast.speeds)) - 1
    places = layout(graph) if positions is None else read_positions(positions, table.names)
    speeds, influence = forecast.speeds[step], pipeline.influence(table, graph).by_occlusion
    title = f"Speeds in {(step + 1) * forecast.minutes} minutes" + ("" if forecast.times is None else f" ({forecast.times[step]})")
    if path.suffix.lower() == ".html":
        labels = [
            f"{speed:.0f} of {free:.0f}, now {last:.0f}"
            for speed, free, last in zip(speeds, forecast.free_flow, forecast.last, strict=True)
        ]
        text = page(places, graph, speeds / forecast.free_flow, influence, table.names, labels, title)
        with whole_file(path) as file:
            file.write(text)
        return
    with whole_file(path, "wb") as file:
        draw_map(places, graph, speeds / forecast.free_flow, influence, title).save(file, "PNG")


def _csv_line(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
