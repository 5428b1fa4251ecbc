"""A few frames of a film, from any video that FFmpeg reads or from a folder of images, without ever holding all of it in memory.

A film is read forwards once. Where the wanted frames are more than `SKIP` frames apart, the reader jumps. In between, it decodes
without converting to RGB, which is faster, since a jump has to decode from the last key frame anyway.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import InputError
from mediakit.media.cuts import CutDetector
from mediakit.media.film_frames import LONGEST, crop_bars, has_content
from mediakit.media.photo_files import is_hidden, is_photo
from mediakit.media.thinning import Thinned
from mediakit.media.video_readers import FrameFolder, FrameReader, VideoFile, natural_key

SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".mkv", ".webm", ".avi", ".divx", ".dv", ".gif"),
    *(".mpg", ".mpeg", ".mpe", ".m2v", ".vob", ".ts", ".mts", ".m2ts", ".mxf", ".nut", ".ogv", ".ogm", ".wmv", ".asf", ".flv", ".f4v"),
)
FEWEST_IMAGES = 3  # in a folder that is a film: one or two are artwork
SKIP = 250  # frames: the usual distance between key frames, so the least that a jump must save
TRIES = (0.5, 0.7, 0.9)  # positions within a stretch that are tried until a frame has content
SHORTEST_SHOT = 0.6  # seconds


@dataclass(frozen=True)
class Moment:
    """A frame of a film and its time in seconds.

    `frame` is upright RGB, uint8 `[height, width, 3]`, without letterbox bars, with no side longer than the film's `longest`.
    """

    seconds: float
    frame: np.ndarray


class Film:
    """An open film. Use it in a `with` statement, and take its `moments`, its `shots` or its `frames` once.

    `rate` is the number of frames per second. `seconds` is the film's length, None until it is known: where the file does not state
    it, it is known after reading. `shortfall` says what of a truncated or damaged file could not be read; None if all of it was.
    `watch` is called with the fraction read so far, or never where the length is unknown.
    """

    def __init__(self, reader: FrameReader, watch: Callable[[float], None] | None = None):
        self._reader, self._watch = reader, watch
        self.rate, self.seconds = reader.rate, reader.seconds
        self.shortfall: str | None = None

    def __enter__(self) -> "Film":
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.close()

    def moments(self, count: int, start: float = 0.0, end: float | None = None) -> Iterator[Moment]:
        """Up to `count` moments between two times in seconds, in order, one from each of `count` equal stretches.

        Black and plain frames and title cards are passed over for a later frame of the stretch. A stretch of nothing else is
        skipped. Raises InputError when `start` is past the end, or when no frame can be decoded.
        """
        last = self._last(start, end)
        if last is None:
            yield from self._from_unknown_length(count, start, end)
            return
        stretch, before = (last - start) / count, -1.0
        for i in range(count):
            moment = self._in_stretch(start + i * stretch, stretch)
            if moment and moment.seconds > before:  # with few frames, one may be the nearest for several stretches
                before = moment.seconds
                yield moment
            if self._reader.ended:
                break
        self._finish(start, last, stretch)

    def shots(self, most: int, start: float = 0.0, end: float | None = None) -> Iterator[Moment]:
        """The middle of each shot between two times in seconds; of more than `most` shots, an even selection.

        Decodes every frame; FFmpeg's scene detection finds the cuts. Raises InputError as `moments` does.
        """
        last = self._last(start, end)
        kept: Thinned[Moment] = Thinned(most)
        for moment in _shot_middles(self._reader, self._pass(start, end)):
            if has_content(moment.frame):
                kept.add(moment)
        self._finish(start, last, 1.0)
        yield from kept.evenly()

    def frames(self, rate: float, start: float = 0.0, end: float | None = None) -> Iterator[Moment]:
        """Up to `rate` frames a second between two times in seconds, whatever they show.

        Frames that cannot be decoded are passed over. Raises InputError as `moments` does.
        """
        last, due = self._last(start, end), start
        for seconds in self._pass(start, end):
            if seconds + 0.5 / self._reader.rate < due:
                continue
            try:
                frame = self._reader.frame()
            except InputError:
                continue
            due = max(due + 1 / rate, seconds)
            yield Moment(seconds, frame)
        self._finish(start, last, 1 / rate)

    def _last(self, start: float, end: float | None) -> float | None:
        """Where to stop, in seconds; None if only reading will tell."""
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
        """The reader's current moment; None if its frame is damaged or has no content."""
        assert self._reader.position is not None
        try:
            frame = crop_bars(self._reader.frame())
        except InputError:
            return None
        return Moment(self._reader.position, frame) if has_content(frame) else None

    def _pass(self, start: float, end: float | None) -> Iterator[float]:
        """Step through every frame, yielding its time."""
        more = self._go_to(start)
        while more and self._reader.position is not None and (end is None or self._reader.position < end):
            yield self._reader.position
            more = self._reader.next()
            if self._watch and self.seconds:
                self._watch(min(self._reader.position / self.seconds, 1.0))

    def _from_unknown_length(self, count: int, start: float, end: float | None) -> Iterator[Moment]:
        """As `moments`, reading everything and thinning out as the film turns out longer."""
        kept: Thinned[Moment] = Thinned(count)
        for _ in self._pass(start, end):
            moment = self._moment() if kept.takes_next() else None
            if moment:
                kept.add(moment)
            else:
                kept.skip()
        self._finish(start, None, 0.0)
        yield from kept.evenly()

    def _finish(self, start: float, last: float | None, spacing: float) -> None:
        """Check, after the last frame, that there was any, and note a file that ended early."""
        reader = self._reader
        read = reader.position
        if read is None or (reader.lost and not reader.readable):
            raise InputError(f"{reader.name}: {reader.why_empty()}")
        if last is None and read < start:
            raise InputError(f"{reader.name}: --start {start:g} is past its end at {read:.1f} s")
        length = self.seconds
        if length is None and reader.ended:
            self.seconds = read
        if length is not None and last is not None and reader.ended and last - read - 1 / reader.rate > max(0.1 * last, 2 * spacing):
            self.shortfall = f"is cut short: {read:.0f} of {last:.0f} seconds could be read"
        elif reader.cut:
            self.shortfall = "is cut short: its end is missing"
        elif reader.lost:
            self.shortfall = reader.what_is_lost()


