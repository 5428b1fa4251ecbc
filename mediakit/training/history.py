"""What a training run has measured so far."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VALIDATION = "validation_"


@dataclass(frozen=True, repr=False)
class History:
    """The metrics of a run, epoch by epoch.

    Args:
        run: the run folder.
        rows: the lines of its metrics.jsonl: `phase`, `epoch`, `seconds`, training metrics, and validation metrics with the
            prefix `validation_`.
    """

    run: Path
    rows: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, run: Path) -> "History":
        """The history of a run folder, empty if it has not finished an epoch."""
        file = run / "metrics.jsonl"
        rows: dict[tuple[str, int], dict[str, Any]] = {}
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
            try:
                row = json.loads(line)
            except ValueError:  # cut short by a kill
                continue
            rows[row["phase"], row["epoch"]] = row  # an epoch that was run again after a kill counts once
        return cls(run, tuple(rows.values()))

    @property
    def model(self) -> Path:
        """The model folder, for `mediakit.load`."""
        return self.run / "model"

    @property
    def metrics(self) -> dict[str, list[Any]]:
        """All columns, each with one entry per epoch; None where a phase does not measure it."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        return {name: [row.get(name) for row in self.rows] for name in names}

    def plot(self) -> "Figure":
        """Curves of the loss and of each validation metric over the epochs of all phases, as a matplotlib figure.

        Raises MissingExtra without matplotlib.
        """
        try:
            from matplotlib import pyplot
        except ModuleNotFoundError as error:
            raise MissingExtra.of("train", "matplotlib") from error
        metrics = self.metrics
        names = ["loss", *(name.removeprefix(VALIDATION) for name in metrics if name.startswith(VALIDATION))]
        names = list(dict.fromkeys(names))
        figure, axes = pyplot.subplots(1, len(names), figsize=(4 * len(names), 3), layout="constrained", squeeze=False)
        epochs = range(1, len(self.rows) + 1)
        phases = metrics.get("phase", [])
        for name, axis in zip(names, axes[0], strict=True):
            for key, label in ((name, "training"), (VALIDATION + name, "validation")):
                if key in metrics:
                    values = [float("nan") if value is None else value for value in metrics[key]]
                    axis.plot(epochs, values, marker=".", label=label)
            for epoch in (i for i in epochs if i > 1 and phases[i - 1] != phases[i - 2]):
                axis.axvline(epoch - 0.5, color="0.7", linestyle=":")
            axis.set(title=name, xlabel="epoch")
            axis.legend()
        return figure

    def __repr__(self) -> str:
        if not self.rows:
            return f"History({self.run}: no epoch yet)"
        last = {name: value for name, value in self.rows[-1].items() if isinstance(value, float) and name != "seconds"}
        return f"History({self.run}: {len(self.rows)} epochs; {', '.join(f'{name} {value:.4g}' for name, value in last.items())})"
