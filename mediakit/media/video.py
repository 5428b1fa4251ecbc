"""Films as a few moments: any file that OpenCV opens, or a folder of pictures, never all of it in memory.

A film is read forwards once. Where its moments lie further apart than `SKIP` pictures the reader jumps to the next one; in
between, decoding without converting to RGB is faster, since a jump decodes from the last key frame anyway.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from mediakit.errors import InputError
from mediakit.media.image import SUFFIXES as PICTURES
from mediakit.media.image import read_photo

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".wmv", ".flv", ".ogv", ".3gp", ".gif")
LONGEST = 480  # pixels: what a moment's picture is reduced to
SKIP = 250  # pictures: the usual distance of key frames, so the least that a jump has to save
TRIES = (0.5, 0.7, 0.9)  # where in its stretch of the film a moment is looked for, until the picture shows something
DARK = 26  # brightness of 0..255 up to which a bar, or a whole picture, counts as black
EVEN = 0.86  # part of a picture in two neighbouring shades of 32 from which on it is a title card
MOST_BAR = 0.3  # of a side: the broadest film in the squarest frame has bars of 0.26
SHORTEST_SHOT = 0.6  # seconds

Item = TypeVar("Item")


@dataclass(frozen=True)
class Moment:
    """A picture of a film, and when it is shown.

    `frame` is upright RGB, uint8 `[height, width, 3]`, no side longer than `LONGEST`, without letterbox bars.
    """

    seconds: float
    frame: np.ndarray


class Film:
    """An opened film: take its `moments` or its `shots`, once.

    `seconds` is how long it is; None while its file doesn't say, which then shows when it was read. `shortfall` says how much
    could be read of a file that ends early; None if all was there. Use it in a `with` statement. `watch` is told, as the film
    is read, what part of it is done (nothing where the length is unknown).
    """

    def __init__(self, reader: "_Reader", watch: Callable[[float], None] | None = None):
        self._reader, self._watch = reader, watch
        self.seconds = reader.seconds
        self.shortfall: str | None = None

    def __enter__(self) -> "Film":
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.close()

    def moments(self, count: int, start: float = 0.0, end: float | None = None) -> Iterator[Moment]:
        """Up to `count` moments between two times in seconds, in order: one for each of so many equal stretches.

        Black, flat and title-card pictures are passed over for one later in the stretch; a stretch of nothing else gives none.
        Raises InputError when `start` is past the end, or when no picture can be decoded.
        """
        last = self._last(start, end)
        if last is None:
            yield from self._from_unknown_length(count, start, end)
            return
        stretch, before = (last - start) / count, -1.0
        for i in range(count):
            moment = self._in_stretch(start + i * stretch, stretch)
            if moment and moment.seconds > before:  # of few pictures one may be the nearest for several stretches
                before = moment.seconds
                yield moment
            if self._reader.ended:
                break
        self._finish(start, last, stretch)

    def shots(self, most: int, start: float = 0.0, end: float | None = None) -> Iterator[Moment]:
        """The middle of each shot between two times; of more than `most` shots, evenly many.

        Every picture is decoded; the cuts are those of PySceneDetect's content detector. Raises as `moments` does.
        """
        last = self._last(start, end)
        kept: _Thinned[Moment] = _Thinned(most)
        for moment in _shot_middles(self._reader, self._pass(start, end)):
            if has_content(moment.frame):
                kept.add(moment)
        self._finish(start, last, 1.0)
        yield from kept.evenly()

    def _last(self, start: float, end: float | None) -> float | None:
        """Where to stop; None if only reading will tell."""
        if end is not None and end <= start:
            raise InputError(f"{self._reader.name}: --end {end:g} is not after --start {start:g}")
        if self.seconds is None:
            return end
        if start >= self.seconds:
            raise InputError(f"{self._reader.name}: --start {start:g} is past its end at {self.seconds:.1f} s")
        return self.seconds if end is None else min(end, self.seconds)

    def _in_stretch(self, begin: float, length: float) -> Moment | None:
        for part in TRIES:
            if not self._go_to(begin + part * length):
                return None
            if moment := self._moment():
                return moment
        return None

    def _go_to(self, seconds: float) -> bool:
        reader = self._reader
        if self._watch and self.seconds:
            self._watch(min(seconds / self.seconds, 1.0))
        if (seconds - (reader.position or 0.0)) * reader.rate > SKIP:
            reader.jump(seconds)
        while reader.position is None or reader.position < seconds - 0.5 / reader.rate:
            if not reader.next():
                return False
        return True

    def _moment(self) -> Moment | None:
        """The moment that the reader is at, if it shows something; None of a picture that is damaged."""
        assert self._reader.position is not None
        try:
            picture = crop_bars(self._reader.picture())
        except InputError:
            return None
        return Moment(self._reader.position, picture) if has_content(picture) else None

    def _pass(self, start: float, end: float | None) -> Iterator[float]:
        """Every picture's time, the reader being at it."""
        there = self._go_to(start)
        while there and self._reader.position is not None and (end is None or self._reader.position < end):
            yield self._reader.position
            there = self._reader.next()
            if self._watch and self.seconds:
                self._watch(min(self._reader.position / self.seconds, 1.0))

    def _from_unknown_length(self, count: int, start: float, end: float | None) -> Iterator[Moment]:
        """As `moments`, all being read: the spacing doubles whenever twice as many as are wanted were kept."""
        kept: _Thinned[Moment] = _Thinned(count)
        for _ in self._pass(start, end):
            moment = self._moment() if kept.takes_next() else None
            if moment:
                kept.add(moment)
            else:
                kept.skip()
        self._finish(start, None, 0.0)
        yield from kept.evenly()

    def _finish(self, start: float, last: float | None, spacing: float) -> None:
        """After the last picture: was there any, and as much as the file promised?"""
        reader = self._reader
        read = reader.position
        if read is None:
            raise InputError(f"{reader.name}: {reader.why_nothing()}")
        if last is None and read < start:
            raise InputError(f"{reader.name}: --start {start:g} is past its end at {read:.1f} s")
        if self.seconds is None and reader.ended:
            self.seconds = read
        elif last is not None and reader.ended and last - read - 1 / reader.rate > max(0.1 * last, 2 * spacing):
            self.shortfall = f"is cut short: {read:.0f} of {last:.0f} seconds could be read"


