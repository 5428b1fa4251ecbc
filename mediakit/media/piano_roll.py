"""Piano rolls, uint8 `[frames, 88]` (which of the 88 keys sound in each frame), and the context from which a model continues them."""

from collections.abc import Iterable

import numpy as np

LOWEST = 21  # MIDI note of the lowest key
KEYS = 88
SILENCE = np.zeros(KEYS, np.uint8)


def keys_of(frame: np.ndarray) -> np.ndarray:
    """The keys 0..87 that sound in a frame `[88]`, highest first."""
    return np.flatnonzero(frame)[::-1]


def frame_of(notes: Iterable[int]) -> np.ndarray:
    """The frame `[88]` of some MIDI notes; notes outside the keyboard are dropped."""
    frame = SILENCE.copy()
    frame[[note - LOWEST for note in notes if 0 <= note - LOWEST < KEYS]] = 1
    return frame


def transposed(frames: np.ndarray, semitones: int) -> np.ndarray:
    """Arrays `[…, 88]` shifted along the keyboard; keys shifted off its ends are lost."""
    moved = np.zeros_like(frames)
    if semitones >= 0:
        moved[..., semitones:] = frames[..., : KEYS - semitones]
    else:
        moved[..., :semitones] = frames[..., -semitones:]
    return moved


def room_to_transpose(roll: np.ndarray) -> tuple[int, int]:
    """The lowest and highest transposition, in semitones, that keeps a piece on the keyboard."""
    keys = np.flatnonzero(roll.any(axis=0))
    return (-int(keys[0]), KEYS - 1 - int(keys[-1])) if len(keys) else (0, 0)


class LongestMatch:
    """Finds the longest earlier occurrence of the last symbols of a growing sequence; of equally long ones, the latest.

    Music repeats itself, and an LSTM does not remember eight bars note by note.
    """

    def __init__(self) -> None:
        self._symbols = np.zeros(64, np.int64)
        self._runs = np.zeros(64, np.int64)  # length of the match that ends at each position
        self._count = 0

    def add(self, symbol: int) -> None:
        """Append a symbol."""
        n = self._count
        if n == len(self._symbols):
            self._symbols, self._runs = (np.concatenate([part, np.zeros_like(part)]) for part in (self._symbols, self._runs))
        same = self._symbols[:n] == symbol
        self._runs[:n] = np.where(same, np.append(1, self._runs[: n - 1] + 1)[:n], 0)
        self._symbols[n] = symbol
        self._count = n + 1

    def find(self) -> tuple[int, int]:
        """The index of the symbol after the longest match, and the match's length; (0, 0) when the last symbol is new."""
        runs = self._runs[: max(self._count - 1, 0)]
        if not len(runs):
            return 0, 0
        last = len(runs) - 1 - int(np.argmax(runs[::-1]))
        return (last + 1, int(runs[last])) if runs[last] else (0, 0)


class ContextTracker:
    """Follows a piece frame by frame, and gives a model's context for the next frame.

    `context()` returns:

        previous, before        the last frame and the one before it, `[88]`
        recalled                the frame after the longest earlier match of the last frames, `[88]`
        recalled_melody         the same for matches of the top notes alone, `[88]`
        match, melody_match     the lengths of the two matches, in frames
        chroma                  pitch class frequencies in the whole piece and recently, `[2, 12]`, each summing to 1
        reference               the key of the last top note, from which intervals are counted
        position                frames since the start of the piece
    """

    FADE = 0.9  # decay of the recent chroma per frame

    def __init__(self) -> None:
        self.frames: list[np.ndarray] = []
        self._codes: dict[bytes, int] = {}
        self._chords, self._melody = LongestMatch(), LongestMatch()
        self._chroma = np.zeros((2, 12))
        self._reference = 72 - LOWEST

    def append(self, frame: np.ndarray) -> None:
        """Append a frame `[88]`."""
        frame = frame.astype(np.uint8)
        self.frames.append(frame)
        keys = np.flatnonzero(frame)
        self._chords.add(self._codes.setdefault(frame.tobytes(), len(self._codes)))
        self._melody.add(int(keys[-1]) if len(keys) else -1)
        classes = np.bincount((keys + LOWEST) % 12, minlength=12)
        self._chroma = np.stack([self._chroma[0] + classes, self.FADE * self._chroma[1] + classes])
        if len(keys):
            self._reference = int(keys[-1])

    def context(self) -> dict[str, np.ndarray]:
        """The context for the next frame."""
        (chord, match), (melody, melody_match) = self._chords.find(), self._melody.find()
        return {
            "previous": self.frames[-1] if self.frames else SILENCE,
            "before": self.frames[-2] if len(self.frames) > 1 else SILENCE,
            "recalled": self.frames[chord] if match else SILENCE,
            "recalled_melody": self.frames[melody] if melody_match else SILENCE,
            "match": np.array(match, np.int32),
            "melody_match": np.array(melody_match, np.int32),
            "chroma": (self._chroma / np.maximum(self._chroma.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32),
            "reference": np.array(self._reference, np.int32),
            "position": np.array(len(self.frames), np.int32),
        }


def contexts(roll: np.ndarray) -> dict[str, np.ndarray]:
    """The contexts of every frame of a piece `[frames, 88]`, and of the frame after it: arrays `[frames + 1, …]`."""
    tracker = ContextTracker()
    each = [tracker.context()]
    for frame in roll:
        tracker.append(frame)
        each.append(tracker.context())
    return stack_contexts(each)


def stack_contexts(each: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Contexts stacked along a new first axis."""
    rows = list(each)
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def transpose_contexts(context: dict[str, np.ndarray], semitones: int) -> dict[str, np.ndarray]:
    """The contexts of the transposed piece, without following it again."""
    moved = dict(context)
    for name in ("previous", "before", "recalled", "recalled_melody"):
        moved[name] = transposed(context[name], semitones)
    moved["chroma"] = np.roll(context["chroma"], semitones, axis=-1)
    # Before the first note the reference is fixed, whatever the key.
    moved["reference"] = np.where(context["chroma"][..., 0, :].any(axis=-1), context["reference"] + semitones, context["reference"])
    return moved
