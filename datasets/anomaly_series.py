"""Labelled series for anomaly detection, in the layouts of two benchmarks.

NAB, the Numenta Anomaly Benchmark (Lavin and Ahmad 2015): `data/<group>/<series>.csv` and `labels/combined_windows.json`, which
holds the windows of each series. SKAB, the Skoltech Anomaly Benchmark (Katser and Kozitsin 2020): `<group>/<run>.csv` with the
columns `anomaly` and `changepoint` beside those of the sensors. Files may end in `.csv.gz`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import DataError, InputError
from mediakit.media.row_stream import RowStream

WINDOWS = "labels/combined_windows.json"
LABELS = ("anomaly", "changepoint")


@dataclass(frozen=True)
class LabelledSeries:
    """A series or a table of several, and which of its rows are anomalous.

    Args:
        name: the file's, within the data set.
        values: float64 `[rows, channels]`.
        times: of the rows, as they are written.
        windows: first and last row of each window that holds an anomaly; those of NAB are wide.
        anomalous: bool `[rows]`, if each row is labelled.
    """

    name: str
    values: np.ndarray
    times: list[str]
    windows: tuple[tuple[int, int], ...]
    anomalous: np.ndarray | None = None


def read(folder: Path) -> list[LabelledSeries]:
    """The series of either layout. Raises DataError if the folder holds none."""
    found = read_nab(folder) if (folder / WINDOWS).exists() else read_skab(folder)
    if not found:
        raise DataError(f"{folder}: holds neither NAB ({WINDOWS}, data/*/*.csv) nor SKAB (tables with a column anomaly)")
    return found


def read_nab(folder: Path) -> list[LabelledSeries]:
    """The series of NAB that are there, each one channel."""
    marked = json.loads((folder / WINDOWS).read_text(encoding="utf-8"))
    found = []
    for path in _tables(folder / "data"):
        name = path.relative_to(folder / "data").as_posix().removesuffix(".gz")
        values, times, _ = _table(path)
        windows = []
        for begin, end in marked.get(name, []):
            inside = [row for row, time in enumerate(times) if begin[:19] <= time[:19] <= end[:19]]
            if inside:
                windows.append((inside[0], inside[-1]))
        found.append(LabelledSeries(name, values, times, tuple(windows)))
    return found


def read_skab(folder: Path) -> list[LabelledSeries]:
    """The labelled runs of SKAB that are there; the runs without a column `anomaly` are left out."""
    found = []
    for path in _tables(folder):
        values, times, channels = _table(path)
        if LABELS[0] not in channels:
            continue
        anomalous = values[:, channels.index(LABELS[0])] > 0
        edges = np.flatnonzero(np.diff(np.concatenate([[False], anomalous, [False]]).astype(int)))
        windows = tuple(zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True))
        sensors = [place for place, channel in enumerate(channels) if channel not in LABELS]
        name = path.relative_to(folder).as_posix().removesuffix(".gz")
        found.append(LabelledSeries(name, values[:, sensors], times, windows, anomalous))
    return found


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.endswith((".csv", ".csv.gz")))


def _table(path: Path) -> tuple[np.ndarray, list[str], list[str]]:
    """Values `[rows, channels]`, times and the channels' names."""
    stream = RowStream(path)
    try:
        blocks = list(stream)
    except InputError as error:
        raise DataError(str(error)) from error
    if blocks[0].times is None:
        raise DataError(f"{path}: has no column of times")
    times = [time for block in blocks for time in block.times or ()]
    return np.concatenate([block.values for block in blocks]), times, stream.channels