def open_film(path: str | os.PathLike[str], watch: Callable[[float], None] | None = None) -> Film:
    """Open a video, an animated GIF, or a folder of pictures (in the order of their names, one a second). `watch`: see `Film`.

    Raises InputError for what is absent, empty or no video.
    """
    name = os.fsdecode(path)
    return Film(_Folder(name) if os.path.isdir(name) else _File(name), watch)


def has_content(picture: np.ndarray) -> bool:
    """Whether a picture is more than black, one colour, or a title card (little else than one even ground)."""
    import cv2

    grey = cv2.cvtColor(cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    if grey.max() <= DARK or grey.std() < 4:
        return False
    shades = np.bincount(grey.ravel() // 8, minlength=32)
    return bool((shades[:-1] + shades[1:]).max() < EVEN * grey.size)


def crop_bars(picture: np.ndarray) -> np.ndarray:
    """The picture without black bars above and below or at both sides; a dark scene, whose edges differ, stays whole."""
    brightest = np.maximum(np.maximum(picture[..., 0], picture[..., 1]), picture[..., 2])
    top, bottom = _bars(brightest)
    left, right = _bars(brightest.T)
    return picture[top : picture.shape[0] - bottom, left : picture.shape[1] - right]


def _bars(brightest: np.ndarray) -> tuple[int, int]:
    """How many rows at both ends are black; none unless they are about as many."""
    # A bar is black all along but for specks that compression left.
    lit = (brightest > DARK).mean(axis=1) > 0.02
    if not lit.any():
        return 0, 0
    before, after = int(np.argmax(lit)), int(np.argmax(lit[::-1]))
    alike = abs(before - after) <= max(2, 0.02 * len(lit))
    return (before, after) if alike and max(before, after) <= MOST_BAR * len(lit) else (0, 0)


def _reduced(picture: np.ndarray) -> np.ndarray:
    import cv2

    scale = LONGEST / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _shot_middles(reader: "_Reader", times: Iterator[float]) -> Iterator[Moment]:
    import cv2
    from scenedetect import FrameTimecode
    from scenedetect.detectors import ContentDetector

    detector = ContentDetector(min_scene_len=SHORTEST_SHOT)
    shot: _Thinned[Moment] = _Thinned(8)
    for number, seconds in enumerate(times):
        try:
            picture = reader.picture()
        except InputError:  # damaged: the shot goes on
            continue
        small = cv2.cvtColor(cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
        if detector.process_frame(FrameTimecode(number, reader.rate), small):
            yield from shot.evenly(1)
            shot = _Thinned(8)
        if shot.takes_next():
            shot.add(Moment(seconds, crop_bars(picture)))
        else:
            shot.skip()
    yield from shot.evenly(1)


class _Thinned(Generic[Item]):
    """Keeps between `count` and twice as many of any number of items, evenly spaced: every other one goes when it is full."""

    def __init__(self, count: int):
        self._count, self._every, self._seen = count, 1, 0
        self._items: list[Item] = []

    def takes_next(self) -> bool:
        """Whether the next item is one that it keeps."""
        return self._seen % self._every == 0

    def skip(self) -> None:
        """Let the next item go."""
        self._seen += 1

    def add(self, item: Item) -> None:
        """Give it the next item."""
        if self.takes_next():
            self._items.append(item)
            if len(self._items) >= 2 * self._count:
                self._items = self._items[::2]
                self._every *= 2
        self._seen += 1

    def evenly(self, count: int | None = None) -> Iterator[Item]:
        """So many of them (by default `count`) or fewer, in order."""
        wanted = min(count or self._count, len(self._items))
        for i in range(wanted):
            yield self._items[int((i + 0.5) * len(self._items) / wanted)]


class _Reader:
    """Where a film's pictures come from, one after the other.

    `rate` is pictures a second, `position` the seconds of the picture it is at, None before the first.
    """

    name: str
    seconds: float | None
    rate: float
    position: float | None = None
    ended: bool = False

    def next(self) -> bool:
        """Go to the next picture; False, and `ended`, when there is none."""
        raise NotImplementedError

    def jump(self, seconds: float) -> None:
        """Make the next picture one shortly before that time, where the file allows it."""
        raise NotImplementedError

    def picture(self) -> np.ndarray:
        """The picture that it is at, RGB uint8 `[height, width, 3]`, reduced to `LONGEST`."""
        raise NotImplementedError

    def why_nothing(self) -> str:
        """What to say when there was no picture at all."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""


class _File(_Reader):
    """A video file through OpenCV and FFmpeg."""

    def __init__(self, name: str):
        import cv2

        self.name, self._cv2 = name, cv2
        self._video = _capture(name)
        if not self._video.isOpened():
            raise InputError(f"{name}: {_why_unopened(name)}")
        rate = self._video.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate <= 1000 else 25.0  # a few files state none, or their time base
        count = self._video.get(cv2.CAP_PROP_FRAME_COUNT)
        self.seconds = count / self.rate if 0 < count < 1e9 else None  # -2^63 / rate where the file doesn't say

    def next(self) -> bool:
        if not self._video.grab():
            self.ended = True
            return False
        seconds = self._video.get(self._cv2.CAP_PROP_POS_MSEC) / 1000
        if self.position is not None and seconds <= self.position:  # no time stamps, as in some AVI files
            seconds = self.position + 1 / self.rate
        self.position = seconds
        return True

    def jump(self, seconds: float) -> None:
        self._video.set(self._cv2.CAP_PROP_POS_MSEC, 1000 * seconds)

    def picture(self) -> np.ndarray:
        cv2 = self._cv2
        done, picture = self._video.retrieve()
        if not done:
            raise InputError(f"{self.name}: its picture at {self.position:.1f} s cannot be decoded")
        return cv2.cvtColor(_reduced(picture), cv2.COLOR_BGR2RGB)

    def why_nothing(self) -> str:
        code = int(self._video.get(self._cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        codec = code.to_bytes(4, "little").decode("ascii", "replace").strip("\0 ").upper()
        codec = {"AV01": "AV1"}.get(codec, codec or "unknown")
        return f"no picture of it can be decoded (codec {codec}); convert it, for example with ffmpeg -i IN -c:v libx264 OUT.mp4"

    def close(self) -> None:
        self._video.release()


class _Folder(_Reader):
    """A folder of pictures in the order of their names, numbers in them counting as numbers; one a second."""

    rate = 1.0

    def __init__(self, name: str):
        self.name = name
        try:
            with os.scandir(name) as entries:
                files = [entry.path for entry in entries if entry.name.lower().endswith(PICTURES) and entry.is_file()]
        except OSError as error:
            raise InputError(f"{name}: cannot be opened: {error.strerror}") from error
        if not files:
            raise InputError(f"{name}: holds no pictures ({', '.join(PICTURES)})")
        self._files = sorted(files, key=_natural)
        self._next = 0
        self.seconds = float(len(files))

    def next(self) -> bool:
        if self._next >= len(self._files):
            self.ended = True
            return False
        self.position = float(self._next)
        self._next += 1
        return True

    def jump(self, seconds: float) -> None:
        self._next = max(self._next, int(seconds))

    def picture(self) -> np.ndarray:
        return _reduced(read_photo(self._files[self._next - 1]))

    def why_nothing(self) -> str:
        return "holds no picture that can be read"


def _natural(path: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", os.path.basename(path)) if part]


def _capture(name: str) -> Any:
    """OpenCV's reader, quiet: what goes wrong is told in our own words."""
    import cv2

    try:
        if not os.path.getsize(name):
            raise InputError(f"{name}: is empty")
        with open(name, "rb"):
            pass
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a zero byte, or half of a surrogate pair
        raise InputError(f"{name!r}: is not a file name") from error
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # FFmpeg alone: other readers take `shot_01.jpg` for a series. An absolute path: it takes `a:b.mp4` for a protocol.
    return cv2.VideoCapture(os.path.abspath(name), cv2.CAP_FFMPEG)


def _why_unopened(name: str) -> str:
    with open(name, "rb") as file:
        head = file.read(12)
        if head[4:8] == b"ftyp":
            if not _has_index(file):
                return "is cut short before its index (moov), without which no picture can be found"
            return "holds no pictures (sound only?)"
    if head[:4] in (b"fLaC", b"OggS") or head[:3] == b"ID3" or head[8:12] == b"WAVE":
        return "holds no pictures (sound only?)"
    return "is not a video that can be read (MP4, MKV, WebM, AVI, MOV, MPEG, animated GIF, or a folder of pictures)"


def _has_index(file: Any) -> bool:
    """Whether an MP4 file's boxes, as far as they are there, include the index."""
    at, size = 0, file.seek(0, os.SEEK_END)
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if head[4:8] == b"moov":
            return True
        if length < 8:
            return False
        at += length
    return False


def find_films(paths: "list[str] | tuple[str, ...]", recursive: bool = False) -> Iterator[Path | InputError]:
    """Films from paths: files as they are; of a folder its videos or, if it holds pictures alone, the folder itself.

    A folder of neither is an InputError among them, unless `recursive` finds films in its folders.
    """
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found = list(_films_in(path, recursive))
            yield from found or [InputError(f"{path}: holds no films{'' if recursive else '; --recursive looks into its folders'}")]
        else:
            yield path


def _films_in(folder: Path, recursive: bool) -> Iterator[Path | InputError]:
    try:
        entries = sorted(folder.iterdir(), key=lambda path: _natural(str(path)))
    except OSError as error:
        yield InputError(f"{folder}: cannot be opened: {error.strerror}")
        return
    videos = [path for path in entries if path.suffix.lower() in SUFFIXES and path.is_file()]
    if any(path.suffix.lower() != ".gif" for path in videos):  # GIF files alone may be a folder of pictures
        yield from videos
    elif any(path.suffix.lower() in PICTURES and path.is_file() for path in entries):
        yield folder
    if recursive:
        for path in entries:
            if path.is_dir() and not path.is_symlink():  # a link could lead round in circles
                yield from _films_in(path, recursive)
