"""Forecasts of well-known series: the autoregression and the recurrent network of `mediakit forecast` beside naive methods.

    python benchmarks/forecast_accuracy.py --data forecasting

The folder holds ETT-small/ETTh1.csv and ETTh2.csv, exchange_rate.txt, airline-passengers.csv, daily-min-temperatures.csv and
M4/Hourly-train.csv, plain or compressed, as they are published; what is not there is left out. Sunspots and carbon dioxide come with
statsmodels. Each series is forecast from several origins, a stride apart, with all values up to the origin as its history, by
`mediakit.load("forecasting")`. Prints a Markdown table: the mean of the series' errors by method, and how many values 95 % intervals
hold. Errors of ETT and exchange rates are squared, of values standardised by their training part, as in the literature.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import measuring
import numpy as np

import mediakit
from mediakit.datasets import series as tables
from mediakit.media.series import Series
from mediakit.runtime.pipeline import results_of
from mediakit.tasks.forecasting.backtest import scores

METHODS = {"AR": "ar", "LSTM": "lstm", "last value": "naive", "last season": "seasonal-naive"}
ETT_TRAIN, ETT_END = 8640, 11520  # rows of training, and with validation


@dataclass(frozen=True)
class Set:
    """Series that are scored together.

    Args:
        name: in the table.
        series: the values of each.
        season: in steps; None to find it.
        horizon: steps ahead that are forecast, and scored.
        origins: rows that the forecasts follow.
        score: name of the error.
        last: whether only the last step of the horizon is scored.
        train: rows by which values are standardised; None leaves them as they are.
    """

    name: str
    series: list[np.ndarray]
    season: int | None
    horizon: int
    origins: Sequence[int]
    score: str
    last: bool = False
    train: int | None = None


def sets(folder: Path, stride: int, every: int) -> Iterator[Set]:
    """The sets that are there. `stride` is that of ETT and exchange rates, of M4 each `every`-th series is taken."""
    for name in ("ETTh1", "ETTh2"):
        for found in _table(folder / "ETT-small" / f"{name}.csv"):
            columns = [column[:ETT_END] for column in found]
            yield Set(f"{name}, 96 h", columns, 24, 96, range(ETT_TRAIN, ETT_END - 95, stride), "MSE", train=ETT_TRAIN)
    for found in _table(folder / "exchange_rate.txt"):
        count, train = len(found[0]), int(0.875 * len(found[0]))  # 0.7 of all rows, of which the last fifth is not there
        yield Set("exchange rates, 96 days", found, 1, 96, range(train, count - 95, stride), "MSE", train=train)
    for found in _table(folder / "M4" / "Hourly-train.csv"):
        for_each = found[::every]
        yield Set("M4 hourly, 48 h", for_each, 24, 48, [-48], "MASE")
        yield Set("M4 hourly, 48 h", for_each, 24, 48, [-48], "sMAPE")
    for found in _table(folder / "airline-passengers.csv"):
        count = len(found[0])
        yield Set("airline passengers, 1 month", found, 12, 1, range(count - 24, count), "MAE")
    for found in _table(folder / "daily-min-temperatures.csv"):
        count = len(found[0])
        yield Set("daily minimum temperatures, 1 day", found, 365, 1, range(count - 365, count), "MAE")
    yield from _public()


def _table(path: Path) -> Iterator[list[np.ndarray]]:
    """The columns of a table, if it is there."""
    for file in (path, path.with_name(path.name + ".gz")):
        if file.exists():
            yield [one.values for one in tables.read(file)]
            return
    print(f"skipping {path}: it is not there", file=sys.stderr)


def _public() -> Iterator[Set]:
    """The series of statsmodels."""
    try:
        from statsmodels.datasets import co2, sunspots
    except ImportError:
        print("skipping sunspots and carbon dioxide: statsmodels is not installed", file=sys.stderr)
        return
    spots = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    yield Set("sunspots, 1 year", [spots], 1, 1, range(len(spots) - 62, len(spots)), "MAE")
    carbon = co2.load_pandas().data["co2"].resample("MS").mean().interpolate().to_numpy()
    for ahead in (1, 12):
        origins = range(len(carbon) - 119 - ahead, len(carbon) - ahead + 1)
        yield Set(f"carbon dioxide, {ahead} months", [carbon], 12, ahead, origins, "MAE", last=True)


def measure(pipeline, one: Set, method: str) -> tuple[float, float]:
    """The error of a method on a set, and the percentage of values within its 95 % intervals, means over series and origins."""
    errors, held = [], []
    for values in one.series:
        unit = values[: one.train].std() if one.train else 1.0
        for origin in one.origins:
            origin = origin % len(values)
            history, truth = values[:origin], values[origin : origin + one.horizon]
            wanted = {"horizon": one.horizon, "method": method, "season": one.season, "levels": (95,)}
            [made] = results_of(pipeline.stream([Series("series", history)], **wanted))
            part = slice(-1 if one.last else 0, None)
            if one.score == "MSE":
                errors.append(float(np.mean(((truth - made.mean)[part] / unit) ** 2)))
            elif one.score == "MAE":
                errors.append(float(np.mean(np.abs(truth - made.mean)[part])))
            else:
                errors.append(scores(made, truth, history, one.season)[one.score])
            low, high = made.intervals[95].T
            held.append(100 * float(np.mean(((truth >= low) & (truth <= high))[part])))
    return float(np.mean(errors)), float(np.mean(held))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--model", default="forecasting")
    parser.add_argument("--stride", type=int, default=96, help="rows between origins of ETT and exchange rates")
    parser.add_argument("--every", type=int, default=8, help="take each so many-th series of M4")
    parser.add_argument("--only", default="", help="only the sets whose names begin so")
    args = parser.parse_args()
    pipeline = mediakit.load(args.model)
    rows = []
    for one in sets(args.data, args.stride, args.every):
        if not one.name.startswith(args.only):
            continue
        found = [measure(pipeline, one, method) for method in METHODS.values()]
        rows.append([one.name, one.score, *(f"{error:.4g}" for error, _ in found), *(f"{held:.0f} %" for _, held in found[:2])])
        print(" | ".join(rows[-1]), file=sys.stderr)
    measuring.print_table(["", "", *METHODS, "AR holds", "LSTM holds"], rows)


if __name__ == "__main__":
    main()
