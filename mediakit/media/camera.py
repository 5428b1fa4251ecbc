"""A camera's frames, by FFmpeg."""

import sys
import time
from collections.abc import Iterator

from mediakit.errors import InputError
from mediakit.media.film_frames import shrink
from mediakit.media.video import Moment

# FFmpeg's name of the system's cameras, and that of a camera by its number.
_SYSTEMS = {"linux": ("v4l2", "/dev/video{}"), "darwin": ("avfoundation", "{}:none"), "win32": ("dshow", "video={}")}


def camera_frames(camera: str, rate: float) -> Iterator[Moment]:
    """Up to `rate` frames a second from a camera, timed from the first, until it stops.

    Args:
        camera: a number from 0, or what FFmpeg calls the camera (on Windows its name).

    Raises InputError for a camera that cannot be opened.
    """
    import av

    system, form = _SYSTEMS.get(sys.platform, _SYSTEMS["linux"])
    name = form.format(camera) if camera.isdigit() or sys.platform == "win32" else camera
    try:
        container = av.open(name, format=system)
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise InputError(f"camera {camera}: cannot be opened ({name}): {getattr(error, 'strerror', None) or error}") from error
    with container:
        begin, due = time.monotonic(), 0.0
        for frame in container.decode(video=0):
            seconds = time.monotonic() - begin
            if seconds >= due:
                due = seconds + 1 / rate
                pixels = frame.to_ndarray(format="rgb24")
                yield Moment(seconds, shrink(pixels, pixels.shape[:2]))
