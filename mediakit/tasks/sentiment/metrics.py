"""Metrics of sentiment: accuracy, also for each set, calibration error, and stars."""

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
    """Accuracy of a `SentimentReader` in percent, over all texts that have an opinion and over those of each set, and its calibration
    error. An answer is positive from a score of 0.5 on.

    Of the treebank's sentences, neutral ones included, also the percentage that get the right stars, and that at most one star off.
    Options are those of `SentimentReader.stream`.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    told = [one for one in examples if one.positive != 0.5]
    answers = iter(results_of(progress(pipeline.stream([one.text for one in told], **options))))
    scores = np.array([found.score for found in answers])
    positive = np.array([one.positive > 0.5 for one in told])
    sources = np.array([one.source for one in told])
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
    graded = [one for one in examples if one.source == labelled_texts.TREEBANK.name]
    if graded and pipeline.gives_stars:
        values |= _stars(pipeline, graded)
    return Evaluation(values, len(examples), options, intervals, baseline)


def _stars(pipeline: Any, graded: Sequence[LabelledText]) -> dict[str, float]:
    """How many sentences get the right stars, in percent."""
    stars = np.array([found.stars for found in pipeline([one.text for one in graded], scale=5)])
    off = np.abs(stars - np.array([1 + round(4 * one.positive) for one in graded]))
    return {"stars right": 100 * float((off == 0).mean()), "stars within one": 100 * float((off <= 1).mean())}
