"""The task doubling, all in one module."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from mediakit.console.models import model_for
from mediakit.console.output import results
from mediakit.errors import InputError, MediakitError
from mediakit.runtime.evaluation import Evaluation
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline, results_of
from mediakit.runtime.results import Result
from mediakit.runtime.workers import Pool

COMMAND = "double"


@dataclass(frozen=True)
class Double(Result):
    """Twice a number, or nearly."""

    value: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"double": round(self.value, 4)}


class Doubler(Pipeline[float, Double]):
    """Doubles numbers."""

    columns = ("double",)

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._networks = Pool(lambda: folder.network("doubler"))

    def stream(self, numbers: Iterable[float | MediakitError]) -> Iterator[tuple[float | MediakitError, Double | MediakitError]]:
        """Yield each number with its double or error, in order."""

        def double(index: int, number: float) -> Double:
            if not isinstance(number, int | float):
                raise InputError(f"{number!r} is no number")
            with self._networks.one() as network:
                return Double(float(network(number=np.array([[number]], np.float32))["double"][0, 0]))

        return self._one_by_one(numbers, double)


def load(folder: ModelFolder, *, threads: int | None = None) -> Doubler:
    """The pipeline of a model folder."""
    return Doubler(folder, threads)


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[float]:
    """The numbers of a split."""
    return [float(line) for line in (folder / f"{split}.txt").read_text().split()]


def evaluate(pipeline: Any, numbers: list[float], *, options: dict[str, Any] | None = None, progress: Any = iter) -> Evaluation:
    """The mean absolute error."""
    doubles = results_of(progress(pipeline.stream(numbers, **(options or {}))))
    errors = [abs(double.value - 2 * number) for double, number in zip(doubles, numbers, strict=True)]
    return Evaluation({"error": float(np.mean(errors))}, len(numbers))


@click.command("double", short_help="Double numbers.")
@click.argument("numbers", nargs=-1, type=float)
@click.option("--model", required=True)
def command(numbers: tuple[float, ...], model: str) -> None:
    """Double numbers."""
    with results(None) as out:
        for _, double in load(model_for("doubling", model)).stream(numbers):
            out.give(f"{double.value:.0f}", {})
