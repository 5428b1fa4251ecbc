"""Anomaly detectors on labelled series: `mediakit anomalies` beside simple ones.

    python benchmarks/anomaly_detectors.py --data NAB
    python benchmarks/anomaly_detectors.py --data SKAB

Prints a table in Markdown: the score of NAB with precision of alarms and recall of windows, or F1 over rows. The shipped detector has
its own threshold, the others the one that is best on these very series. All of them judge a row by earlier ones, save for the
isolation forest, which is fitted to the first 15 % of a series (in SKAB to the first 400 rows). It needs scikit-learn.
"""

import argparse
from pathlib import Path

import measuring
import numpy as np

import mediakit
from mediakit.datasets import anomaly_series
from mediakit.datasets.anomaly_series import LabelledSeries
from mediakit.media.seasons import season_of_step
from mediakit.media.timestamps import parse_times
from mediakit.tasks.anomalies import nab
from mediakit.tasks.anomalies.baselines import first_difference, moving_z_score
from mediakit.tasks.anomalies.metrics import best_of, evaluate, nab_counts, nab_metrics, row_counts, row_metrics
from mediakit.tasks.anomalies.reference import ROWS

WINDOW, STEP = 6400, 100  # of NAB's windowed Gaussian, in rows
NEIGHBOURS = 5  # consecutive values that the forest sees


def seasonal_residual(example: LabelledSeries) -> np.ndarray:
    """The moving z-score of the differences from a day ago; of the values before."""
    times = parse_times(example.times[:64])
    season = season_of_step(float(np.median(np.diff(times).astype(int)))) if times is not None else 1
    values = example.values.copy()
    if 1 < season < len(values):
        values[season:] -= example.values[:-season]
        values[:season] = 0
    return moving_z_score(values)


def windowed_gaussian(example: LabelledSeries) -> np.ndarray:
    """Distances from the mean of the last WINDOW values in their standard deviations, both brought up to date every STEP rows: the
    order of NAB's tail probabilities."""
    score = np.zeros(len(example.values))
    for begin in range(STEP, len(score), STEP):
        known = example.values[max(0, begin - WINDOW) : begin]
        near = np.abs(example.values[begin : begin + STEP] - known.mean(axis=0)) / (known.std(axis=0) + 1e-9)
        score[begin : begin + STEP] = near.max(axis=1)
    return score


def isolation_forest(example: LabelledSeries) -> np.ndarray:
    """The anomaly score of Liu et al. (2008) for NEIGHBOURS consecutive rows."""
    from sklearn.ensemble import IsolationForest

    rows = len(example.values)
    padded = np.concatenate([np.repeat(example.values[:1], NEIGHBOURS - 1, axis=0), example.values])
    windows = np.concatenate([padded[i : i + rows] for i in range(NEIGHBOURS)], axis=1)
    train = ROWS if example.anomalous is not None else nab.probation(rows)
    return -IsolationForest(random_state=0).fit(windows[:train]).score_samples(windows)


DETECTORS = {
    "isolation forest": isolation_forest,
    "windowed Gaussian": windowed_gaussian,
    "seasonal residual": seasonal_residual,
    "moving z-score": lambda example: moving_z_score(example.values),
    "first difference": lambda example: first_difference(example.values),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path, help="the folder of NAB or SKAB")
    parser.add_argument("--model", default="anomalies")
    args = parser.parse_args()
    examples = anomaly_series.read(args.data)
    by_row = all(example.anomalous is not None for example in examples)
    counts, totals = (row_counts, row_metrics) if by_row else (nab_counts, nab_metrics)
    found = {"mediakit anomalies": evaluate(mediakit.load(args.model), examples).values}
    for name, detector in DETECTORS.items():
        scores = {example.name: detector(example) for example in examples}
        found[name] = best_of(scores, examples, counts, lambda rows: totals(rows.sum(axis=0)))
    names = list(found["mediakit anomalies"])
    digits = 3 if by_row else 1
    measuring.print_table(["", *names], [[name, *(f"{values[key]:.{digits}f}" for key in names)] for name, values in found.items()])


if __name__ == "__main__":
    main()
