"""Timing a recipe's phase in mediakit's trainer."""

import dataclasses
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

EPOCHS = 3


def examples_a_second(model: Any, phase: Any, strategy: Any, steps: int, batches: Callable[..., Any], examples: float) -> float:
    """Examples per second in all epochs but the first, which includes compilation.

    Args:
        phase: the recipe's phase; `steps` and `batches` replace its own, and validation is omitted.
        examples: the number of examples in an epoch.
    """
    from mediakit.training.trainer import Trainer

    quick = dataclasses.replace(phase, epochs=EPOCHS, steps=steps, batches=batches, prepare=None, validate=None, monitor=None)
    with tempfile.TemporaryDirectory() as run:
        Trainer(model, [quick], strategy, Path(run)).train()
        rows = [json.loads(line) for line in (Path(run) / "metrics.jsonl").read_text().splitlines()]
    return examples * len(rows[1:]) / sum(row["seconds"] for row in rows[1:])
