"""`mediakit forecast`: the next values of a series."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediakit.console import options
from mediakit.console.files import check_json_ending, whole_file
from mediakit.console.models import model_for
from mediakit.console.output import Results, results
from mediakit.console.series_input import series_items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mediakit.console.series_input import SeriesItem
    from mediakit.tasks.forecasting.forecast import Forecast
    from mediakit.tasks.forecasting.pipeline import Forecaster

MOST_DRAWN = 20  # forecasts on one sheet
METHODS = ("auto", "ar", "lstm", "both", "naive", "seasonal-naive", "drift")


class Season(click.ParamType):
    """A number of steps, or `auto`."""

    name = "season"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int | None:
        """The steps; None for `auto`."""
        if value == "auto":
            return None
        if isinstance(value, int) or str(value).isdecimal():
            return click.IntRange(1).convert(value, param, context)
        return self.fail(f"{value!r} is neither auto nor a number of steps", param, context)


class Levels(click.ParamType):
    """Percentages with commas between them."""

    name = "levels"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[int, ...]:
        """The levels, ascending. Fails with a usage error for what is no whole number from 1 to 99."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isdigit() and 1 <= int(part) <= 99 for part in parts):
            self.fail(f"{value!r} is no list of whole percentages from 1 to 99, such as 80,95", param, context)
        return tuple(sorted({int(part) for part in parts}))


@click.command("forecast", short_help="Forecast series of numbers.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--horizon", type=click.IntRange(1, 10_000), metavar="N", default=12, show_default=True, help="Values to forecast.")
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True, help="How; auto takes what did best lately.")
@click.option("--season", type=Season(), default="auto", show_default=True, metavar="auto|N", help="Steps in a season; 1 for none.")
@click.option(
    "--interval", "levels", type=Levels(), default="80,95", show_default=True, metavar="P,P", help="Prediction intervals in percent."
)
@click.option("--time", metavar="NAME", help="The column of dates or times.  [default: the first one that holds them]")
@click.option("--column", "columns", multiple=True, metavar="NAME", help="A column to forecast, repeatable.  [default: all of numbers]")
@click.option("--backtest", type=click.IntRange(1, 1000), metavar="N", help="Instead, score all methods from N earlier moments.")
@click.option("--explain", is_flag=True, help="Also print the autoregression's equation; with --plot, draw its residuals.")
@options.file("--plot", ".png", text="Draw the series and its forecast.")
@options.json_lines("path, series, method, horizon, season, mean, intervals, times, errors; or path, error")
@options.seed("intervals")
@options.output
@options.model("forecasting")
@options.threads("Series")
@options.quiet
def command(
    paths: tuple[str, ...],
    horizon: int,
    method: str,
    season: int | None,
    levels: tuple[int, ...],
    time: str | None,
    columns: tuple[str, ...],
    backtest: int | None,
    explain: bool,
    plot: Path | None,
    as_json: bool,
    seed: int,
    output: Path | None,
    resume: bool,
    model: str,
    threads: int | None,
    quiet: bool,
) -> None:
    """Forecast the next values of each series, with prediction intervals.

    PATH is a CSV or Parquet file with a row for each moment and a column for each series, or - for CSV on standard input. Dates
    and column names are optional. Gaps are filled; times must be regular.

    \b
    ar       an autoregression; lags, differences and logarithms chosen by the corrected Akaike criterion
    lstm     a recurrent network that learned from many series, none of yours
    naive    the last value again; seasonal-naive the last season; drift the line through both ends

    Without --json the output is CSV: series, method, step, time, mean and the bounds of each interval.

    \b
    mediakit forecast sales.csv --horizon 12 --plot sales.png
    mediakit forecast load.csv --time date --column load --horizon 48 --json
    mediakit forecast sales.csv --horizon 6 --backtest 4
    """
    from mediakit.runtime.pipeline import results_of
    from mediakit.tasks.forecasting.pipeline import load

    check_json_ending(output, as_json)
    pipeline = load(model_for("forecasting", model), threads=threads)
    drawn: list[Forecast] = []
    with results(output, as_json, quiet, "column", resume) as out:
        given = series_items(paths, time, columns)
        items = out.remaining(given, named=lambda item: item.name)
        if backtest:
            _score(pipeline, items, out, horizon, season, backtest)
            return
        header = "" if as_json or len(items) < len(given) else _header(levels)
        together = _answers(pipeline, items, method, horizon=horizon, season=season, levels=levels, seed=seed)
        for item, answers in out.counted(out.progress(together, len(items))):
            with out.catching(item.path):
                forecasts = list(results_of(answers))
                out.write(header)
                header = ""
                _give(item, forecasts, levels, explain, out)
                if method == "both":
                    out.note(f"{forecasts[0].series}: {_compared(pipeline.compare(pipeline.prepare(item.series, season), horizon))}")
                if plot:
                    drawn += forecasts
                out.done(item.name)
        if plot and drawn:
            _plot(plot, drawn, explain, out)


