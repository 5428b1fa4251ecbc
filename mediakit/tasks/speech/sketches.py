"""Sketches of recordings, from which words are said: the file `sketches.npz` of a speech model's folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediakit.errors import ModelError
from mediakit.tasks.speech.conditions import SKETCH, frame_count

POINTS = 16  # of a sketch that is stretched, for comparison with others


@dataclass(frozen=True)
class Sketch:
    """How a recording of a word sounds, roughly.

    Attributes:
        label, speaker: their numbers.
        length: in samples.
        frames: float32 `[frames, SKETCH]`, see `conditions.sketch_of`.
    """

    label: int
    speaker: int
    length: int
    frames: np.ndarray


class Sketches:
    """Some sketches of each word by each speaker."""

    def __init__(self, sketches: Sequence[Sketch]):
        self._sketches = list(sketches)

    @classmethod
    def read(cls, path: Path) -> "Sketches":
        """Read `sketches.npz`. Raises ModelError for a file that does not hold it."""
        try:
            with np.load(path) as file:
                numbers, frames = file["numbers"], file["frames"].astype(np.float32)
            ends = np.cumsum([frame_count(length) for length in numbers[:, 2]])
            if frames.shape != (ends[-1], SKETCH):
                raise ValueError
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise ModelError(f"{path}: not the sketches of a speech model; install or export the model again") from error
        parts = zip(numbers.tolist(), np.split(frames, ends[:-1]), strict=True)
        return cls([Sketch(label, speaker, length, part) for (label, speaker, length), part in parts])

    def write(self, path: Path) -> None:
        """Write `sketches.npz`."""
        numbers = np.array([(one.label, one.speaker, one.length) for one in self._sketches], np.int32)
        frames = np.concatenate([one.frames for one in self._sketches]).astype(np.float16)
        np.savez_compressed(path, numbers=numbers, frames=frames)

    def draw(self, label: int, speaker: int, rng: np.random.Generator) -> Sketch:
        """A sketch of a word by a speaker; by anybody if there is none."""
        of_label = [one for one in self._sketches if one.label == label]
        found = [one for one in of_label if one.speaker == speaker] or of_label
        return found[int(rng.integers(len(found)))]


def most_typical(sketches: Sequence[Sketch], count: int) -> list[Sketch]:
    """Those of each word by each speaker that are nearest to their mean, all stretched to the same length."""
    chosen = []
    for pair in sorted({(one.label, one.speaker) for one in sketches}):
        alike = [one for one in sketches if (one.label, one.speaker) == pair]
        stretched = np.stack([_stretched(one.frames) for one in alike])
        distances = np.square(stretched - stretched.mean(axis=0)).sum(axis=(1, 2))
        chosen += [alike[i] for i in np.argsort(distances, kind="stable")[:count]]
    return chosen


def _stretched(frames: np.ndarray) -> np.ndarray:
    """Frames interpolated at `POINTS` moments, `[POINTS, SKETCH]`."""
    at = np.linspace(0, len(frames) - 1, POINTS)
    return np.stack([np.interp(at, np.arange(len(frames)), column) for column in frames.T], axis=1)
