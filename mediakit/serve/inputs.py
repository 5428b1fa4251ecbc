"""Inputs of requests as pipelines take them. All of it happens in the thread that works on a request."""

import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile

from mediakit.errors import InputError, MediakitError, on_one_line
from mediakit.runtime.service import Input, NamedFile
from mediakit.serve.limits import MEGABYTE, Limits
from mediakit.serve.problems import TooLarge
from mediakit.serve.requests import Raw

if TYPE_CHECKING:
    from mediakit.media.series import Series

TABLE_BYTES = 4 * MEGABYTE
DOCUMENT_BYTES = 1 * MEGABYTE  # subtitles of a film have a tenth of it
LONGEST_NAME = 100  # characters of a file's name


@dataclass(frozen=True)
class Given:
    """An input: what to call it, the pipeline's item or what is wrong with it, and where it is kept if the item is a path."""

    name: str
    item: Any
    place: Path

    def renamed(self, message: str) -> str:
        """A message with the input's own name in place of the path at which it is kept."""
        return message.replace(str(self.place), self.name)


def given_inputs(raw: list[Raw], kind: Input, folder: Path, limits: Limits) -> Iterator[Given]:
    """The inputs of a request, read one after the other. A table may hold several series, each an input.

    Args:
        folder: for the files of pipelines that only take paths; made when there is one.
    """
    for number, each in enumerate(raw):
        name, place = _name(each) or str(number), folder / str(number)
        try:
            if kind is Input.SERIES:
                for series in _series(each, name):
                    yield Given(name if len(raw) > 1 else series.name, series, place)
            else:
                yield Given(name, _READERS[kind](each, name, place, limits), place)
        except MediakitError as error:
            yield Given(name, error, place)


def _name(raw: Raw) -> str:
    """The name of an uploaded file, without folders; empty for what has none."""
    if not isinstance(raw, UploadFile) or not raw.filename:
        return ""
    return on_one_line(PurePosixPath(PureWindowsPath(raw.filename).name).name)[-LONGEST_NAME:]


def _bytes(raw: Raw) -> bytes:
    if isinstance(raw, UploadFile):
        raw.file.seek(0)
        return raw.file.read()
    return raw.encode() if isinstance(raw, str) else raw  # type: ignore[return-value]


def _photo(raw: Raw, name: str, place: Path, limits: Limits) -> bytes:
    return _bytes(raw)


def _path(raw: Raw, name: str, place: Path, limits: Limits) -> Path:
    """The input as a file, which has no ending: what is in it says what it is."""
    place.parent.mkdir(mode=0o700, exist_ok=True)
    with open(place, "xb") as file:
        if isinstance(raw, UploadFile):
            raw.file.seek(0)
            shutil.copyfileobj(raw.file, file)
        else:
            file.write(_bytes(raw))
    return place


def _film(raw: Raw, name: str, place: Path, limits: Limits) -> Path:
    from mediakit.media.video import open_film

    path = _path(raw, name, place, limits)
    with open_film(path) as film:
        if film.seconds and film.seconds > limits.film_seconds:
            raise TooLarge(f"{name}: lasts {film.seconds:,.0f} s; the limit is {limits.film_seconds:,.0f} s")
    return path


def _text(raw: Raw, name: str, place: Path, limits: Limits) -> str:
    try:
        text = raw if isinstance(raw, str) else _bytes(raw).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: is not UTF-8 text (byte {error.start + 1}); save it as UTF-8") from error
    if len(text) > limits.characters:
        raise TooLarge(f"{len(text):,} characters are more than the limit of {limits.characters:,}")
    return text


def _table(raw: Raw, name: str, place: Path, limits: Limits) -> Path:
    _check_table(_bytes(raw), name)
    return _path(raw, name, place, limits)


def _document(raw: Raw, name: str, place: Path, limits: Limits) -> NamedFile:
    content = _bytes(raw)
    _check_size(content, name, "document", DOCUMENT_BYTES)
    return NamedFile(name, content)


def _seed(raw: Raw, name: str, place: Path, limits: Limits) -> Raw:
    return raw


def _series(raw: Raw, name: str) -> "list[Series]":
    import numpy as np

    from mediakit.media.series import Series, read_series

    if isinstance(raw, list):
        for value in raw:
            if isinstance(value, bool) or not isinstance(value, int | float | None) or not math.isfinite(value or 0):
                raise InputError(f"a series is a list of finite numbers and null, not of {value!r:.40}")
        return [Series("series", np.array([math.nan if value is None else value for value in raw], np.float64))]
    content = _bytes(raw)
    _check_table(content, name)
    try:
        return read_series(BytesIO(content))
    except InputError as error:
        raise InputError(str(error).replace("standard input", name, 1)) from error


def _check_table(content: bytes, name: str) -> None:
    _check_size(content, name, "table", TABLE_BYTES)
    if content[:2] == b"\x1f\x8b":
        raise InputError(f"{name}: is compressed; send it as it is")


def _check_size(content: bytes, name: str, kind: str, limit: int) -> None:
    if len(content) > limit:
        raise TooLarge(f"{name}: {len(content):,} bytes are more than the limit of {limit:,} for a {kind}")


_READERS: dict[Input, Callable[[Raw, str, Path, Limits], Any]] = {
    Input.PHOTO: _photo,
    Input.FILM: _film,
    Input.SOUND: _path,
    Input.TEXT: _text,
    Input.TABLE: _table,
    Input.DOCUMENT: _document,
    Input.SEED: _seed,
}
