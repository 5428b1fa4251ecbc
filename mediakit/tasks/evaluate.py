"""Measuring a model of any task: the one way from a model's name and a data set to its metrics."""

import datetime
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mediakit.console.output import progress as progress_bar
from mediakit.errors import DataError
from mediakit.runtime.evaluation import Evaluation
from mediakit.runtime.model_folder import choose, record_evaluation
from mediakit.tasks import task_of


def evaluate(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str],
    split: str,
    options: Mapping[str, Any],
    *,
    limit: int | None = None,
    record: bool = False,
    progress: bool = False,
) -> Evaluation:
    """Metrics of a model on a split of a data set, measured through its pipeline; see `mediakit.evaluate`."""
    folder, options = choose(model, options)
    task, path = task_of(folder), Path(data)
    examples = task.examples(path, split, folder.config)[:limit]
    if not len(examples):
        raise DataError(f"{path}: the split {split} has no examples")
    evaluation = task.evaluate(
        task.load(folder),
        examples,
        options=options,
        progress=lambda stream: progress_bar(stream, len(examples), "example", quiet=not progress),
    )
    evaluation = replace(
        evaluation,
        data=path.resolve().name,
        split=split if limit is None else f"{split}[:{limit}]",
        date=datetime.date.today().isoformat(),
    )
    if record:
        record_evaluation(folder, evaluation)
    return evaluation
