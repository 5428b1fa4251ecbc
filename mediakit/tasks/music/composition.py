"""Composing a piano roll: from nothing in a key, or on from a beginning."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.media.arrangement import assign_voices
from mediakit.media.keys import Key, clarity
from mediakit.media.piano_roll import KEYS, LOWEST, keys_of, transposed
from mediakit.tasks.music.composing import Accept, Drafts, MusicModel

DRAFTS = 4  # of a piece; after each phrase those go on that are most clearly in its key
ENDINGS = 8  # drafts of a piece's end; the one is taken after which the piece is most probably over
LONGEST_CHORD = 3  # quarter notes
LONGEST_LOOP = 16  # quarter notes; a fragment of at most this length may not loop for longer, or more than three times
LONGEST_HARMONY = 12  # quarter notes with the same chord below a melody; 1 in 20 is longer in the training tunes
LAST_CHORD = 2  # quarter notes at least


@dataclass(frozen=True)
class Plan:
    """What to compose.

    Attributes:
        shortest, longest: the number of frames.
        temperature, top_p: of the sampling.
        seed: of the random numbers.
        key: None for any.
        shift: the semitones by which the roll will be transposed.
    """

    shortest: int
    longest: int
    temperature: float
    top_p: float
    seed: int
    key: Key | None = None
    shift: int = 0


def compose(model: MusicModel, beginning: np.ndarray, plan: Plan) -> tuple[np.ndarray, float]:
    """A piano roll uint8 `[frames, 88]`, before it is transposed, and the log-probability of what follows the beginning.

    Args:
        beginning: uint8 `[frames, 88]`, to be continued; empty for a piece in the plan's key.
    """
    accept = _accept(model, plan.shift)
    drafts = Drafts(model.networks, [(plan.seed, i) for i in range(DRAFTS if plan.key else 1)], plan.temperature, plan.top_p)
    for frame in beginning:
        drafts.append(np.repeat(frame[None], len(drafts), axis=0))
    if plan.key:
        drafts.write_frame(accept, first=_in_triad(plan.key))
    phrase = 16 * model.frames_per_beat
    while drafts.frames < plan.shortest:
        drafts.write_frame(accept)
        if plan.key and drafts.frames % phrase == 0:
            clearest = _clearest(drafts, plan.key)[: DRAFTS // 2]
            drafts.select(2 * clearest, [(plan.seed, drafts.frames, i) for i in range(DRAFTS)])
    best = _clearest(drafts, plan.key)[0] if plan.key else 0
    return _end(model, drafts, best, plan)


def _end(model: MusicModel, drafts: Drafts, row: int, plan: Plan) -> tuple[np.ndarray, float]:
    """Continue with several drafts of the end, and cut one where the piece is most probably over."""
    drafts.select([row] * ENDINGS, [(plan.seed, drafts.frames, row, i) for i in range(ENDINGS)])
    accept = _accept(model, plan.shift)
    ends = [(float(drafts.over[0]), drafts.frames, 0, float(drafts.log_probabilities[0]))]
    held = round((LAST_CHORD - 1) * model.frames_per_beat)
    while drafts.frames < plan.longest - held:
        drafts.write_frame(accept)
        best = int(np.argmax(drafts.over))
        ends.append((float(drafts.over[best]), drafts.frames, best, float(drafts.log_probabilities[best])))
    _, frames, best, log_probability = max(ends)
    roll = drafts.roll(best)[:frames]
    return np.concatenate([roll, np.repeat(roll[-1:], min(held, plan.longest - frames), axis=0)]), log_probability


def _accept(model: MusicModel, shift: int) -> Accept:
    """Whether a frame may follow others. It must not be silent; in a chorale, transposed by `shift`, four voices must be able to
    sing it; and no chord may stay, no fragment loop for ever, as they do when the model finds that the piece is over."""

    def accept(before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        if model.style == "chorale" and assign_voices(transposed(frame, shift)) is None:
            return False
        return bool(frame.any()) and not _gets_stuck(model, before, frame)

    return accept


def _gets_stuck(model: MusicModel, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
    held, loop, harmony = (beats * model.frames_per_beat for beats in (LONGEST_CHORD, LONGEST_LOOP, LONGEST_HARMONY))
    if loops(before, frame, 1, held) or any(loops(before, frame, period, max(3 * period, loop)) for period in range(2, loop + 1)):
        return True
    return model.style == "folk" and loops([_below(other) for other in before[-harmony:]], _below(frame), 1, harmony)


def loops(before: Sequence[np.ndarray], frame: np.ndarray, period: int, longest: int) -> bool:
    """Whether, with this frame, a fragment of `period` frames would repeat itself for more than `longest` frames."""
    if len(before) < longest or (frame != before[-period]).any():
        return False
    return all((before[-i] == before[-i - period]).all() for i in range(1, longest - period + 1))


def _below(frame: np.ndarray) -> np.ndarray:
    """A frame without its top note."""
    below = frame.copy()
    below[keys_of(frame)[:1]] = 0
    return below


def _clearest(drafts: Drafts, key: Key) -> list[int]:
    """The indices of the drafts, those first that are most clearly in a key."""
    return sorted(range(len(drafts)), key=lambda row: -clarity(drafts.roll(row), key))


def _in_triad(key: Key) -> np.ndarray:
    """The keys of the piano in the tonic's chord, bool `[88]`."""
    return np.isin((np.arange(KEYS) + LOWEST) % 12, key.triad())
