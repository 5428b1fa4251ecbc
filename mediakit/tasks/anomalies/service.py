"""Anomalies as `mediakit serve` offers them."""

import math
from typing import TYPE_CHECKING, Any, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.anomalies.detections import Detections

SHOWN = 2000  # rows of a plot: the last ones
MOST_DRAWN = 4  # channels, each with a plot of its own


class Anomaly(TypedDict):
    """A row that is unusual: its time or number, the value or the values by channel, the score in 0..1, what was expected of the
    channel that stands out if anything was, and why."""

    time: str | int
    value: Any
    score: float
    anomaly: bool
    expected: float | None
    interval: list[float] | None
    channel: str
    why: str | None


class Answer(TypedDict):
    """The columns of a table, the score of each row in 0..1, and the rows that are anomalies."""

    channels: list[str]
    rows: int
    scores: list[float]
    anomalies: list[Anomaly]


def _views(found: "Detections") -> list[views.View]:
    from mediakit.tasks.anomalies.detections import rounded

    first = max(0, len(found) - SHOWN)
    axis = [str(found.first + row) if found.times is None else found.times[row] for row in range(first, len(found))]
    marks = [views.Mark(int(row) - first, "anomaly") for row in found.alarms if row >= first]
    shown: list[views.View] = []
    for channel, name in list(enumerate(found.channels))[:MOST_DRAWN]:
        values = [None if math.isnan(value) else rounded(value) for value in found.values[first:, channel].tolist()]
        shown.append(views.Plot([views.Line(name, values)], _bands(found, first, channel), marks, axis, name))
    scores = [round(score, 4) for score in found.found.score[first:].tolist()]
    shown.append(views.Plot([views.Line("score", scores)], axis=axis, title="score"))
    facts = {str(row["time"]): f"{row['channel']}: {row['why']}, score {row['score']:.2f}" for row in found.rows(found.alarms[-20:])}
    return [*shown, views.Facts(facts or {"anomalies": "none"})]


def _bands(found: "Detections", first: int, channel: int) -> list[views.Band]:
    """The intervals of a channel from row `first` on; nothing is expected of it before its first values."""
    import numpy as np

    from mediakit.tasks.anomalies.detections import rounded

    bounds = found.found.expected[first:, channel, 1:]
    unknown = int(np.isnan(bounds[:, 0]).sum())
    if unknown == len(bounds):
        return []
    low, high = ([rounded(value) for value in bound] for bound in bounds[unknown:].T.tolist())
    return [views.Band("expected, 95%", low, high, unknown)]


SERVICE = Service(
    title="Anomalies",
    summary="Finds what is unusual in series of numbers, row by row.",
    input=Input.TABLE,
    model="anomalies",
    answer=Answer,
    views=_views,
    options={
        "sensitivity": Option("Expect so many times as many alarms", 0.001, 1000),
        "train_part": Option("The start that counts as normal: a share below 1, or a number of rows", 0, 1_000_000),
    },
    samples=("load\n" + "".join(f"{10 + 5 * math.sin(i / 5) + (0.3 * i % 1):.2f}\n" for i in range(199)) + "31\n12\n",),
)
