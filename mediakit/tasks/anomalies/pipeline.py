"""Series and tables in, scores of their rows out; all at once or as they come."""

import json
from collections.abc import Iterable, Iterator, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import InputError, MediakitError
from mediakit.media.row_stream import MOST, RowStream
from mediakit.media.series import Series
from mediakit.media.timestamps import parse_times, written
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.workers import Pool
from mediakit.tasks.anomalies.detections import Detections, joined
from mediakit.tasks.anomalies.detector import STEPS, Detector
from mediakit.tasks.anomalies.reconstruction import ReconstructionDetector
from mediakit.tasks.anomalies.saved_state import plain, restored

Item = Series | Sequence[float] | np.ndarray | str | Path
STATE_FORMAT = 2
MOST_CHANNELS = 500
SENSITIVITY = (1e-6, 1e6)


def load(folder: ModelFolder, *, threads: int | None = None) -> "AnomalyDetector":
    """The pipeline of an anomaly model folder."""
    return AnomalyDetector(folder, threads)


class AnomalyDetector(Pipeline[Item, Detections]):
    """Finds anomalies in series and tables: sequences of numbers, arrays `[rows]` or `[rows, channels]`,
    `mediakit.media.series.Series`, or paths of CSV or Parquet files, whose columns are judged together.

    What is said of a row rests on it and on earlier rows alone.

    Args:
        folder: an opened model folder of the task anomalies, with a network `block` that predicts any series, or `reconstruct` that
            writes the rows of tables of one kind again.
        threads: how many items are read side by side; by default one per processor, at most four.
    """

    columns = ("channels", "rows", "scores", "anomalies")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._networks = Pool(lambda: folder.network(_network(folder)))
        self._detector = Detector if _network(folder) == "block" else ReconstructionDetector

    def stream(
        self, items: Iterable[Item | MediakitError], *, sensitivity: float = 1.0, train_part: float = 0.0
    ) -> Iterator[tuple[Item | MediakitError, Detections | MediakitError]]:
        """Yield each item with its detections or error, in order.

        Args:
            items: an error among them is yielded in its place.
            sensitivity: how many times as many alarms to expect as by default, roughly.
            train_part: rows at the start that count as normal and are not scored: their share, or from 1 on their number.

        Raises InputError for options out of range.
        """
        check(sensitivity, train_part)
        return self._one_by_one(items, lambda index, item: self._detect(item, sensitivity, train_part))

    def _is_many(self, items: Any) -> bool:
        return super()._is_many(items) and not (len(items) and isinstance(items[0], Real | None))

    def _detect(self, item: Item, sensitivity: float, train_part: float) -> Detections:
        channels, values, times = _table(item)
        train = int(train_part if train_part >= 1 else train_part * len(values))
        return self.monitor(channels, sensitivity=sensitivity, train=train).read(values, times)

    def monitor(self, channels: Sequence[str] = ("value",), *, sensitivity: float = 1.0, train: int = 0) -> "Monitor":
        """A detector for rows as they come.

        Args:
            channels: the names of the columns.
            sensitivity: as in `stream`.
            train: how many rows at the start count as normal.
        """
        check(sensitivity, train)
        if not 1 <= len(channels) <= MOST_CHANNELS:
            raise InputError(f"there are {len(channels):,} columns; 1 to {MOST_CHANNELS} are judged together")
        if self._detector is ReconstructionDetector:
            self._check_columns(len(channels))
        return Monitor(self.folder, self._networks, tuple(channels), self._detector.of(len(channels), sensitivity, train))

    def _check_columns(self, count: int) -> None:
        known = self.folder.file("channels").read_text(encoding="utf-8").split("\n")[:-1]
        if count != len(known):
            raise InputError(f"there are {count:,} columns; this model has learned {len(known)}: {', '.join(known)}")

    def resume(self, path: Path, channels: Sequence[str] | None = None) -> "Monitor":
        """The detector that `Monitor.save` wrote. Raises InputError if the file holds none, or one of another model or other columns."""
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            known, model = tuple(state["channels"]), state["model"]
            if state["format"] != STATE_FORMAT:
                raise InputError(f"{path}: was written by another version of mediakit; begin with a new file")
            detector = restored(self._detector, state["detector"])
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise InputError(f"{path}: holds no state of a detector; give a file that --state wrote, or a new one") from error
        if model != _identity(self.folder):
            raise InputError(f"{path}: is the state of another model; give that model, or begin with a new file")
        if channels is not None and known != tuple(channels):
            raise InputError(f"{path}: is the state of the columns {', '.join(known)}, not of {', '.join(channels)}")
        return Monitor(self.folder, self._networks, known, detector)