def open_film(path: str | os.PathLike[str], watch: Callable[[float], None] | None = None, longest: float = LONGEST) -> Film:
    """Open a video, an animated GIF, or a folder of images (in natural order of their names, one per second).

    `watch` is described in `Film`. Frames are shrunk until no side is longer than `longest` pixels. Raises InputError for a path that is
    missing, empty or not a video.
    """
    name = os.fsdecode(path)
    return Film(FrameFolder(name, longest) if os.path.isdir(name) else VideoFile(name, longest), watch)


def _shot_middles(reader: FrameReader, times: Iterator[float]) -> Iterator[Moment]:
    cuts = CutDetector(reader.rate, SHORTEST_SHOT)
    shot: Thinned[Moment] = Thinned(8)
    for seconds in times:
        try:
            frame = reader.frame()
        except InputError:  # a damaged frame does not end the shot
            continue
        if cuts.begins_shot(frame):
            yield from shot.evenly(1)
            shot = Thinned(8)
        if shot.takes_next():
            shot.add(Moment(seconds, crop_bars(frame)))
        else:
            shot.skip()
    yield from shot.evenly(1)


def find_films(paths: "list[str] | tuple[str, ...]", recursive: bool = False) -> Iterator[Path | InputError]:
    """Films from paths: files as they are; for a folder its videos or, if it holds only images, the folder itself.

    A folder with neither yields an InputError, unless `recursive` finds films in its subfolders.
    """
    for name in paths:
        path = Path(name)
        if path.is_dir():
            found = list(_films_in(path, recursive))
            yield from found or [InputError(f"{path}: holds no films{'' if recursive else '; --recursive searches its subfolders'}")]
        else:
            yield path


def _films_in(folder: Path, recursive: bool) -> Iterator[Path | InputError]:
    try:
        visible = (path for path in folder.iterdir() if not is_hidden(path.name))
        entries = sorted(visible, key=lambda path: natural_key(str(path)))
    except OSError as error:
        yield InputError(f"{folder}: cannot be opened: {error.strerror}")
        return
    videos = [path for path in entries if path.suffix.lower() in SUFFIXES and path.is_file()]
    if any(path.suffix.lower() != ".gif" for path in videos):  # a folder of GIF files alone may be a folder of images
        yield from videos
    elif sum(is_photo(path.name) and path.is_file() for path in entries) >= FEWEST_IMAGES:
        yield folder
    if recursive:
        for path in entries:
            if path.is_dir() and not path.is_symlink():  # a link could form a cycle
                yield from _films_in(path, recursive)
