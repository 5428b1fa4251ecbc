"""Where a film's frames come from: a video file, or a folder of images."""

import os
import re
from typing import Any

import numpy as np

from mediakit.errors import InputError
from mediakit.media.film_frames import shrink
from mediakit.media.image import SUFFIXES as IMAGE_SUFFIXES
from mediakit.media.image import read_photo


class FrameReader:
    """Reads a film's frames one after another.

    `name` is used in messages. `seconds` is the film's length, None if unknown. `rate` is the number of frames per second.
    `position` is the time of the current frame in seconds, None before the first. `ended` is set once there is no next frame.
    """

    name: str
    seconds: float | None
    rate: float
    position: float | None = None
    ended: bool = False

    def next(self) -> bool:
        """Go to the next frame. Returns False, and sets `ended`, when there is none."""
        raise NotImplementedError

    def jump(self, seconds: float) -> None:
        """Make the next frame one shortly before this time, where the file allows it."""
        raise NotImplementedError

    def frame(self) -> np.ndarray:
        """The current frame, RGB uint8 `[height, width, 3]`, shrunk. Raises InputError when it cannot be decoded."""
        raise NotImplementedError

    def why_empty(self) -> str:
        """The message for a film in which not a single frame could be read."""
        raise NotImplementedError

    def close(self) -> None:
        """Release the file."""


class VideoFile(FrameReader):
    """A video file, read by OpenCV and FFmpeg. Raises InputError when it is missing, empty or not a video."""

    def __init__(self, name: str):
        import cv2

        self.name, self._cv2 = name, cv2
        self._video = _capture(name)
        if not self._video.isOpened():
            raise InputError(f"{name}: {_why_unopened(name)}")
        rate = self._video.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate <= 1000 else 25.0  # a few files state none, or their time base
        count = self._video.get(cv2.CAP_PROP_FRAME_COUNT)
        self.seconds = count / self.rate if 0 < count < 1e9 else None  # -2^63 / rate where the file states no length

    def next(self) -> bool:
        if not self._video.grab():
            self.ended = True
            return False
        seconds = self._video.get(self._cv2.CAP_PROP_POS_MSEC) / 1000
        if self.position is not None and seconds <= self.position:  # no timestamps, as in some AVI files
            seconds = self.position + 1 / self.rate
        self.position = seconds
        return True

    def jump(self, seconds: float) -> None:
        self._video.set(self._cv2.CAP_PROP_POS_MSEC, 1000 * seconds)

    def frame(self) -> np.ndarray:
        cv2 = self._cv2
        done, frame = self._video.retrieve()
        if not done:
            raise InputError(f"{self.name}: the frame at {self.position:.1f} s cannot be decoded")
        return cv2.cvtColor(shrink(frame), cv2.COLOR_BGR2RGB)

    def why_empty(self) -> str:
        code = int(self._video.get(self._cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        codec = code.to_bytes(4, "little").decode("ascii", "replace").strip("\0 ").upper()
        codec = {"AV01": "AV1"}.get(codec, codec or "unknown")
        return f"no frame can be decoded (codec {codec}); convert it, for example with ffmpeg -i IN -c:v libx264 OUT.mp4"

    def close(self) -> None:
        self._video.release()


class FrameFolder(FrameReader):
    """A folder of images in natural order of their names (2 before 10), one per second. Raises InputError when it has none."""

    rate = 1.0

    def __init__(self, name: str):
        self.name = name
        try:
            with os.scandir(name) as entries:
                files = [entry.path for entry in entries if entry.name.lower().endswith(IMAGE_SUFFIXES) and entry.is_file()]
        except OSError as error:
            raise InputError(f"{name}: cannot be opened: {error.strerror}") from error
        if not files:
            raise InputError(f"{name}: holds no images ({', '.join(IMAGE_SUFFIXES)})")
        self._files = sorted(files, key=natural_key)
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

    def frame(self) -> np.ndarray:
        return shrink(read_photo(self._files[self._next - 1]))

    def why_empty(self) -> str:
        return "holds no readable image"


def natural_key(path: str) -> list[tuple[int, str]]:
    """A sort key for file names in which numbers count as numbers."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", os.path.basename(path)) if part]


def _capture(name: str) -> Any:
    """OpenCV's reader with its own messages silenced."""
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
    except ValueError as error:  # a null character or a lone surrogate
        raise InputError(f"{name!r}: is not a file name") from error
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # FFmpeg only: other backends read `shot_01.jpg` as a series. An absolute path, or FFmpeg reads `a:b.mp4` as a protocol.
    return cv2.VideoCapture(os.path.abspath(name), cv2.CAP_FFMPEG)


def _why_unopened(name: str) -> str:
    with open(name, "rb") as file:
        head = file.read(12)
        if head[4:8] == b"ftyp":
            if not _has_index(file):
                return "is cut short before its index (moov), without which no frame can be found"
            return "has no video stream (sound only?)"
    if head[:4] in (b"fLaC", b"OggS") or head[:3] == b"ID3" or head[8:12] == b"WAVE":
        return "has no video stream (sound only?)"
    return "is not a video that can be read (MP4, MKV, WebM, AVI, MOV, MPEG, animated GIF, or a folder of images)"


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
