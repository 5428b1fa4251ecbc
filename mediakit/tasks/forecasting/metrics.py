"""Metrics of forecasting: errors on the ends of series, beside naive methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import series
from mediakit.errors import DataError
from mediakit.media.series import Series
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of
from mediakit.tasks.forecasting.backtest import scores
from mediakit.tasks.forecasting.forecast import Prediction
from mediakit.tasks.forecasting.methods import naive, seasonal_naive


@dataclass(frozen=True)
class Example:
    """A series that ends where its forecast begins, and what came.

    Args:
        history: float64 `[steps]`.
        truth: float64 `[horizon]`.
        season: in steps.
    """

    history: np.ndarray
    truth: np.ndarray
    season: int


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[Example]:
    """The series of a table or a folder of tables, the last values of each held out: those that training held out too.

    Raises DataError for a split other than `val`.
    """
    if split not in ("val", "dev"):
        raise DataError(f"{folder}: no split {split!r} of series; val is the end of each")
    most = int(config.get("held_out", 48))
    found = []
    for one in series.read(folder):
        horizon = min(most, len(one.values) // 5)
        found.append(Example(one.values[:-horizon], one.values[-horizon:], one.season))
    return found


def evaluate(pipeline: Any, examples: Sequence[Example], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """MASE, sMAPE and the coverage of 95 % intervals of a `Forecaster`, averaged over series, beside the naive methods.

    Options are those of `Forecaster.stream`; without `method` the recurrent network forecasts. Horizons are those of the examples.
    """
    options = {"method": "lstm", **(options or {})}
    check_options(pipeline.stream, options)
    rows = []
    for example in progress(examples):
        item = Series("series", example.history)
        wanted = {"horizon": len(example.truth), "season": example.season, "levels": (95,)} | options
        [made] = results_of(pipeline.stream([item], **wanted))
        rows.append([scores(made, example.truth, example.history, example.season)[name] for name in NAMES])
    baselines = {
        name: dict(zip(NAMES, _scored(method, examples).mean(axis=0).tolist(), strict=True))
        for name, method in {"seasonal naive": seasonal_naive, "naive": naive}.items()
    }
    table = np.array(rows)

    def mean(drawn: np.ndarray) -> dict[str, float]:
        return dict(zip(NAMES, drawn.mean(axis=0).tolist(), strict=True))

    return Evaluation(mean(table), len(examples), options, bootstrap(mean, table), baselines)


NAMES = ("MASE", "sMAPE", "coverage_95")


def _scored(method: Any, examples: Sequence[Example]) -> np.ndarray:
    """The scores `[examples, 3]` of a statistical method."""
    found = []
    for example in examples:
        made: Prediction = method(example.history, len(example.truth), example.season, (95,))
        result = scores(made, example.truth, example.history, example.season)
        found.append([result[name] for name in NAMES])
    return np.array(found)
