"""Pieces of music as arrays from which a model learns to continue them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mediakit.media import piano_roll
from mediakit.tasks.music import note_features
from mediakit.training import batches
from mediakit.training.recipe import Batch


class EncodedPiece:
    """A piano roll `[frames, 88]` with the context of every frame, which is found once and moved by transposition."""

    def __init__(self, roll: np.ndarray):
        self.roll, self.contexts, self.notes = roll, piano_roll.contexts(roll), note_features.frame_notes(roll)
        self.room = piano_roll.room_to_transpose(roll)

    def __len__(self) -> int:
        return len(self.roll)

    def crop(self, start: int = 0, frames: int | None = None, semitones: int = 0) -> Batch:
        """A part of the piece, transposed: contexts of its frames, `notes`, and `over`: whether the piece ends before a frame.

        The last part of a piece has one more context, of which no notes follow and `over` is 1.
        """
        end = len(self) if frames is None else min(start + frames, len(self))
        last = end == len(self)
        parts = {name: part[start : end + last] for name, part in self.contexts.items()}
        notes = note_features.transpose_notes(self.notes[start:end], semitones)
        over = np.zeros(end - start + last, np.int32)
        if last:
            notes = np.concatenate([notes, np.full_like(notes[:1], -1)])
            over[-1] = 1
        return {**piano_roll.transpose_contexts(parts, semitones), "notes": notes, "over": over}


def inputs_of(crops: Sequence[Batch]) -> Batch:
    """A batch of padded crops: the music model's inputs by name, and its targets.

    The inputs are `frame` `[batch, frames, …]`, `note` `[batch, frames, notes, …]`, `reference` and `above`
    `[batch, frames, notes]`; the targets `notes` `[batch, frames, notes]` and `over` `[batch, frames]`, padded with -1.
    """
    padding = {"notes": -1, "over": -1}
    batch = {name: batches.padded([crop[name] for crop in crops], padding.get(name, 0)) for name in crops[0]}
    notes = batch["notes"]
    above = note_features.notes_above(notes)
    return {
        "frame": note_features.frame_features(batch),
        "note": note_features.note_features(batch, above, note_features.written_before(notes)),
        "reference": note_features.references(batch, above),
        "above": above,
        "notes": notes,
        "over": batch["over"],
    }


class TrainingCrops:
    """Batches of random crops, randomly transposed; they follow from seed, epoch and step alone.

    Args:
        config: the music recipe's.
        rolls: piano rolls `[frames, 88]`.
    """

    def __init__(self, config: Any, rolls: Sequence[np.ndarray]):
        self.config, self._pieces = config, [EncodedPiece(roll) for roll in rolls]
        counts = [max(1, round(len(roll) / config.crop)) for roll in rolls]
        self._crops = np.repeat(np.arange(len(rolls)), counts)
        self._lengths = np.array([min(len(roll), config.crop) for roll in rolls])
        self.steps = batches.steps_per_epoch(len(self._crops), config.crops_per_batch)

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """Inputs and targets from a step of an epoch on; crops of like length stand together."""
        rng, size = np.random.default_rng([self.config.seed, epoch]), self.config.crops_per_batch
        plan = batches.of_like_length(rng.permutation(self._crops), self._lengths, size, 8, rng)
        drawn = [[(piece, *self._draw(piece, rng)) for piece in batch] for batch in plan]
        for batch in drawn[start:]:
            yield inputs_of([self._pieces[i].crop(begin, self.config.crop, by) for i, begin, by in batch])

    def _draw(self, piece: int, rng: np.random.Generator) -> tuple[int, int]:
        """The first frame of a crop of a piece, and its transposition in semitones."""
        config, room = self.config, self._pieces[piece].room
        spare = len(self._pieces[piece]) - config.crop
        # The beginning comes often: only there has the LSTM nothing to remember.
        begin = max(0, int(rng.integers(-config.crop // 2, spare + 1))) if spare > 0 else 0
        low, high = max(room[0], -config.transpose), min(room[1], config.transpose)
        return begin, 0 if rng.random() < config.as_written else int(rng.integers(low, high + 1))
