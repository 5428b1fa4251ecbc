"""Films, segmented frame by frame."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import MediakitError
from mediakit.media.video import open_film
from mediakit.tasks.segmentation.pipeline import Segmentation, Segmenter

Watch = Callable[[Iterable[Any], int | None], Iterable[Any]]
Write = Callable[[Iterable[np.ndarray], float], None]


@dataclass(frozen=True)
class FilmAreas:
    """What a film shows, as the mean of its frames.

    Attributes:
        frames: how many there are.
        seconds: their length.
        fractions: of the frames' pixels, by class, the largest first.
        shortfall: what of a damaged film could not be read; None if all of it was.
    """

    frames: int
    seconds: float
    fractions: dict[str, float]
    shortfall: str | None

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `frames`, `seconds`, `segments` (each `label`, `fraction`), `shortfall`."""
        segments = [{"label": label, "fraction": round(fraction, 4)} for label, fraction in self.fractions.items()]
        return {"frames": self.frames, "seconds": round(self.seconds, 2), "segments": segments, "shortfall": self.shortfall}


def segment_film(segmenter: Segmenter, path: Path, write: Write | None, flip: bool, min_score: float, watch: Watch) -> FilmAreas:
    """Segment every frame of a film.

    Args:
        write: takes the frames, uint8 `[height, width, 3]`, with their classes drawn over them, and their number per second; None: the
            frames are not drawn.
        flip, min_score: as in `Segmenter.stream`.
        watch: wraps the frames, and is told their number where it is known.

    Raises InputError for a film that cannot be read.
    """
    pixels: Counter[str] = Counter()
    frames = 0

    def counted(found: Iterable[tuple[np.ndarray, Segmentation]]) -> Iterator[tuple[np.ndarray, Segmentation]]:
        nonlocal frames
        for frame, each in found:
            frames += 1
            pixels.update({area.label: area.pixels for area in each.areas})
            yield frame, each

    with open_film(path, longest=math.inf) as film:
        whole = (moment.frame for moment in film.frames(math.inf))
        count = round(film.seconds * film.rate) if film.seconds else None
        stream = watch(_successes(segmenter.stream(whole, flip=flip, min_score=min_score)), count)
        if write:
            write((each.overlay(frame) for frame, each in counted(stream)), film.rate)
        else:
            for _ in counted(stream):
                pass
        fractions = {label: count / pixels.total() for label, count in pixels.most_common()}
        return FilmAreas(frames, frames / film.rate, fractions, film.shortfall)


def _successes(stream: Iterable[tuple[Any, Any]]) -> Iterator[tuple[np.ndarray, Segmentation]]:
    for frame, result in stream:
        if isinstance(result, MediakitError):
            raise result
        yield frame, result
