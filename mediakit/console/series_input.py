"""Series that a command is given: columns of tables, by path, pattern or on standard input."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mediakit.console.path_input import STANDARD_INPUT, StandardInput, check_standard_input, existing
from mediakit.errors import InputError, MediakitError

if TYPE_CHECKING:
    from mediakit.media.series import Series


class SeriesItem(NamedTuple):
    """A series, or the error that kept a table from being read.

    Args:
        path: of the table.
        series: or error.
    """

    path: str
    series: "Series | MediakitError"

    @property
    def name(self) -> str:
        """The path and the column."""
        return self.path if isinstance(self.series, MediakitError) else f"{self.path}: {self.series.name}"


def series_items(paths: Sequence[str], time: str | None, columns: Sequence[str]) -> list[SeriesItem]:
    """The series of tables, in order.

    Args:
        paths: files, patterns, or `-`.
        time, columns: as in `mediakit.media.series.read_series`.

    Raises a usage error if standard input is given twice.
    """
    from mediakit.media.series import read_series  # loads NumPy

    check_standard_input(paths)
    items: list[SeriesItem] = []
    for path in existing(paths, files):
        if isinstance(path, MediakitError):
            items.append(SeriesItem(str(path).partition(": ")[0], path))
            continue
        source = StandardInput() if str(path) == STANDARD_INPUT else path
        try:
            items += [SeriesItem(str(path), series) for series in read_series(source, time, columns)]
        except MediakitError as error:
            items.append(SeriesItem(str(path), error))
    return items


def files(path: str) -> Iterator[Path | InputError]:
    """The files of a path or pattern, and an error for a folder and for a pattern that matches nothing."""
    if path == STANDARD_INPUT:
        yield Path(path)
    elif any(mark in path for mark in "*?[") and not Path(path).exists():
        from glob import glob

        found = sorted(glob(path))
        yield from map(Path, found) if found else [InputError(f"{path}: matches no file")]
    elif Path(path).is_dir():
        yield InputError(f"{path}: is a folder; give the files in it, such as '{path}/*.csv'")
    else:
        yield Path(path)
