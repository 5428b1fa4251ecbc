"""Videos in, the objects of their frames and the tracks of these out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import InputError
from mediakit.media.video_readers import VideoFile
from mediakit.runtime.pipeline import results_of
from mediakit.tasks.detection.pipeline import DetectedObject, Detections, Detector
from mediakit.tasks.detection.tracking import Tracker

FEWEST = 2  # frames of a track that is worth telling


@dataclass(frozen=True)
class TrackedFrame:
    """A frame of a video.

    seconds: its time.
    pixels: RGB uint8 `[height, width, 3]`, smaller than the video's frame if that is large.
    found: its objects, with boxes in pixels of the video.
    tracks: the number of each object's track.
    """

    seconds: float
    pixels: np.ndarray
    found: Detections
    tracks: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `second`, `width`, `height`, `objects` (each `label`, `score`, `box`, `track`)."""
        found = self.found.to_dict()
        objects = [{**each, "track": track} for each, track in zip(found["objects"], self.tracks, strict=True)]
        return {"second": round(self.seconds, 3), **found, "objects": objects}


@dataclass
class Track:
    """Where in a video one object was seen: the times of its first and last frame in seconds, its best score, its number of frames."""

    label: str
    start: float
    end: float
    score: float = 0.0
    frames: int = 0


def detect_in_video(detector: Detector, path: Path, fps: float, **options: Any) -> Iterator[TrackedFrame]:
    """The frames of a video, about `fps` a second or all if there are fewer, with their objects.

    `options` are those of `Detector.stream`. Raises InputError for a file that is no video or of which no frame can be decoded.
    """
    video, tracker = VideoFile(str(path)), Tracker()
    try:
        seen: list[tuple[float, tuple[int, int], np.ndarray]] = []
        for found in results_of(detector.stream(_frames(video, fps, seen), **options)):
            seconds, size, pixels = seen.pop(0)
            found = scaled(found, size)
            yield TrackedFrame(seconds, pixels, found, tracker.update(found.objects))
        if video.position is None or (video.lost and not video.readable):
            raise InputError(f"{video.name}: {video.why_empty()}")
    finally:
        video.close()


def _frames(video: VideoFile, fps: float, seen: list[tuple[float, tuple[int, int], np.ndarray]]) -> Iterator[np.ndarray]:
    """The pixels of frames; time, size and pixels of each are also appended to `seen`."""
    due = 0.0
    while video.next():
        assert video.position is not None
        if video.position < due - 0.5 / video.rate:
            continue
        due = max(due + 1 / fps, video.position)
        seen.append((video.position, video.frame_size, video.frame()))
        yield seen[-1][2]


def scaled(found: Detections, size: tuple[int, int]) -> Detections:
    """Detections in a frame as those in the same frame at another `size` (width, height)."""
    across, down = size[0] / found.width, size[1] / found.height
    boxes = [(x0 * across, y0 * down, x1 * across, y1 * down) for x0, y0, x1, y1 in (each.box for each in found.objects)]
    objects = (DetectedObject(each.label, each.score, box) for each, box in zip(found.objects, boxes, strict=True))
    return Detections(*size, tuple(objects))


def add_to_tracks(tracks: dict[int, Track], frame: TrackedFrame) -> None:
    """Take a frame's objects into the tracks of a video, by number."""
    for each, number in zip(frame.found.objects, frame.tracks, strict=True):
        track = tracks.setdefault(number, Track(each.label, frame.seconds, frame.seconds))
        track.end, track.score, track.frames = frame.seconds, max(track.score, each.score), track.frames + 1