def _answers(pipeline: "Forecaster", items: "Sequence[SeriesItem]", method: str, **wanted: Any) -> "Iterator[tuple[SeriesItem, Any]]":
    """Each series with the answers to it: one, or for the method `both` two."""
    chosen = ("ar", "lstm") if method == "both" else (method,)
    streams = [pipeline.stream([item.series for item in items], method=one, **wanted) for one in chosen]
    return zip(items, zip(*streams, strict=True), strict=True)


def _give(item: "SeriesItem", forecasts: "list[Forecast]", levels: tuple[int, ...], explain: bool, out: Results) -> None:
    """Print the forecasts of a series, and what there is to say of them."""
    for found in forecasts:
        out.give(_csv(found, levels), {"path": item.path, **found.to_dict()})
        _remark(found, out, explain)


def _plot(path: Path, drawn: "list[Forecast]", explain: bool, out: Results) -> None:
    """Draw forecasts below one another, at most MOST_DRAWN; with `explain` also what autoregressions leave unexplained."""
    from mediakit.media.charts import draw_residuals, stack
    from mediakit.tasks.forecasting.methods import best_scale

    charts = []
    for forecast in drawn[:MOST_DRAWN]:
        charts.append(forecast.draw())
        if explain and forecast.method == "ar":
            charts += draw_residuals(best_scale(forecast.history, forecast.season)[1].residuals)
    with whole_file(path, "wb") as file:
        stack(charts).save(file, "PNG")
    if len(drawn) > MOST_DRAWN:
        out.note(f"{path}: shows the first {MOST_DRAWN} of {len(drawn):,} forecasts")


def _header(levels: tuple[int, ...]) -> str:
    return _csv_line(["series", "method", "step", "time", "mean", *(f"{side}_{level}" for level in levels for side in ("low", "high"))])


def _csv(found: "Forecast", levels: tuple[int, ...]) -> str:
    """A forecast as lines of CSV without the last line's end."""
    lines, times = [], found.to_dict()["times"]
    for step in range(found.horizon):
        bounds = [f"{bound:.7g}" for level in levels for bound in found.intervals[level][step]]
        time = "" if times is None else times[step]
        lines.append(_csv_line([found.series, found.method, str(step + 1), time, f"{found.mean[step]:.7g}", *bounds]))
    return "".join(lines).removesuffix("\n")


def _csv_line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _remark(found: "Forecast", out: Results, explain: bool) -> None:
    """Say which method was chosen and why, and print the equation where it was asked for."""
    if found.errors:
        better = "; nothing was better than the last value" if found.method == "naive" else ""
        out.note(f"{found.series}: {found.method}{better}; {_compared(found.errors)}")
    if explain and found.method != "ar":
        out.note(f"{found.series}: no equation, since {found.method} was chosen; --method ar has one")
    if explain and found.method == "ar":
        from mediakit.tasks.forecasting.methods import best_scale, equation

        out.note(f"{found.series}: {equation(*best_scale(found.history, found.season))}")


def _compared(errors: "Mapping[str, float]") -> str:
    """Methods by their errors, best first."""
    if not errors:
        return "too few values to compare methods"
    by_error = sorted(errors.items(), key=lambda pair: pair[1])
    return f"mean absolute error on the last part of the series: {', '.join(f'{name} {error:.4g}' for name, error in by_error)}"


def _score(pipeline: "Forecaster", items: "Sequence[SeriesItem]", out: Results, horizon: int, season: int | None, count: int) -> None:
    """Print the scores of all methods from `count` earlier moments of each series."""
    from mediakit.tasks.forecasting.backtest import backtest, table

    for item in out.counted(out.progress(items, len(items))):
        with out.catching(item.path):
            prepared = pipeline.prepare(item.series, season)
            scored = backtest(prepared.values, pipeline.methods(), horizon, prepared.season, count)
            text = "\n".join([f"{prepared.name}: season {prepared.season}, horizon {horizon}", *table(scored)])
            fields = {"series": prepared.name, "season": prepared.season, "horizon": horizon, "methods": scored}
            out.give(text, {"path": item.path, **fields})
            out.done(item.name)
