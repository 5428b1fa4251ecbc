"""`mediakit anomalies`: what is unusual in series, row by row."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import PlaceOnDisk, check_json_ending, check_place, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, json_line, results
from mediakit.console.path_input import STANDARD_INPUT, check_standard_input, existing
from mediakit.console.series_input import files
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.media.row_stream import Rows, RowStream
    from mediakit.tasks.anomalies.detections import Detections
    from mediakit.tasks.anomalies.pipeline import AnomalyDetector, Monitor

MOST_DRAWN = 20_000  # rows of a chart: the last ones


class TrainPart(click.ParamType):
    """A share below 1, or a number of rows."""

    name = "part"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """The number. Fails with a usage error for what is neither."""
        number = options.Number(0).convert(value, param, context)
        if number > 1 and number != int(number):
            self.fail(f"{value} is neither a share below 1 nor a number of rows", param, context)
        return number


@click.command("anomalies", short_help="Find what is unusual in series of numbers.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--time", metavar="NAME", help="The column of dates or times.  [default: the first one that holds them]")
@click.option("--column", "columns", multiple=True, metavar="NAME", help="A column to judge, repeatable.  [default: all of numbers]")
@click.option(
    "--sensitivity",
    type=options.Number(1e-6, 1e6),
    default=1.0,
    show_default=True,
    metavar="X",
    help="Give about X times as many alarms.",
)
@click.option(
    "--train-part",
    type=TrainPart(),
    default=0.0,
    metavar="PART",
    help="The start that counts as normal and gives no alarm: a share such as 0.15, or a number of rows.",
)
@click.option(
    "--state",
    type=PlaceOnDisk(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Go on from the state in FILE, if it is there, and write the state after the last row to it.",
)
@options.file("--plot", ".png", text="Draw the series, what was expected, the anomalies and the score.")
@options.json_lines("path, time, value, score, anomaly, expected, interval, channel, why, for every row; or path, error")
@options.output
@options.model("anomalies")
@options.quiet
def command(
    paths: tuple[str, ...],
    time: str | None,
    columns: tuple[str, ...],
    sensitivity: float,
    train_part: float,
    state: Path | None,
    plot: Path | None,
    as_json: bool,
    output: Path | None,
    resume: bool,
    model: str,
    quiet: bool,
) -> None:
    """Find anomalies in series, reading them row by row: no row is judged by later ones.

    PATH is a CSV or Parquet file with a row for each moment, or - for CSV on standard input, whose rows are judged as they come.
    Columns of one file are judged together. A recurrent network says what it expects; how rare its errors, the level, its changes
    and the difference from a season ago are among the rows so far makes the score; the first 30 rows only show what is usual. An
    event gives one alarm; several columns that leave their usual state give one for every row until they return.

    Without --json only anomalies are printed, the first row of each: time, column, value, expected value, score and reason, with
    tabs between them.

    \b
    mediakit anomalies cpu.csv --plot cpu.png
    mediakit anomalies pump.csv --train-part 400 --json -o pump.jsonl
    tail -f metrics.csv | mediakit anomalies - --state metrics.state
    """
    from mediakit.tasks.anomalies.pipeline import load

    check_standard_input(paths)
    check_json_ending(output, as_json)
    if state and len(paths) > 1:
        raise click.UsageError("--state belongs to one series: give one PATH")
    if STANDARD_INPUT in paths and 0 < train_part < 1:
        raise click.UsageError("--train-part: the length of standard input is not known; give a number of rows")
    check_place(state)
    check_place(plot)
    pipeline = load(model_for("anomalies", model))
    reader = _Reader(pipeline, time, columns, sensitivity, train_part, state)
    with results(output, as_json, quiet, "file", resume) as out:
        drawn: list[Detections] = []
        items = out.remaining(list(existing(paths, files)), named=_name)
        for item in out.counted(out.progress(items, len(items))):
            with out.catching(_name(item)):
                found: list[Detections] = []
                alarmed, rows = False, 0
                for part in reader.read(item):
                    _print(part, _name(item), out, alarmed)
                    alarmed, rows = bool(part.found.anomaly[-1]), rows + len(part)
                    found = _last_rows([*found, part]) if plot else []
                if rows <= reader.unjudged:
                    first = f"the first {reader.unjudged:,} rows only show what is usual"
                    name = "standard input" if _name(item) == STANDARD_INPUT else _name(item)
                    out.note(f"{name}: nothing was judged: {first}, and it has {rows:,}")
                out.done(_name(item))
                drawn += [_joined(found)] if found else []
        if plot and drawn:
            _plot(plot, drawn)


class _Reader:
    """Reads files block by block, with the options of a command. `unjudged`: so many rows at the start of the last one only show what
    is usual."""

    def __init__(
        self,
        pipeline: "AnomalyDetector",
        time: str | None,
        columns: tuple[str, ...],
        sensitivity: float,
        train_part: float,
        state: Path | None,
    ):
        self._pipeline, self._time, self._columns = pipeline, time, columns
        self._sensitivity, self._train_part, self._state = sensitivity, train_part, state
        self.unjudged = 0

    def read(self, item: Path | InputError) -> "Iterator[Detections]":
        """The detections of a file, block by block. The state is written however it ends, if a row was read."""
        from mediakit.media.row_stream import RowStream

        if isinstance(item, MediakitError):
            raise item
        stream = RowStream(sys.stdin.buffer if str(item) == STANDARD_INPUT else item, self._time, self._columns)
        monitor = None
        try:
            for rows in stream:
                monitor = monitor or self._monitor(stream, rows, item)
                yield monitor.read(rows.values, rows.times)
        finally:
            if monitor and self._state:
                with whole_file(self._state) as file:
                    file.write(monitor.save() + "\n")

    def _monitor(self, stream: "RowStream", rows: "Rows", item: Path) -> "Monitor":
        from mediakit.media.row_stream import count_rows
        from mediakit.tasks.anomalies.tails import LEAST

        self.unjudged = 0
        if self._state and self._state.exists():
            return self._pipeline.resume(self._state, stream.channels)
        share = 0 < self._train_part < 1
        train = int(self._train_part * count_rows(item) if share else self._train_part)
        self.unjudged = max(train, LEAST)
        return self._pipeline.monitor(stream.channels, sensitivity=self._sensitivity, train=train)


def _name(item: Path | InputError) -> str:
    return str(item).partition(": ")[0] if isinstance(item, MediakitError) else str(item)


def _print(part: "Detections", name: str, out: Results, alarmed: bool) -> None:
    """Print a block at once, so that who follows a pipe sees it. People see the first of consecutive anomalies; `alarmed`: the row
    before the block was one."""
    if out.as_json:
        lines = [json_line({"path": name, **row}) for row in part.rows()]
    else:
        begins = [row for row in part.alarms if not (part.found.anomaly[row - 1] if row else alarmed)]
        lines = [_line(row) for row in part.rows(begins)]
    if lines:
        out.write("\n".join(lines) + "\n")
    out.flush()


def _line(row: dict[str, Any]) -> str:
    """An anomaly for people."""
    value = row["value"][row["channel"]] if isinstance(row["value"], dict) else row["value"]
    expected = "nothing expected"
    if row["interval"]:
        low, high = row["interval"]
        expected = f"expected {row['expected']:.6g} ({low:.6g} to {high:.6g})"
    shown = "missing" if value is None else f"{value:.6g}"
    return "\t".join([str(row["time"]), row["channel"], shown, expected, f"score {row['score']:.2f}", row["why"]])


def _last_rows(parts: "list[Detections]") -> "list[Detections]":
    """The blocks that hold the last MOST_DRAWN rows."""
    rows = sum(map(len, parts))
    while len(parts) > 1 and rows - len(parts[0]) >= MOST_DRAWN:
        rows -= len(parts.pop(0))
    return parts


def _joined(parts: "list[Detections]") -> "Detections":
    from mediakit.tasks.anomalies.detections import joined

    return joined(parts)


def _plot(path: Path, drawn: "list[Detections]") -> None:
    from mediakit.media.charts import stack

    with whole_file(path, "wb") as file:
        stack([one.draw() for one in drawn]).save(file, "PNG")
