"""Cuts between the shots of a film, by FFmpeg's scene detection."""

from fractions import Fraction

import numpy as np

SIZE = (160, 90)  # pixels, enough to see a cut
THRESHOLD = 0.3  # of FFmpeg's scene score, 0 for the same image and 1 for another one


class CutDetector:
    """Tells where a new shot begins. Give it the frames of a film in order.

    Args:
        rate: frames per second.
        shortest: seconds that a shot lasts at least.
    """

    def __init__(self, rate: float, shortest: float):
        import av

        self._av, self._fewest = av, round(shortest * rate)
        self._graph = av.filter.Graph()
        width, height = SIZE
        self._source = self._graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base=Fraction(1, 1000))
        select, self._sink = self._graph.add("select", f"gt(scene,{THRESHOLD})"), self._graph.add("buffersink")
        self._source.link_to(select)
        select.link_to(self._sink)
        self._graph.configure()
        self._number = self._last = 0

    def begins_shot(self, pixels: np.ndarray) -> bool:
        """Whether this frame, RGB uint8 `[height, width, 3]`, begins a new shot. The first frame does not."""
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        small = frame.reformat(*SIZE, format="rgb24", interpolation="AREA")
        small.pts, small.time_base = self._number, Fraction(1, 1000)
        self._source.push(small)
        number, self._number = self._number, self._number + 1
        try:
            self._sink.pull()
        except (self._av.error.BlockingIOError, self._av.error.EOFError):
            return False
        if number - self._last < self._fewest:
            return False
        self._last = number
        return True
