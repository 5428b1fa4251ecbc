"""Classes over time: from the probabilities of single frames to events with a beginning and an end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

NONE = "none"  # the class of images that show no other


@dataclass(frozen=True)
class Event:
    """A stretch of a film that shows one class.

    Attributes:
        label: the class.
        start, end: seconds.
        probability: the mean of its smoothed probability over the stretch, 0..1.
    """

    label: str
    start: float
    end: float
    probability: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"label": self.label, "start": round(self.start, 2), "end": round(self.end, 2), "probability": round(self.probability, 4)}


class EventDetector:
    """Finds events frame by frame.

    Probabilities are smoothed exponentially. An event begins when a class reaches the threshold, and ends when its probability
    falls below half of the threshold or another class reaches it: a single odd frame neither begins nor ends one.

    Args:
        classes: names, in the order of the probabilities. The class `none` makes no events.
        threshold: of smoothed probabilities, 0..1.
        smoothing: time constant in seconds; 0: none.
        shortest: seconds; shorter events are dropped.

    Attributes:
        smoothed: the probabilities at the last frame, smoothed; None before the first one.
        seconds: when the last frame is shown.
    """

    def __init__(self, classes: Sequence[str], threshold: float, smoothing: float, shortest: float):
        self._classes, self._threshold, self._smoothing, self._shortest = classes, threshold, smoothing, shortest
        self.smoothed: np.ndarray | None = None
        self.seconds = 0.0
        self._current: int | None = None
        self._start, self._sum, self._count = 0.0, 0.0, 0

    def add(self, seconds: float, probabilities: np.ndarray) -> Event | None:
        """Take the probabilities of the frame at `seconds` `[classes]`; return the event that ends with it, if one does."""
        self.smoothed = self._smooth(seconds, probabilities)
        self.seconds = seconds
        best = int(np.argmax(self.smoothed))
        reached = self.smoothed[best] >= self._threshold and self._classes[best] != NONE
        ended = None
        if self._current is not None and ((reached and best != self._current) or self.smoothed[self._current] < self._threshold / 2):
            ended = self.finish()
        if self._current is None and reached:
            self._current, self._start, self._sum, self._count = best, seconds, 0.0, 0
        if self._current is not None:
            self._sum, self._count = self._sum + float(self.smoothed[self._current]), self._count + 1
        return ended

    def finish(self) -> Event | None:
        """End the event under way at the last frame; None if there is none, or it was too short."""
        if self._current is None:
            return None
        event = Event(self._classes[self._current], self._start, self.seconds, self._sum / self._count)
        self._current = None
        return event if event.end - event.start >= self._shortest else None

    def _smooth(self, seconds: float, probabilities: np.ndarray) -> np.ndarray:
        if self.smoothed is None or not self._smoothing:
            return probabilities
        kept = math.exp(-max(seconds - self.seconds, 0.0) / self._smoothing)
        return kept * self.smoothed + (1 - kept) * probabilities
