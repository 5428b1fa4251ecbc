"""What a composed frame must keep to: voices that can be sung, a register, the metre, and no getting stuck."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.media.arrangement import Grid, assign_voices
from mediakit.media.keys import PROFILES, Key
from mediakit.media.piano_roll import KEYS, LOWEST, keys_of, transposed
from mediakit.media.voice_leading import parallels, voices_at_end
from mediakit.tasks.music.composing import MusicModel

LONGEST_CHORD = 3  # quarter notes
LONGEST_LOOP = 16  # quarter notes; a fragment of at most this length may not loop for longer, or more than three times
LONGEST_HARMONY = 12  # quarter notes with the same chord below a melody; 1 in 20 is longer in the training tunes
MELODY = range(57, 89)  # MIDI notes of a folk melody in C; 98 % of those that the model learned from
FOLK = range(36, 89)  # MIDI notes of folk tunes in C
MOST_NOTES = 5  # of a folk melody and its chord
FOLLOWED = 8  # frames back to which voices are followed


@dataclass(frozen=True)
class Rules:
    """Whether a frame may follow others.

    Attributes:
        model: which writes them.
        grid: its frames against bars.
        shift: the semitones from the model's notes to those that sound.
        begun: the frames that are given; 0 for a piece from nothing.
    """

    model: MusicModel
    grid: Grid
    shift: int
    begun: int = 0

    def accept(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """Whether the frame `[88]` may follow. It must not be silent, and no chord may stay, no fragment loop for ever, as they do
        when the model finds that the piece is over."""
        if not frame.any() or self._gets_stuck(before, frame):
            return False
        if self.model.style == "chorale":
            return self._can_be_sung(before, frame) and not self._crosses_a_bar(before, frame)
        return self.model.style != "folk" or self._is_folk(before, frame)

    @property
    def keys(self) -> np.ndarray | None:
        """The keys that may sound, bool `[88]`; None for all."""
        return np.isin(np.arange(KEYS) + LOWEST, FOLK) if self.model.style == "folk" else None

    def held(self, frames: Sequence[np.ndarray]) -> np.ndarray:
        """The keys that must sound in the next frame: between strong beats of a folk tune the chord stays. bool `[88]`."""
        if self.model.style != "folk" or not frames or self.grid.starts(len(frames), self.grid.strong):
            return np.zeros(KEYS, bool)
        return below(frames[-1]).astype(bool)

    def _can_be_sung(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """Whether four voices can sing the frame, without parallel fifths and octaves."""
        earlier = voices_at_end([transposed(other, self.shift) for other in before[-FOLLOWED:]]) if before else (None,) * 4
        voices = assign_voices(transposed(frame, self.shift), earlier)
        return voices is not None and not parallels(earlier, voices)

    def _crosses_a_bar(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """Whether a chord is held over a bar line."""
        return bool(before) and self.grid.starts(len(before), self.grid.bar) and bool((before[-1] == frame).all())

    def _is_folk(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """Whether a melody is in its register, alone in an upbeat, and then over chords that change on strong beats only."""
        if keys_of(frame)[0] + LOWEST not in MELODY or frame.sum() > MOST_NOTES:
            return False
        if not self.begun and len(before) <= self.grid.upbeat:
            return bool(frame.sum() == 1) if len(before) < self.grid.upbeat else bool(frame.sum() > 2)
        if self.grid.starts(len(before), self.grid.strong):
            return True
        return not (below(before[-1]) & (frame == 0)).any()

    def _gets_stuck(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        held, loop, harmony = (beats * self.model.frames_per_beat for beats in (LONGEST_CHORD, LONGEST_LOOP, LONGEST_HARMONY))
        if loops(before, frame, 1, held) or any(loops(before, frame, period, max(3 * period, loop)) for period in range(2, loop + 1)):
            return True
        if self.model.style != "folk" or not self.grid.starts(len(before), self.grid.strong):
            return False
        return loops([below(other) for other in before[-harmony:]], below(frame), 1, harmony)


def loops(before: Sequence[np.ndarray], frame: np.ndarray, period: int, longest: int) -> bool:
    """Whether, with this frame, a fragment of `period` frames would repeat itself for more than `longest` frames."""
    if len(before) < longest or (frame != before[-period]).any():
        return False
    return all((before[-i] == before[-i - period]).all() for i in range(1, longest - period + 1))


def below(frame: np.ndarray) -> np.ndarray:
    """A frame without its top note."""
    rest = frame.copy()
    rest[keys_of(frame)[:1]] = 0
    return rest


def scale_bias(key: Key, weight: float) -> np.ndarray:
    """What to add to the log-probabilities of the keys of the piano to keep to a musical key, `[88]`.

    It is the logarithm of the key's profile, relative to its tonic, times the weight.
    """
    classes = (np.arange(KEYS) + LOWEST - key.tonic) % 12
    profile = PROFILES[key.minor]
    return weight * np.log(profile / profile[0])[classes]


def in_triad(key: Key) -> np.ndarray:
    """The keys of the piano in the tonic's chord, bool `[88]`."""
    return np.isin((np.arange(KEYS) + LOWEST) % 12, key.triad())
