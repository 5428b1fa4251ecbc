"""Composing piano rolls with a music model's networks, several at once, and computing their exact likelihood."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.errors import ModelError
from mediakit.media.keys import Key
from mediakit.media.piano_roll import KEYS, ContextTracker, contexts, stack_contexts
from mediakit.runtime.decoding import sample_token
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.tasks.music import note_features as features

Accept = Callable[[Sequence[np.ndarray], np.ndarray], bool]  # whether a frame may follow these frames
TRIES = 40  # attempts at a frame that is not accepted
WARMER = 0.1  # added to the temperature with each attempt, since the refused frame may be almost certain
WARMEST = 1.0  # of what is added
CHORD = 3  # held keys that make a chord, below whose melody no other note is written
ROWS = 4096  # notes scored at once
REST = -1  # silence in a melody


@dataclass(frozen=True)
class Networks:
    """The two networks of a music model: one step over frames, and the notes of a frame."""

    frame: Network
    note: Network

    @classmethod
    def open(cls, folder: ModelFolder) -> "Networks":
        """The networks of a model folder. Raises ModelError when they do not take the features of `note_features`."""
        networks = cls(folder.network("frame"), folder.network("note"))
        for name, network, size in (("frame", networks.frame, features.FRAME_FEATURES), ("note", networks.note, features.NOTE_FEATURES)):
            if {tensor["name"]: tensor["shape"][-1] for tensor in network.inputs}.get(name) != size:
                raise ModelError(f"{folder.path}: the network {name} expects other features than mediakit now computes; train it again")
        return networks

    def first_states(self, rows: int) -> dict[str, np.ndarray]:
        """The initial states for this many pieces."""
        states = [tensor for tensor in self.frame.inputs if tensor["name"] != "frame"]
        return {tensor["name"]: np.zeros((rows, *tensor["shape"][1:]), np.float32) for tensor in states}

    def score_notes(self, heard: np.ndarray, context: features.Context, above: np.ndarray, written: np.ndarray) -> np.ndarray:
        """Log-probabilities `[rows, 89]` of each row's next note.

        Args:
            heard: the outputs of the network over frames, `[rows, units]`.
            context: the frames' contexts, arrays `[rows, …]`.
            above: the previous note in the frame, `[rows]`.
            written: the notes of the frame so far, uint8 `[rows, 88]`.
        """
        above = above[:, None].astype(np.int32)
        return self.note(
            heard=heard,
            note=features.note_features(context, above, written[:, None])[:, 0],
            reference=features.references(context, above),
            above=above,
        )["log_probabilities"]


@dataclass(frozen=True)
class MusicModel:
    """A music model.

    Attributes:
        networks: of the model.
        style: what it was trained on: chorale, folk or piano.
        frames_per_beat: frames per quarter note.
        raised: how many semitones higher than they sound its training pieces were written.
    """

    networks: Networks
    style: str
    frames_per_beat: int
    raised: int = 0

    def shift(self, key: Key) -> int:
        """The semitones from the model's notes to those that sound in a key. The benchmark's pieces are all in C."""
        return (key.tonic + 6) % 12 - 6 - self.raised


class Drafts:
    """Pieces written in parallel, one frame at a time. Each draws from its own random numbers.

    `over` `[rows]` is the log-odds that each piece is over. `log_probabilities` `[rows]` is the log-probability of what was
    written, in nats.

    Args:
        networks: of a music model.
        seeds: one for each piece.
        temperature, top_p: as in `decoding.sample_token`.
        bias: added to the log-probabilities of the keys before sampling, `[88]`; it steers towards a scale.
    """

    def __init__(
        self,
        networks: Networks,
        seeds: Sequence[Sequence[int]],
        temperature: float = 1.0,
        top_p: float = 1.0,
        bias: np.ndarray | None = None,
    ):
        self._networks, self._temperature, self._top_p = networks, temperature, top_p
        self._bias = np.zeros(KEYS + 1) if bias is None else np.append(bias, 0)
        self._trackers = [ContextTracker() for _ in seeds]
        self._states = networks.first_states(len(seeds))
        self._random = [np.random.default_rng(seed) for seed in seeds]
        self.log_probabilities = np.zeros(len(seeds))
        self._context, self._heard, self.over = self._step()

    def __len__(self) -> int:
        return len(self._trackers)

    @property
    def frames(self) -> int:
        """How many frames each piece has so far."""
        return len(self._trackers[0].frames)

    def roll(self, row: int) -> np.ndarray:
        """A piece so far, uint8 `[frames, 88]`."""
        frames = self._trackers[row].frames
        return np.stack(frames) if frames else np.zeros((0, KEYS), np.uint8)

    def select(self, rows: Sequence[int], seeds: Sequence[Sequence[int]]) -> None:
        """Continue with copies of these rows, each with a new seed. A row may be repeated or left out."""
        self._trackers = [copy.deepcopy(self._trackers[row]) for row in rows]
        self._states = {name: part[list(rows)] for name, part in self._states.items()}
        self._context = {name: part[list(rows)] for name, part in self._context.items()}
        self._heard, self.over = self._heard[list(rows)], self.over[list(rows)]
        self.log_probabilities = self.log_probabilities[list(rows)]
        self._random = [np.random.default_rng(seed) for seed in seeds]

    def copy(self) -> "Drafts":
        """A copy with which to try a continuation."""
        tried = copy.copy(self)
        tried._trackers, tried._random = copy.deepcopy((self._trackers, self._random))
        return tried

    def append(self, frames: np.ndarray) -> None:
        """Append a given frame to each piece, `[rows, 88]`."""
        for tracker, frame in zip(self._trackers, frames, strict=True):
            tracker.append(frame)
        self._context, self._heard, self.over = self._step()

    def _step(self) -> tuple[features.Context, np.ndarray, np.ndarray]:
        """The contexts of the next frames, the outputs of the network over frames `[rows, units]`, and the log-odds `[rows]` that
        the pieces are over."""
        context = stack_contexts(tracker.context() for tracker in self._trackers)
        outputs = self._networks.frame(frame=features.frame_features(context), **self._states)
        self._states = {name: outputs[name] for name in self._states}
        return context, outputs["heard"], outputs["over"][:, 0]

    def write_frame(
        self, accept: Accept | None = None, top: int | None = None, keys: np.ndarray | None = None, held: np.ndarray | None = None
    ) -> np.ndarray:
        """Sample and append the next frame of each piece.

        Args:
            accept: frames that it refuses are sampled again, up to TRIES times.
            top: the key that the top note must have, or REST.
            keys: which ones the frame may contain, bool `[88]`; it then has at least one.
            held: which keys each piece's frame must contain, bool `[rows, 88]`.

        Returns:
            The log-probability of the prescribed top note, `[rows]`; zeros without one.
        """
        rows = np.arange(len(self))
        frames, totals, of_top = self._draw(rows, top, keys, held, 0)
        for tries in range(1, TRIES if accept else 0):
            refused = [row for row in rows if accept and not accept(self._trackers[row].frames, frames[row])]
            if not refused:
                break
            frames[refused], totals[refused], of_top[refused] = self._draw(rows[refused], top, keys, held, tries)
        self.log_probabilities = self.log_probabilities + totals
        self.append(frames)
        return of_top

    def _draw(
        self, rows: np.ndarray, top: int | None, keys: np.ndarray | None, held: np.ndarray | None, tries: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Frames `[rows, 88]` for some rows, their log-probabilities, and those of the prescribed top note."""
        context = {name: part[rows] for name, part in self._context.items()}
        written = np.zeros((len(rows), KEYS), np.uint8)
        above = np.full(len(rows), features.NO_NOTE, np.int32)
        totals, of_top = np.zeros(len(rows)), np.zeros(len(rows))
        live = np.arange(len(rows))
        while len(live):
            part = {name: values[live] for name, values in context.items()}
            scores = self._networks.score_notes(self._heard[rows[live]], part, above[live], written[live])
            if top is not None and above[live[0]] == features.NO_NOTE:
                notes = np.full(len(live), features.END if top == REST else top)
                of_top = scores[live, notes].astype(np.float64)
            else:
                wanted = scores + self._bias
                if keys is not None:
                    wanted = np.where(np.append(keys, written[live].any(axis=-1).all()), wanted, -1e9)
                if held is not None:
                    wanted = np.where(_with_held(held[rows[live]], written[live] > 0), wanted, -1e9)
                notes = np.array([self._choose(row, score, tries) for row, score in zip(rows[live], wanted, strict=True)])
            totals[live] += scores[np.arange(len(live)), notes]
            unfinished = (notes != features.END) & (written[live].sum(axis=-1) < features.LONGEST)
            live, notes = live[unfinished], notes[unfinished]
            written[live, notes] = 1
            above[live] = notes
        return written, totals, of_top

    def _choose(self, row: int, scores: np.ndarray, tries: int) -> int:
        top_p = 1.0 if tries else self._top_p
        return sample_token(scores, self._random[row].random(), self._temperature + min(WARMER * tries, WARMEST), top_p)


