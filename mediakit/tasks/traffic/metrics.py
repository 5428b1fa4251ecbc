"""Metrics of traffic forecasts: errors at 15, 30, 45 and 60 minutes, beside persistence and a linear autoregression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import traffic
from mediakit.errors import DataError
from mediakit.media.road_speeds import RoadSpeeds
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options
from mediakit.tasks.traffic.profiles import slots_of
from mediakit.tasks.traffic.windows import HORIZON, STEPS

REPORTED = (15, 30, 45, 60)  # minutes ahead
BLOCK = 12  # moments that are resampled together: their errors are alike


@dataclass(frozen=True)
class Example:
    """A moment of a network's readings.

    Args:
        speeds: all rows of training and validation, float64 `[rows, roads]`.
        slots: the time of day of the rows, `[rows]`.
        graph: adjacency `[roads, roads]`.
        names: of the roads.
        begin: the first row that is not for training.
        origin: the last row that is known.
    """

    speeds: np.ndarray
    slots: np.ndarray
    graph: np.ndarray
    names: list[str]
    begin: int
    origin: int


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[Example]:
    """The moments of the last part of a folder's readings, which training held out. Raises DataError for a split other than `val`."""
    if split not in ("val", "dev"):
        raise DataError(f"{folder}: no split {split!r} of traffic; val is the last part of the readings")
    found = traffic.read(folder)
    count, times = len(found.speeds.speeds), found.speeds.times
    begin = int(count * float(config["train_part"]))
    per_day = 24 * 60 // int(config["minutes"])
    slots = np.arange(count) % per_day if times is None else slots_of(times, int(config["minutes"]))
    origins = range(begin, count - 1)
    return [Example(found.speeds.speeds, slots, found.graph, found.speeds.names, begin, origin) for origin in origins]


def evaluate(pipeline: Any, examples: Sequence[Example], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """Errors of a `TrafficForecaster` on consecutive moments of one network, at that step alone and averaged up to it.

    The readings begin with the hour before the first moment and come without times. `RMSE_15` is the error of the forecast 15
    minutes ahead, `RMSE_to_15` that of all steps up to it, as some papers report.
    """
    check_options(pipeline.stream, options or {})
    first, last = examples[0], examples[-1]
    shown = slice(first.origin + 1 - STEPS, last.origin + 1)
    table = RoadSpeeds(first.names, first.speeds[shown])
    forecasts = progress(pipeline.rolling(table, first.graph))
    made = np.stack([forecast.speeds for _, forecast in forecasts])
    truth = future(first.speeds, np.array([example.origin for example in examples]))
    minutes = pipeline.minutes
    baselines = {
        "persistence": persistence(first.speeds, examples),
        "linear AR(12), time of day": linear(first.speeds, first.slots, first.begin, examples),
    }
    measure, hours = statistics(minutes), block_sums(made, truth)
    measured = {name: measure(block_sums(values, truth)) for name, values in baselines.items()}
    return Evaluation(measure(hours), len(examples), dict(options or {}), bootstrap(measure, hours), measured)


def future(speeds: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """What came after some rows, `[origins, HORIZON, roads]`, NaN after the end."""
    padded = np.concatenate([speeds, np.full((HORIZON, speeds.shape[1]), np.nan)])
    return padded[origins[:, None] + np.arange(1, HORIZON + 1)]


def block_sums(made: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Sums of squared, absolute and relative errors and their counts, of each block of moments at each step,
    `[blocks, 4, HORIZON]`."""
    errors = made - truth
    there = ~np.isnan(errors)
    parts = [errors**2, np.abs(errors), 100 * np.abs(errors) / truth, there.astype(np.float64)]
    each = np.stack([np.where(there, part, 0.0).sum(axis=2) for part in parts], axis=1)
    return np.stack([each[start : start + BLOCK].sum(axis=0) for start in range(0, len(each), BLOCK)])


def statistics(minutes: int) -> Callable[[np.ndarray], dict[str, float]]:
    """From sums of errors to RMSE, MAE and MAPE at the minutes that are reported, alone and averaged up to them."""

    def measure(blocks: np.ndarray) -> dict[str, float]:
        squared, absolute, relative, counts = blocks.sum(axis=0)
        found = {}
        for name, sums in (("RMSE", squared), ("MAE", absolute), ("MAPE", relative)):
            for ahead in (ahead for ahead in REPORTED if ahead % minutes == 0):
                step = ahead // minutes
                alone, so_far = (sums[part].sum() / max(counts[part].sum(), 1) for part in (slice(step - 1, step), slice(step)))
                found[f"{name}_{ahead}"], found[f"{name}_to_{ahead}"] = (float(v**0.5 if name == "RMSE" else v) for v in (alone, so_far))
        return found

    return measure


def persistence(speeds: np.ndarray, examples: Sequence[Example]) -> np.ndarray:
    """The last reading again, `[examples, HORIZON, roads]`."""
    last = np.stack([speeds[example.origin] for example in examples])
    return np.repeat(last[:, None], HORIZON, axis=1)


def linear(speeds: np.ndarray, slots: np.ndarray, begin: int, examples: Sequence[Example]) -> np.ndarray:
    """One linear regression for all roads on the last twelve readings and the time of day, fitted to the rows before `begin`."""
    per_day = int(slots.max()) + 1
    whole = np.where(np.isnan(speeds), np.nanmean(speeds[:begin], axis=0), speeds)

    def features(origins: np.ndarray) -> np.ndarray:
        lags = whole[origins[:, None] + np.arange(1 - STEPS, 1)].transpose(0, 2, 1)
        angles = 2 * np.pi * slots[origins] / per_day
        times = np.stack([np.sin(angles), np.cos(angles), np.sin(2 * angles), np.cos(2 * angles), np.ones(len(origins))], axis=1)
        return np.concatenate([lags, np.repeat(times[:, None], lags.shape[1], axis=1)], axis=2)

    origins = np.arange(STEPS - 1, begin - HORIZON)
    x = features(origins).reshape(-1, STEPS + 5)
    y = (future(whole, origins) - whole[origins][:, None]).transpose(0, 2, 1).reshape(-1, HORIZON)
    weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
    chosen = np.array([example.origin for example in examples])
    return (features(chosen) @ weights + whole[chosen][..., None]).transpose(0, 2, 1)
