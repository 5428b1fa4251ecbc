"""Forecasts as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.forecasting.forecast import Forecast

SHOWN = 500  # values of the history in a plot


class Answer(TypedDict):
    """The next values of a series: expected values, `intervals` (low, high) by level in percent, times if those of the series are
    known, and the mean absolute error of each method on the last part of the series where they were compared."""

    series: str
    method: str
    horizon: int
    season: int
    mean: list[float]
    intervals: dict[str, list[list[float]]]
    times: list[str] | None
    errors: dict[str, float]


def _views(found: "Forecast") -> list[views.View]:
    from mediakit.tasks.forecasting.forecast import rounded

    said = found.to_dict()
    history = [rounded(value) for value in found.history[-SHOWN:]]
    places, first = len(history), len(found.history) - len(history)
    # The forecast begins at the last known value, so that its line and bands join on to it.
    last = history[-1]
    bands = [
        views.Band(f"{level}%", [last, *(low for low, _ in pairs)], [last, *(high for _, high in pairs)], places - 1)
        for level, pairs in sorted(said["intervals"].items(), reverse=True)
    ]
    lines = [views.Line(found.series, history), views.Line(f"forecast ({found.method})", [last, *said["mean"]], places - 1)]
    axis = [str(first + i + 1) for i in range(places)] + (said["times"] or [f"+{i + 1}" for i in range(found.horizon)])
    facts = {"method": found.method, "season": f"{found.season} steps" if found.season > 1 else "none"}
    facts |= {f"error of {name}": f"{error:.4g}" for name, error in said["errors"].items()}
    return [views.Plot(lines, bands, axis=axis, title=found.series), views.Facts(facts)]


SERVICE = Service(
    title="Forecasts",
    summary="Forecasts the next values of a series of numbers, with prediction intervals.",
    input=Input.SERIES,
    model="forecasting",
    answer=Answer,
    views=_views,
    options={
        "horizon": Option("How many values to forecast", 1, 1000),
        "method": Option("How; auto takes what did best lately", choices=("auto", "ar", "lstm", "naive", "seasonal-naive", "drift")),
        "season": Option("Steps in a season, 1 for none; found by itself if left out", 1, 100_000),
        "levels": Option("Prediction intervals in percent", 1, 99),
        "seed": Option("The same seed gives the same intervals", 0, 2**32 - 1),
    },
    samples=(
        "month,passengers\n1958-01,340\n1958-02,318\n1958-03,362\n1958-04,348\n1958-05,363\n1958-06,435\n1958-07,491\n1958-08,505\n"
        "1958-09,404\n1958-10,359\n1958-11,310\n1958-12,337\n1959-01,360\n1959-02,342\n1959-03,406\n1959-04,396\n1959-05,420\n"
        "1959-06,472\n1959-07,548\n1959-08,559\n1959-09,463\n1959-10,407\n1959-11,362\n1959-12,405\n1960-01,417\n1960-02,391\n"
        "1960-03,419\n1960-04,461\n1960-05,472\n1960-06,535\n1960-07,622\n1960-08,606\n1960-09,508\n1960-10,461\n1960-11,390\n"
        "1960-12,432\n",
    ),
)