def _with_held(held: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Which notes may be next where some keys must sound: bool `[rows, 89]`. Notes are written from the highest down, so none may
    pass over a missing key.

    Args:
        held: the keys that must sound, bool `[rows, 88]`.
        written: the keys that were written, bool `[rows, 88]`.
    """
    missing = held & ~written
    highest = (np.arange(1, KEYS + 1) * missing).max(axis=1, keepdims=True) - 1
    is_chord = (held.sum(axis=1, keepdims=True) >= CHORD) & written.any(axis=1, keepdims=True)
    allowed = (np.arange(KEYS) >= highest) & (missing | ~is_chord)
    return np.append(allowed, ~missing.any(axis=1, keepdims=True), axis=1)


def log_likelihoods(networks: Networks, rolls: Sequence[np.ndarray], at_once: int = 64) -> Iterator[tuple[int, np.ndarray]]:
    """The exact log-probability of every frame, in nats. Yields each piece's index and float64 `[frames]`, in no fixed order.

    Pieces of similar length go through the network over frames together.
    """
    order = sorted(range(len(rolls)), key=lambda index: -len(rolls[index]))
    for start in range(0, len(order), at_once):
        chosen = order[start : start + at_once]
        group = [contexts(rolls[index]) for index in chosen]
        for index, context, heard in zip(chosen, group, _run_over_frames(networks, group), strict=True):
            yield index, _score_piece(networks, rolls[index], context, heard)


def _run_over_frames(networks: Networks, group: Sequence[features.Context]) -> list[np.ndarray]:
    """The outputs of the network over frames before each frame, `[frames, units]` for each piece; the longest piece comes first."""
    frames = [features.frame_features(context) for context in group]
    lengths = np.array([len(part) for part in frames])
    states = networks.first_states(len(frames))
    heard: list[list[np.ndarray]] = [[] for _ in frames]
    for t in range(int(lengths.max(initial=0))):
        live = int((lengths > t).sum())
        states = {name: part[:live] for name, part in states.items()}
        outputs = networks.frame(frame=np.stack([frames[row][t] for row in range(live)]), **states)
        states = {name: outputs[name] for name in states}
        for row in range(live):
            heard[row].append(outputs["heard"][row])
    return [np.stack(rows) for rows in heard]


def _score_piece(networks: Networks, roll: np.ndarray, context: features.Context, heard: np.ndarray) -> np.ndarray:
    """The log-probability of each frame of a piece, in nats, float64 `[frames]`."""
    notes = features.frame_notes(roll)
    above, written = features.notes_above(notes), features.written_before(notes)
    frame, rank = np.nonzero(notes >= 0)
    each = np.zeros(len(roll))
    for start in range(0, len(frame), ROWS):
        f, k = frame[start : start + ROWS], rank[start : start + ROWS]
        part = {name: values[f] for name, values in context.items()}
        scores = networks.score_notes(heard[f], part, above[f, k], written[f, k])
        np.add.at(each, f, scores[np.arange(len(f)), notes[f, k]].astype(np.float64))
    return each
