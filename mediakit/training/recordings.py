"""Recordings of words as arrays from which a WaveNet learns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mediakit.datasets.origin import Origin
from mediakit.datasets.spoken_words import Recording
from mediakit.media import mu_law
from mediakit.tasks.speech.conditions import FRAME, frame_count, frame_features, level_of, sketch_of
from mediakit.training import batches
from mediakit.training.recipe import Batch

PEAK = 0.95  # of a recording whose level is changed, at most


@dataclass(frozen=True)
class Data:
    """Recordings, and the names of labels and speakers in the order of their numbers."""

    train: list[Recording]
    validation: list[Recording]
    labels: list[str]
    speakers: list[str]
    origin: Origin


def example(data: Data, recording: Recording, level: float | None, sketch: np.ndarray | None = None) -> Batch:
    """A recording as the network takes it.

    `previous` and `target` are its codes, `[frames, FRAME]` each; `target` is -1 after the end. A speaker who is not in the data
    is unknown.
    """
    codes = mu_law.encode(recording.samples).astype(np.int32)
    target = np.full(frame_count(len(codes)) * FRAME, -1, np.int32)
    target[: len(codes)] = codes
    previous = np.concatenate([[mu_law.SILENCE], target[:-1]]).astype(np.int32)
    known = recording.speaker in data.speakers
    return {
        "previous": np.maximum(previous, 0).reshape(-1, FRAME),
        "target": target.reshape(-1, FRAME),
        "frame": frame_features(len(codes), recording.rate, level, sketch),
        "label": np.array(data.labels.index(recording.label), np.int32),
        "speaker": np.array(data.speakers.index(recording.speaker) if known else len(data.speakers), np.int32),
    }


def batch_of(examples: Sequence[Batch]) -> Batch:
    """Examples as arrays, padded at the end."""
    rows = {name: [made[name] for made in examples] for name in examples[0]}
    numbers = {name: np.stack(rows.pop(name)) for name in ("label", "speaker")}
    return numbers | {name: batches.padded(row, -1 if name == "target" else 0) for name, row in rows.items()}


class TrainingRecordings:
    """Batches of whole recordings of like length; they follow from seed, epoch and step alone.

    Args:
        config: the WaveNet recipe's.
        data: to learn from.
    """

    def __init__(self, config: Any, data: Data):
        self.config, self.data = config, data
        self._lengths = np.array([min(len(one.samples), config.longest) for one in data.train])
        self._sketches = [sketch_of(one.samples, one.rate) for one in data.train]
        self.steps = batches.steps_per_epoch(len(data.train), config.recordings_per_batch)

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of an epoch from a step on."""
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(len(self._lengths))
        plan = batches.of_like_length(order, self._lengths, self.config.recordings_per_batch, 16, rng)
        for step in range(start, len(plan)):
            rng = np.random.default_rng([self.config.seed, epoch, step])
            yield batch_of([self._draw(row, rng) for row in plan[step]])

    def _draw(self, row: int, rng: np.random.Generator) -> Batch:
        """A recording, at times at another level, or without its level, sketch or speaker; a part of it if it is long."""
        config, recording = self.config, self.data.train[row]
        if rng.random() < config.changed_level:
            recording = at_level(recording, rng.uniform(config.quietest, config.loudest))
        level = None if rng.random() < config.unknown_level else level_of(recording.samples)
        sketch = None if rng.random() < config.unknown_sketch else self._sketches[row]
        made = example(self.data, recording, level, sketch)
        if rng.random() < config.unknown_speaker:
            made["speaker"] = np.array(len(self.data.speakers), np.int32)
        frames = config.longest // FRAME
        first = int(rng.integers(0, max(1, len(made["frame"]) - frames + 1)))
        return made | {name: made[name][first : first + frames] for name in ("frame", "previous", "target")}


def at_level(recording: Recording, level: float) -> Recording:
    """A recording at another level in dB of full scale, or as near to it as its peak allows."""
    loudest = max(float(np.abs(recording.samples).max()), 1e-4)
    gain = min(10 ** ((level - level_of(recording.samples)) / 20), PEAK / loudest)
    return replace(recording, samples=recording.samples * np.float32(gain))