class Monitor:
    """A detector that reads the rows of one table as they come.

    Args:
        folder: of the model.
        networks: of the model, shared with others.
        channels: the names of the columns.
        detector: with the state.
    """

    def __init__(
        self, folder: ModelFolder, networks: "Pool[Network]", channels: tuple[str, ...], detector: Detector | ReconstructionDetector
    ):
        self.channels = channels
        self._folder, self._networks, self._detector = folder, networks, detector

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self._detector.rows

    def read(self, values: np.ndarray, times: Sequence[str] | None = None) -> Detections:
        """The scores of the next rows.

        Args:
            values: float64 `[rows, channels]`; NaN where one is missing.
            times: of the rows, as text. They tell the season; give them for all rows or for none.
        """
        first = self.rows + 1
        with self._networks.one() as network:
            found = self._detector.follow(network, values, self._seconds(times))
        return Detections(self.channels, values, found, times, first)

    def _seconds(self, times: Sequence[str] | None) -> np.ndarray | None:
        """The times of the first rows; of later ones nothing is needed."""
        wanted = STEPS - self.rows
        if times is None or wanted <= 0:
            return None
        parsed = parse_times(list(times[:wanted]))
        if parsed is None:
            return None
        seconds = np.zeros(len(times))
        seconds[: len(parsed)] = parsed.astype(np.int64)
        return seconds

    def save(self) -> str:
        """The state as text, for `AnomalyDetector.resume`."""
        state = {"format": STATE_FORMAT, "model": _identity(self._folder), "channels": list(self.channels)}
        return json.dumps(state | {"detector": plain(self._detector)})


def check(sensitivity: float, train_part: float) -> None:
    """Raise InputError for options out of range."""
    if not SENSITIVITY[0] <= sensitivity <= SENSITIVITY[1]:
        raise InputError(f"the sensitivity is {sensitivity:g}; it must be {SENSITIVITY[0]:g} to {SENSITIVITY[1]:g}")
    if not 0 <= train_part < np.inf or (train_part > 1 and train_part != int(train_part)):
        raise InputError(f"the training part is {train_part:g}; it must be a share below 1, or a number of rows")


def _identity(folder: ModelFolder) -> str:
    """What tells a model from others."""
    return str(folder.manifest["networks"][_network(folder)]["sha256"])


def _network(folder: ModelFolder) -> str:
    """The name of the folder's network."""
    return "reconstruct" if "reconstruct" in folder.manifest["networks"] else "block"


def _table(item: Item) -> tuple[tuple[str, ...], np.ndarray, Sequence[str] | None]:
    """The columns of an item, their values `[rows, channels]`, and times as text."""
    if isinstance(item, Series):
        return (item.name,), item.values[:, None], None if item.times is None else written(item.times)
    if isinstance(item, str | Path):
        stream = RowStream(Path(item))
        blocks = list(stream)
        times = None if blocks[0].times is None else [time for block in blocks for time in block.times or ()]
        return tuple(stream.channels), np.concatenate([block.values for block in blocks]), times
    values = _as_values(item)
    names = ("value",) if values.shape[1] == 1 else tuple(f"column {i + 1}" for i in range(values.shape[1]))
    return names, values, None


def _as_values(item: Any) -> np.ndarray:
    try:
        values = np.array(item, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("a series is a sequence of numbers, an array [rows, channels], or a mediakit.media.series.Series") from error
    if values.ndim not in (1, 2) or (values.ndim == 2 and not values.shape[1]):
        raise InputError(f"values have the shape {list(values.shape)}; they must be [rows] or [rows, channels]")
    if (np.abs(values[~np.isnan(values)]) > MOST).any():
        raise InputError(f"values must be finite and within ±{MOST:g}")
    return values if values.ndim == 2 else values[:, None]


__all__ = ["AnomalyDetector", "Detections", "Item", "Monitor", "check", "joined", "load"]
