"""Metrics of anomaly detection: the score of NAB, or F1 over rows where each row is labelled, beside simple detectors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import anomaly_series
from mediakit.datasets.anomaly_series import LabelledSeries
from mediakit.errors import DataError
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options
from mediakit.tasks.anomalies import nab
from mediakit.tasks.anomalies.baselines import BASELINES
from mediakit.tasks.anomalies.detector import QUIET
from mediakit.tasks.anomalies.reference import ROWS

THRESHOLDS = 40  # tried for a baseline
Counts = Sequence[float]


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[LabelledSeries]:
    """The series of NAB or SKAB in a folder, which are all for validation. Raises DataError for a split other than `val`."""
    if split not in ("val", "dev"):
        raise DataError(f"{folder}: no split {split!r} of labelled series; all of them are val")
    return anomaly_series.read(folder)


def evaluate(
    pipeline: Any, examples: Sequence[LabelledSeries], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """The score of NAB with point precision and recall, or, for series whose rows are labelled, F1, precision and recall over rows.

    The model's alarms are those of its own threshold; each baseline has the one that is best on these very examples, and like the
    model it gives an alarm once for an event where NAB is scored. Options are
    those of `AnomalyDetector.stream`. In runs whose rows are labelled the first 400 are not scored, as in SKAB.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    settings = {"sensitivity": 1.0, "train_part": 0.0} | options
    by_row = all(example.anomalous is not None for example in examples)
    counts, summary = (row_counts, row_metrics) if by_row else (nab_counts, nab_metrics)

    def alarms(example: LabelledSeries) -> np.ndarray:
        part, channels = settings["train_part"], [str(i) for i in range(example.values.shape[1])]
        train = int(part if part >= 1 else part * len(example.values))
        monitor = pipeline.monitor(channels, sensitivity=settings["sensitivity"], train=train)
        return monitor.read(example.values, example.times).found.anomaly

    table = np.array([counts(alarms(example), example) for example in progress(examples)])

    def metrics(drawn: np.ndarray) -> dict[str, float]:
        return summary(drawn.sum(axis=0))

    baselines = {
        name: best_of({example.name: score(example.values) for example in examples}, examples, counts, metrics)
        for name, score in BASELINES.items()
    }
    return Evaluation(metrics(table), len(examples), options, bootstrap(metrics, table), baselines)


def best_of(
    scores: Mapping[str, np.ndarray],
    examples: Iterable[LabelledSeries],
    counts: Callable[[np.ndarray, LabelledSeries], Counts],
    metrics: Callable[[np.ndarray], dict[str, float]],
) -> dict[str, float]:
    """The metrics of scores by series, at the threshold at which the first metric is highest."""
    examples = list(examples)
    together = np.concatenate([scores[example.name] for example in examples])
    thresholds = np.unique(np.quantile(together, 1 - np.geomspace(1e-4, 0.9, THRESHOLDS)))
    tried = [metrics(np.array([counts(scores[one.name] >= limit, one) for one in examples])) for limit in thresholds]
    return max(tried, key=lambda found: next(iter(found.values())))


def nab_counts(alarms: np.ndarray, example: LabelledSeries) -> Counts:
    """Raw score, windows, windows found, alarms, alarms in a window; an alarm soon after another one is the same event's."""
    rows = len(alarms)
    places = first_of_events(np.flatnonzero(alarms))
    places = places[places >= nab.probation(rows)]
    windows = nab.scored_windows(rows, example.windows)
    inside = [[first <= place <= last for first, last in windows] for place in places]
    hits = np.array(inside, bool).reshape(len(places), len(windows))
    return [nab.raw_score(places, rows, example.windows), len(windows), hits.any(axis=0).sum(), len(places), hits.any(axis=1).sum()]


def first_of_events(places: np.ndarray) -> np.ndarray:
    """The alarms that are more than QUIET rows behind the last one that counts, as the detector gives them."""
    kept: list[int] = []
    for place in places.tolist():
        if not kept or place > kept[-1] + QUIET:
            kept.append(place)
    return np.array(kept, int)


def nab_metrics(totals: np.ndarray) -> dict[str, float]:
    """The metrics of summed `nab_counts`: precision is of single alarms, recall of windows."""
    raw, windows, found, alarms, inside = totals
    return {
        "NAB_standard": nab.scaled(float(raw), int(windows)),
        "alarm_precision": float(100 * inside / max(alarms, 1)),
        "window_recall": float(100 * found / max(windows, 1)),
    }


def row_counts(alarms: np.ndarray, example: LabelledSeries) -> Counts:
    """True positives, false positives and false negatives among the rows after those that are for training."""
    assert example.anomalous is not None
    said, true = alarms[ROWS:], example.anomalous[ROWS:]
    return [(said & true).sum(), (said & ~true).sum(), (~said & true).sum()]


def row_metrics(totals: np.ndarray) -> dict[str, float]:
    """The metrics of summed `row_counts`."""
    hits, false, missed = totals
    return {
        "F1": float(2 * hits / max(2 * hits + false + missed, 1)),
        "precision": float(hits / max(hits + false, 1)),
        "recall": float(hits / max(hits + missed, 1)),
    }
