"""Metrics of sentiment: accuracy, also for each set, and calibration error."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import labelled_texts
from mediakit.datasets.labelled_texts import LabelledText
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.confidence import calibration_error
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[LabelledText]:
    """The texts of a split (`train`, `dev` or `val`, `test`, `all`) of any folder or file that `labelled_texts` reads."""
    return labelled_texts.read(folder, split)


def evaluate(
    pipeline: Any, examples: Sequence[LabelledText], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Accuracy of a `SentimentReader` in percent, over all texts and over those of each set, and its calibration error.

    An answer is positive from a score of 0.5 on. Options are those of `SentimentReader.stream`.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    scores = np.array([found.score for found in results_of(progress(pipeline.stream([one.text for one in examples], **options)))])
    positive = np.array([one.positive for one in examples])
    sources = np.array([one.source for one in examples])
    right = ((scores >= 0.5) == positive).astype(float)
    names = list(dict.fromkeys(sources.tolist()))
    of_sets = {"accuracy": right, **({f"accuracy {name}": right[sources == name] for name in names} if len(names) > 1 else {})}
    values = {name: 100 * float(part.mean()) for name, part in of_sets.items()}
    intervals: dict[str, tuple[float, float]] = {}
    for name, part in of_sets.items():
        intervals |= bootstrap(lambda drawn, name=name: {name: 100 * float(drawn.mean())}, part)  # type: ignore[misc]
    values["calibration error"] = calibration_error(scores, positive.astype(float))
    frequent = max(positive.mean(), 1 - positive.mean())
    baseline = {f"always {'positive' if positive.mean() >= 0.5 else 'negative'}": {"accuracy": 100 * float(frequent)}}
    return Evaluation(values, len(examples), options, intervals, baseline)
