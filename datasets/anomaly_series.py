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
from mediakit.media.row_stream import Rows, RowStream

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


@dataclass(frozen=True)
class NormalTables:
    """Tables of normal rows with the same channels.

    Args:
        channels: names of the columns.
        tables: float64 `[rows, channels]` each, without gaps.
    """

    channels: list[str]
    tables: list[np.ndarray]

    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each channel `[channels]`; the latter is 1 where a channel is constant."""
        rows = np.concatenate(self.tables)
        deviation = rows.std(axis=0)
        return rows.mean(axis=0), np.where(deviation > 1e-9 * (1 + np.abs(rows).max(axis=0)), deviation, 1.0)

    def windows(self, length: int, begin: float, end: float) -> np.ndarray:
        """Windows of consecutive rows `[windows, length, channels]` from a part of each table, given by shares of its rows."""
        found = [np.empty((0, length, len(self.channels)))]
        for table in self.tables:
            part = table[int(begin * len(table)) : int(end * len(table))]
            if len(part) >= length:
                found.append(np.lib.stride_tricks.sliding_window_view(part, length, axis=0).transpose(0, 2, 1))
        return np.concatenate(found)


def read_normal(source: Path) -> NormalTables:
    """The normal rows of a table, or of the tables in a folder: all rows, or those before the first that a column `anomaly` marks.

    Gaps are filled with the row before. Raises DataError where the tables' channels differ, or there are none.
    """
    paths = [source] if source.is_file() else _tables(source)
    channels: list[str] = []
    tables = []
    for path in paths:
        values, names = _columns(path)
        sensors = [name for name in names if name not in LABELS]
        if channels and sensors != channels:
            raise DataError(f"{path}: has the columns {', '.join(sensors)}, not {', '.join(channels)} as the tables before it")
        channels = sensors
        marked = values[:, names.index(LABELS[0])] > 0 if LABELS[0] in names else np.zeros(len(values), bool)
        normal = values[: int(marked.argmax()) if marked.any() else len(values), [names.index(name) for name in sensors]]
        known = ~np.isnan(normal)
        last = np.maximum.accumulate(np.where(known, np.arange(len(normal))[:, None], 0), axis=0)
        normal = np.take_along_axis(normal, last, axis=0)
        tables.append(normal[~np.isnan(normal).any(axis=1)])
    if not any(len(table) for table in tables):
        raise DataError(f"{source}: holds no table (.csv, .csv.gz) with rows that are complete")
    return NormalTables(channels, tables)


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.endswith((".csv", ".csv.gz")))


def _table(path: Path) -> tuple[np.ndarray, list[str], list[str]]:
    """Values `[rows, channels]`, times and the channels' names."""
    blocks, channels = _blocks(path)
    if blocks[0].times is None:
        raise DataError(f"{path}: has no column of times")
    times = [time for block in blocks for time in block.times or ()]
    return np.concatenate([block.values for block in blocks]), times, channels


def _columns(path: Path) -> tuple[np.ndarray, list[str]]:
    """Values `[rows, channels]` and the channels' names."""
    blocks, channels = _blocks(path)
    return np.concatenate([block.values for block in blocks]), channels


def _blocks(path: Path) -> tuple[list[Rows], list[str]]:
    stream = RowStream(path)
    try:
        return list(stream), stream.channels
    except InputError as error:
        raise DataError(str(error)) from error
