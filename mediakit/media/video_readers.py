"""Where a film's frames come from: a video file, or a folder of images."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError
from mediakit.media.film_frames import LONGEST, shrink
from mediakit.media.image import MAX_PIXELS, read_photo
from mediakit.media.photo_files import is_photo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

LATE_START = 1.0  # seconds: a clock that starts later may make the stated length count from zero
MOST_ERRORS = 1000  # undecodable packets in a row, after which the rest of a file is given up


class FrameReader(ABC):
    """Reads a film's frames one after another.

    `name` is used in messages. `seconds` is the film's length, None if unknown. `rate` is the number of frames per second.
    `position` is the time of the current frame in seconds, None before the first. `ended` is set once there is no next frame.
    `lost` counts the frames that could not be decoded, and `readable` is set once one could be. `cut` is set where the file has no end.
    """

    name: str
    seconds: float | None
    rate: float
    position: float | None = None
    ended: bool = False
    lost: int = 0
    readable: bool = False
    cut: bool = False

    @abstractmethod
    def next(self) -> bool:
        """Go to the next frame. Returns False, and sets `ended`, when there is none."""

    @abstractmethod
    def jump(self, seconds: float) -> None:
        """Make the next frame one shortly before this time, where the file allows it."""

    @abstractmethod
    def frame(self) -> np.ndarray:
        """The current frame, RGB uint8 `[height, width, 3]`, shrunk. Raises InputError when it cannot be decoded."""

    @abstractmethod
    def why_empty(self) -> str:
        """The message for a film in which not a single frame could be read."""

    @abstractmethod
    def what_is_lost(self) -> str:
        """The message for a film of which `lost` frames could not be decoded."""

    @abstractmethod
    def close(self) -> None:
        """Release the file."""


class VideoFile(FrameReader):
    """A video file, decoded by FFmpeg. Times are the stream's own timestamps, counted from its start.

    A packet that cannot be decoded is counted, and reading goes on. Frames are shrunk until no side is longer than `longest` pixels.
    Raises InputError for a path that is missing, empty or not a video.
    """

    def __init__(self, name: str, longest: float = LONGEST):
        self.name, self.longest = name, longest
        self._container = _open(name)
        self._stream = _main_video(name, self._container)
        _check_size(name, self._stream)
        self._stream.thread_type = "AUTO"
        rate = float(self._stream.average_rate or self._stream.guessed_rate or 0)
        self.rate = rate if 0 < rate <= 1000 else 25.0  # a few files state none, or their time base
        self._tick = float(self._stream.time_base or 1 / 90_000)
        self._start = (self._stream.start_time or 0) * self._tick
        self.seconds = self._length()
        self.cut = self._container.format.name == "gif" and not _has_gif_trailer(name)
        self._frames = self._decode()
        self._current: VideoFrame | None = None

    def next(self) -> bool:
        for frame in self._frames:
            seconds = self._time(frame)
            if seconds > -0.5 / self.rate:  # earlier frames are cut away by an edit list
                self._current, self.position, self.readable = frame, max(seconds, 0.0), True
                return True
        self.ended = True
        return False

    def jump(self, seconds: float) -> None:
        from av.error import FFmpegError

        try:
            self._container.seek(round((seconds + self._start) / self._tick), stream=self._stream)
        except FFmpegError:
            return  # no index: read on
        self._frames = self._decode()

    def frame(self) -> np.ndarray:
        assert self._current is not None
        pixels = self._current.to_ndarray(format="rgb24")
        size = pixels.shape[:2]
        if self._current.interlaced_frame:
            pixels = pixels[::2]  # one field: the other one is a fiftieth of a second apart
        return _upright(shrink(pixels, size, self.longest), _display_matrix(self._current))

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the current frame upright, before it is shrunk."""
        assert self._current is not None
        shape = np.broadcast_to(np.uint8(0), (self._current.height, self._current.width, 3))
        height, width = _upright(shape, _display_matrix(self._current)).shape[:2]
        return width, height

    def why_empty(self) -> str:
        codec = self._stream.codec_context.name
        return f"no frame can be decoded (codec {codec}); convert it, for example with ffmpeg -i IN -c:v libx264 OUT.mp4"

    def what_is_lost(self) -> str:
        return f"is damaged: {self.lost} of its frames could not be decoded"

    def close(self) -> None:
        self._container.close()

    def _time(self, frame: "VideoFrame") -> float:
        if frame.pts is None:  # as in some AVI files
            return 0.0 if self.position is None else self.position + 1 / self.rate
        return frame.pts * self._tick - self._start

    def _length(self) -> float | None:
        if self._stream.duration:
            return float(self._stream.duration * self._tick)
        if not self._container.duration:
            return None
        stated = float(self._container.duration / 1e6)
        return stated if self._start < LATE_START else self._measured_length(stated)

    def _measured_length(self, stated: float) -> float:
        """The length by the last timestamp, for containers that count it from zero, not from the stream's start."""
        self.jump(stated)
        last = max((packet.pts or 0 for packet in self._packets()), default=0) * self._tick
        self.jump(0.0)
        return last - self._start + 1 / self.rate if last > self._start else stated

    def _packets(self) -> Iterator[Any]:
        """The stream's packets. One that cannot be read does not end them."""
        from av.error import FFmpegError

        errors, packets = 0, self._container.demux(self._stream)
        while errors < MOST_ERRORS:
            try:
                yield next(packets)
                errors = 0
            except StopIteration:
                return
            except FFmpegError:
                errors += 1
                packets = self._container.demux(self._stream)

    def _decode(self) -> Iterator["VideoFrame"]:
        from av.error import FFmpegError

        for packet in self._packets():
            try:
                frames = packet.decode()
            except FFmpegError:
                self.lost += 1
                continue
            yield from frames


