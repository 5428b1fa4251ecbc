"""Metrics of a model on a data set: what `mediakit evaluate` measures, manifests keep and cards show."""

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mediakit.runtime.results import html_table

Metrics = Mapping[str, float]
_SPELLED = {"nll": "NLL", "frechet": "Fréchet"}  # words of metrics' names
Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Metrics of a model, measured through its pipeline on a split of a data set.

    Args:
        values: metrics by name, such as `{"BLEU": 37.2, "chrF": 60.4}`.
        examples: how many examples were measured.
        options: options of the pipeline that were set, such as `{"beam": 1}`.
        intervals: 95 % bootstrap intervals of those metrics that have one.
        baselines: the metrics of simpler systems on the same examples, by description.
        data: the name of the data set's folder.
        split: such as `dev`; `dev[:100]` are its first 100 examples.
        date: of the measurement, in ISO 8601.
        method: how it was measured if not by running the model on the split, such as "5-fold cross-validation by film".
    """

    values: Metrics
    examples: int
    options: Mapping[str, Any] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    baselines: Mapping[str, Metrics] = field(default_factory=dict)
    data: str = ""
    split: str = ""
    date: str = ""
    method: str = ""

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> "Evaluation":
        """The evaluation that `to_dict` described; what it leaves out is empty."""
        known = {part.name: entry[part.name] for part in fields(cls) if part.name in entry}
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, as in a manifest. `method` is left out where it is empty."""
        entry = {
            "data": self.data,
            "split": self.split,
            "date": self.date,
            "examples": self.examples,
            "options": dict(self.options),
            "values": dict(self.values),
            "intervals": {name: list(interval) for name, interval in self.intervals.items()},
            "baselines": {name: dict(values) for name, values in self.baselines.items()},
        }
        return entry | ({"method": self.method} if self.method else {})

    def measures_the_same_as(self, other: "Evaluation") -> bool:
        """Whether both were measured on the same split in the same way, so that the newer one replaces the older one."""
        return all(getattr(self, name) == getattr(other, name) for name in ("data", "split", "options", "method"))

    def place(self) -> str:
        """Where and how it was measured, such as `flickr8k dev; beam 3`."""
        options = ", ".join(f"{name} {value}" for name, value in self.options.items())
        return "; ".join(part for part in (f"{self.data} {self.split}".strip(), self.method, options) if part)

    def heading(self) -> str:
        """One line above the table: the data, the number of examples, the date, and what brackets mean."""
        facts = [f"{self.examples:,} examples", self.date, "95 % bootstrap interval in brackets" if self.intervals else ""]
        return f"Measured on {self.place() or 'the examples'} ({', '.join(fact for fact in facts if fact)})"

    def rows(self) -> list[list[str]]:
        """The cells of the table: the names of the metrics, this model, then each baseline."""
        names = list(self.values)
        rows = [["", *map(written, names)], ["this model", *map(self._cell, names)]]
        for baseline, values in self.baselines.items():
            rows.append([baseline, *(number(values[name]) if name in values else "" for name in names)])
        return rows

    def table(self) -> str:
        """A Markdown table: a column for each metric, a row for this model and for each baseline."""
        head, *body = self.rows()
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        aligned = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in (head, rule, *body)]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in aligned)

    def _cell(self, name: str) -> str:
        bold = f"**{number(self.values[name])}**"
        if name not in self.intervals:
            return bold
        low, high = self.intervals[name]
        return f"{bold} [{number(low)}, {number(high)}]"

    def __str__(self) -> str:
        return f"{self.heading()}:\n\n{self.table()}"

    def __repr__(self) -> str:
        metrics = ", ".join(f"{written(name)} {number(value)}" for name, value in self.values.items())
        return f"<Evaluation {metrics} ({self.place() or f'{self.examples:,} examples'})>"

    def _repr_html_(self) -> str:
        head, *body = (tuple(cell.replace("**", "") for cell in row) for row in self.rows())
        return f"<p>{html.escape(self.heading())}</p>{html_table(head, body)}"


def written(name: str) -> str:
    """A metric's name as people read it: `nll_per_frame` is `NLL per frame`, `BLEU-4` stays as published."""
    return " ".join(_SPELLED.get(word, word) for word in name.split("_"))


def number(value: float) -> str:
    """A metric as it is shown: three decimals, from 10 on one, from 100 on none."""
    return f"{value:.{3 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}"
