"""A recipe's phase in mediakit's own trainer, timed."""

import dataclasses
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

EPOCHS = 3


def examples_a_second(model: Any, phase: Any, strategy: Any, steps: int, batches: Callable[..., Any], examples: float) -> float:
    """Examples a second of the epochs after the first, which compiles.

    Args:
        phase: of the recipe; `steps` and `batches` replace its own, validation is left out.
        examples: of an epoch.
    """
    from mediakit.training.trainer import Trainer

    quick = dataclasses.replace(phase, epochs=EPOCHS, steps=steps, batches=batches, prepare=None, validate=None, monitor=None)
    with tempfile.TemporaryDirectory() as run:
        Trainer(model, [quick], strategy, Path(run)).train()
        rows = [json.loads(line) for line in (Path(run) / "metrics.jsonl").read_text().splitlines()]
    return examples * len(rows[1:]) / sum(row["seconds"] for row in rows[1:])