class FrameFolder(FrameReader):
    """A folder of images in natural order of their names (2 before 10), one per second. Raises InputError when it has none.

    Frames are shrunk until no side is longer than `longest` pixels.
    """

    rate = 1.0

    def __init__(self, name: str, longest: float = LONGEST):
        self.name, self.longest = name, longest
        try:
            with os.scandir(name) as entries:
                files = [entry.path for entry in entries if is_photo(entry.name) and entry.is_file()]
        except OSError as error:
            raise InputError(f"{name}: cannot be opened: {error.strerror}") from error
        if not files:
            raise InputError(f"{name}: holds no images")
        self._files = sorted(files, key=natural_key)
        self._next = 0
        self._broken: set[str] = set()  # an image may be asked for more than once
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

    def frame(self) -> np.ndarray:
        path = self._files[self._next - 1]
        try:
            pixels = read_photo(path)
        except InputError:
            self._broken.add(path)
            self.lost = len(self._broken)
            raise
        self.readable = True
        return shrink(pixels, pixels.shape[:2], self.longest)

    def why_empty(self) -> str:
        return "none of its images could be read"

    def what_is_lost(self) -> str:
        return f"{self.lost} of {len(self._files)} frames could not be read"

    def close(self) -> None:
        """No file stays open."""


def natural_key(path: str) -> list[tuple[int, str]]:
    """A sort key for file names in which numbers count as numbers."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", os.path.basename(path)) if part]


def _open(name: str) -> "InputContainer":
    try:
        if not os.path.getsize(name):
            raise InputError(f"{name}: is empty")
        with open(name, "rb"):
            pass
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a null character or a lone surrogate
        raise InputError(f"{name!r}: is not a file name") from error
    import av

    try:
        # As a URL: FFmpeg reads `a:b.mp4` as a protocol, and `shot_%d.jpg` as a series.
        # From version 19 on, PyAV itself passes over metadata that are not UTF-8.
        lenient: dict[str, Any] = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}
        return av.open(f"file:{os.path.abspath(name)}", options={"pattern_type": "none"}, **lenient)
    except av.error.FFmpegError as error:
        raise InputError(f"{name}: {_why_unopened(name)}") from error


def _main_video(name: str, container: "InputContainer") -> "VideoStream":
    """The film itself: not a cover image, whether it is marked as one or is a track of a single frame."""
    from av.stream import Disposition

    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    still = container.format.name.endswith("_pipe") or container.format.name == "image2"
    if not streams or still:
        container.close()
        raise InputError(f"{name}: {_NOT_A_VIDEO if still else _NO_VIDEO}")
    streams = [stream for stream in streams if stream.codec_context]
    if not streams:
        container.close()
        raise InputError(f"{name}: {_UNKNOWN_CODEC}")
    return max(streams, key=lambda stream: (stream.frames != 1, stream.width * stream.height))


def _check_size(name: str, stream: "VideoStream") -> None:
    """Refuse frames that would fill the memory, those that the file states and any larger ones that may follow."""
    if stream.width * stream.height > MAX_PIXELS:
        raise InputError(f"{name}: frames of {stream.width} x {stream.height} pixels are more than the limit of {MAX_PIXELS:,}")
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}


def _has_gif_trailer(name: str) -> bool:
    """Whether a GIF has its last byte (GIF89a, section 27), perhaps with padding behind it."""
    with open(name, "rb") as file:
        file.seek(max(0, os.path.getsize(name) - 4096))
        return file.read().rstrip(b"\0").endswith(b";")


def _display_matrix(frame: "VideoFrame") -> np.ndarray:
    """How a frame is to be turned or mirrored: float `[2, 2]` that takes (x, y) to (x, y) @ matrix; ISO 14496-12, section 6.2.2."""
    data: Any = frame.side_data.get("DISPLAYMATRIX")
    return np.eye(2) if data is None else np.frombuffer(bytes(data), "=i4").reshape(3, 3)[:2, :2] / 65536


def _upright(pixels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The image as its display matrix wants it, turned by the nearest multiple of 90 degrees."""
    (xx, xy), (yx, yy) = matrix
    if abs(xy) > abs(xx):
        pixels, across, down = pixels.swapaxes(0, 1), yx, xy
    else:
        across, down = xx, yy
    return np.ascontiguousarray(pixels[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1])


_UNKNOWN_CODEC = "its video stream has a codec that FFmpeg does not know"
_NO_VIDEO = "has no video stream (sound only?)"
_NOT_A_VIDEO = "is not a video that can be read (MP4, MKV, WebM, AVI, MOV, MPEG, animated GIF, or a folder of images)"


def _why_unopened(name: str) -> str:
    with open(name, "rb") as file:
        if file.read(12)[4:8] == b"ftyp" and not _has_index(file):
            return "is cut short before its index (moov), without which no frame can be found"
    return _NOT_A_VIDEO


def _has_index(file: Any) -> bool:
    """Whether the boxes of an MP4 file, as far as they are present, include the index."""
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
