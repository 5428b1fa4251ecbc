"""Films in, the classes that they show out, each from when to when: hand signs, say."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError
from mediakit.media.thinning import Thinned
from mediakit.media.video import Moment, open_film
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult
from mediakit.tasks.classification.over_time import NONE, Event, EventDetector
from mediakit.tasks.classification.pipeline import Classifier

if TYPE_CHECKING:
    from PIL.Image import Image

RATE = 10.0  # frames looked at in a second
FASTEST = 1000.0
THRESHOLD = 0.6
SMOOTHING = 0.3  # seconds
SHORTEST = 0.25  # seconds of an event
KEPT = 200  # moments, up to twice as many
FRAME = 240  # pixels of the longer side of a kept frame
CURVES = 6  # of a drawing
Path = str | os.PathLike[str]


@dataclass(frozen=True, repr=False)
class JudgedMoment:
    """A moment of a film: when it is shown, the smoothed probability of each class, and a small RGB uint8 frame."""

    seconds: float
    probabilities: np.ndarray
    frame: np.ndarray


@dataclass(frozen=True, repr=False)
class FilmClasses(DrawnResult):
    """The classes that a film shows.

    Attributes:
        events: in order of time.
        seconds: the film's length, as far as it was looked at.
        names: the classes in the model's order.
        moments: some, evenly spaced; none unless frames were asked for.
        shortfall: how much of a damaged file could be read; None if all of it.
    """

    events: tuple[Event, ...]
    seconds: float
    names: tuple[str, ...]
    moments: tuple[JudgedMoment, ...] = field(default=(), repr=False, compare=False)
    shortfall: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `events` (each `label`, `start`, `end`, `probability`), `seconds`, `shortfall`."""
        events = [event.to_dict() for event in self.events]
        return {"events": events, "seconds": round(self.seconds, 2), "shortfall": self.shortfall}

    def curves(self, most: int = CURVES) -> dict[str, np.ndarray]:
        """The smoothed probability at each of the moments, of the classes with the highest mean; those that have events, if any."""
        scores = np.stack([moment.probabilities for moment in self.moments])
        found = {event.label for event in self.events} or {*self.names} - {NONE}
        longest = [i for i in np.argsort(-scores.mean(axis=0)) if self.names[i] in found][:most]
        return {self.names[i]: scores[:, i] for i in sorted(longest)}

    def draw(self, title: str = "") -> "Image":
        """The film's timeline. Raises InputError when no frames were kept."""
        from mediakit.media.timeline import Curve, draw_timeline

        if not self.moments:
            raise InputError("the film's frames were not kept; classify it with keep_frames=True")
        curves = [Curve(name, scores.tolist(), float(scores.mean()), [int(scores.argmax())]) for name, scores in self.curves().items()]
        times, frames = [moment.seconds for moment in self.moments], [moment.frame for moment in self.moments]
        return draw_timeline(title, self.seconds, times, frames, [], curves)


def load(folder: ModelFolder, *, threads: int | None = None) -> "FilmClassifier":
    """The pipeline for films of a classification model folder."""
    return FilmClassifier(folder, threads)


class FilmClassifier(Pipeline[Path, FilmClasses]):
    """Finds the classes that films show, frame by frame.

    Args:
        folder: an opened model folder of the task classification.
        threads: how many films are read side by side; by default one per processor, at most four.
    """

    columns = ("events", "seconds", "shortfall")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self.classifier = Classifier(folder, threads)

    def stream(
        self,
        films: Iterable[Path | MediakitError],
        *,
        fps: float = RATE,
        threshold: float = THRESHOLD,
        smoothing: float = SMOOTHING,
        start: float = 0.0,
        end: float | None = None,
        keep_frames: bool = False,
        watch: Callable[[int, float], None] | None = None,
    ) -> Iterator[tuple[Path | MediakitError, FilmClasses | MediakitError]]:
        """Yield each film with its classes or error, in order, at flat memory.

        Args:
            films: paths; an error among them is yielded in its place.
            fps: frames to look at in a second.
            threshold: least smoothed probability of an event, 0..1.
            smoothing: time constant in seconds; 0 for none.
            start, end: seconds between which to look.
            keep_frames: keep some moments with small frames, for a drawing.
            watch: called with a film's place in the stream and the fraction of it that is done, as it is read.

        Raises InputError for options out of range.
        """
        if not 0 < fps <= FASTEST:
            raise InputError(f"fps is {fps:g}; it must be above 0 and at most {FASTEST:g}")
        if not 0 <= threshold <= 1:
            raise InputError(f"threshold is {threshold:g}; it must be from 0 to 1")
        if smoothing < 0 or start < 0:
            raise InputError("smoothing and start are seconds; they must not be negative")

        def classify(index: int, path: Path) -> FilmClasses:
            detector = EventDetector(self.classifier.classes, threshold, smoothing, SHORTEST)
            kept: Thinned[JudgedMoment] | None = Thinned(KEPT) if keep_frames else None
            try:
                with open_film(path, partial(watch, index) if watch else None) as film:
                    events = [*find_events(self.classifier, film.frames(fps, start, end), detector, kept), detector.finish()]
                    moments = tuple(kept.evenly(2 * KEPT)) if kept else ()
                    shown = tuple(event for event in events if event)
                    return FilmClasses(shown, film.seconds or detector.seconds, self.classifier.classes, moments, film.shortfall)
            finally:
                if watch:
                    watch(index, 1.0)

        return self._one_by_one(films, classify)


def find_events(
    classifier: Classifier, moments: Iterable[Moment], detector: EventDetector, kept: Thinned[JudgedMoment] | None = None
) -> Iterator[Event]:
    """Yield the events of a film or a camera as they end, but for the last one, which `detector.finish` ends.

    Args:
        kept: takes some of the moments.
    """
    for moment in moments:
        probabilities, _ = classifier.judge(classifier.pixels(moment.frame))
        event = detector.add(moment.seconds, probabilities)
        if event:
            yield event
        if kept is None or detector.smoothed is None:
            continue
        if kept.takes_next():
            kept.add(JudgedMoment(moment.seconds, detector.smoothed, _small(moment.frame)))
        else:
            kept.skip()


def _small(frame: np.ndarray) -> np.ndarray:
    """A frame with no side longer than FRAME pixels."""
    from PIL import Image

    image = Image.fromarray(frame)
    image.thumbnail((FRAME, FRAME))
    return np.asarray(image)
