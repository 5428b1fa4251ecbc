"""Music out: composed from nothing, from a beginning, or as voices below a melody."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from mediakit.datasets.pieces import frames_per_beat_of
from mediakit.errors import InputError, ModelError
from mediakit.media.arrangement import ARRANGEMENTS, VOICES, assign_voices, with_soprano
from mediakit.media.keys import Key, clarity, find_key, parse_key
from mediakit.media.midi import Note, Score, read_midi, to_roll, write_midi
from mediakit.media.piano_roll import KEYS, LOWEST, keys_of, transposed
from mediakit.runtime.model_folder import ModelFolder
from mediakit.tasks.music.composing import REST, Accept, Drafts, Networks, log_likelihoods
from mediakit.tasks.music.note_features import FRAME_FEATURES, LONGEST, NOTE_FEATURES

Midi = str | os.PathLike[str] | bytes | IO[bytes]
STYLES = {"jsb": "chorale", "jsb_16th": "chorale", "nottingham": "folk"}  # what else a model learned is for a piano
TEMPI = {"chorale": 80.0, "folk": 112.0, "piano": 100.0}  # quarter notes a minute
LONGEST_TUNE = 20_000  # frames
# The benchmark's pieces are transposed to C: there a model is at home, and what it composes is transposed in the end.
HOME = 0
USUAL_KEYS = {
    "chorale": ("G", "G", "A", "D", "F", "Bb", "C", "Am", "Gm", "Em", "Bm", "Dm"),
    "folk": ("G", "G", "G", "D", "D", "D", "A", "A", "C", "F", "Em", "Am"),
    "piano": ("C", "G", "D", "F", "Bb", "Eb", "Am", "Dm", "Gm", "Cm"),
}
DRAFTS = 4  # of a piece: those go on, phrase by phrase, that are clearly in its key
ENDINGS = 8  # drafts of its end: the one goes out after which the piece is most probably over
PARTICLES = 16  # of a harmonisation
LONGEST_CHORD = 3  # quarter notes
LONGEST_LOOP = 16  # quarter notes; nothing of so many or fewer goes round for longer than this, or more than three times
LONGEST_HARMONY = 12  # quarter notes that the chord below a melody stays; 1 in 20 stays longer in the tunes that were learned
LAST_CHORD = 2  # quarter notes at least
SLACK = 0.1  # a piece may end so much before or after the length that was asked


@dataclass(frozen=True)
class Tune:
    """A piece: what to play (`score`), the piano roll uint8 `[frames, 88]` behind it, its key as it sounds, the seed that it came
    from, and how probable the model finds what it wrote, nats a frame."""

    score: Score
    roll: np.ndarray
    key: Key
    seed: int
    nll_per_frame: float

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a MIDI file."""
        with open(path, "wb") as file:
            write_midi(self.score, file)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: seconds, bars, tempo, key, tracks, notes, seed, nll_per_frame."""
        return {
            "seconds": round(self.score.seconds, 2),
            "bars": round(self.score.beats / self.score.beats_per_bar, 2),
            "tempo": self.score.tempo,
            "key": str(self.key),
            "tracks": [track.name for track in self.score.tracks],
            "notes": sum(len(track.notes) for track in self.score.tracks),
            "seed": self.seed,
            "nll_per_frame": round(self.nll_per_frame, 4),
        }


def load(folder: ModelFolder) -> "Composer":
    """The pipeline of a music model folder."""
    return Composer(folder)


class Composer:
    """Composes music. It can be pickled.

    Args:
        folder: an opened model folder of the task music.
    """

    def __init__(self, folder: ModelFolder):
        self.folder = folder
        self.networks = Networks(folder.network("frame"), folder.network("note"))
        config = folder.manifest.get("config", {})
        dataset = folder.file("dataset").read_text(encoding="utf-8").strip()
        self.style = STYLES.get(dataset, "piano")
        self.frames_per_beat = frames_per_beat_of(dataset, int(config.get("frames_per_beat", 4)))
        wanted = {"frame": FRAME_FEATURES, "note": NOTE_FEATURES}
        for name, network in (("frame", self.networks.frame), ("note", self.networks.note)):
            sizes = {tensor["name"]: tensor["shape"][-1] for tensor in network.inputs}
            if sizes.get(name) != wanted[name]:
                raise ModelError(f"{folder.path}: its network {name} wants other features than these: train it again, or install it again")

    def __reduce__(self) -> Any:
        return type(self), (self.folder,)

    def __call__(
        self,
        *,
        seconds: float | None = None,
        bars: int | None = None,
        seed: int = 0,
        temperature: float = 1.0,
        top_p: float = 0.98,
        tempo: float | None = None,
        key: str | None = None,
        primer: Midi | None = None,
    ) -> Tune:
        """Compose a piece.

        Args:
            seconds: about how long, a primer included; 30 by default. The piece ends where the model finds that it may.
            bars: in place of seconds, how many bars of four beats, exactly.
            seed: the same seed and options give the same piece.
            temperature, top_p: of the draws: lower is plainer.
            tempo: quarter notes a minute.
            key: such as G or Am; by default one that is usual in the style, by the seed.
            primer: a MIDI file to go on from.
        """
        begun = _read(primer) if primer is not None else None
        tempo = _positive("tempo", tempo if tempo is not None else begun.tempo if begun else TEMPI[self.style])
        beginning = to_roll(_notes(begun), self.frames_per_beat) if begun else np.zeros((0, KEYS), np.uint8)
        if begun and key:
            raise InputError("primer and key were both given; a primer has a key")
        _positive("temperature", temperature)
        if not 0 < top_p <= 1:
            raise InputError(f"top_p is {top_p}; it must be above 0 and at most 1")
        shortest, longest = self._length(seconds, bars, tempo, len(beginning))
        if begun:
            plan = _Plan(shortest, longest, temperature, top_p, seed)
        else:
            wanted = parse_key(key) if key else _any_key(self.style, seed)
            plan = _Plan(shortest, longest, temperature, top_p, seed, Key(HOME, wanted.minor), (wanted.tonic - HOME + 6) % 12 - 6)
        roll, log_probability = self._compose(beginning, plan)
        roll = transposed(roll, plan.shift)
        score = ARRANGEMENTS[self.style](roll, tempo, self.frames_per_beat)
        return Tune(score, roll, find_key(roll), seed, -log_probability / max(len(roll) - len(beginning), 1))

    def _compose(self, beginning: np.ndarray, plan: "_Plan") -> tuple[np.ndarray, float]:
        """A piano roll that goes on from a beginning, or is in the plan's key, before it is transposed; and its log-probability."""
        accept = self._accept(plan.shift)
        drafts = Drafts(self.networks, [(plan.seed, i) for i in range(DRAFTS if plan.key else 1)], plan.temperature, plan.top_p)
        for frame in beginning:
            drafts.append(np.repeat(frame[None], len(drafts), axis=0))
        if plan.key:
            drafts.write_frame(accept, first=_in_triad(plan.key))
        phrase = 16 * self.frames_per_beat
        while drafts.frames < plan.shortest:
            drafts.write_frame(accept)
            if plan.key and drafts.frames % phrase == 0:
                clearest = _clearest(drafts, plan.key)[: DRAFTS // 2]
                drafts.select(2 * clearest, [(plan.seed, drafts.frames, i) for i in range(DRAFTS)])
        best = _clearest(drafts, plan.key)[0] if plan.key else 0
        return self._end(drafts, best, plan)

    def harmonise(self, melody: Midi, *, seed: int = 0, temperature: float = 1.0, top_p: float = 0.98, tempo: float | None = None) -> Tune:
        """Write the other voices below a melody, which stays as it is, note by note; of chords the top notes are the melody.

        The melody's probability guides what is written before it: of several drafts those under which the next note of the melody is
        probable go on (sequential Monte Carlo; Doucet et al. 2001, section 1.3).
        """
        given = _read(melody)
        notes = _top_line(_notes(given))
        tempo = _positive("tempo", tempo if tempo is not None else given.tempo)
        first_beat = int(notes[0].start + 1e-6)
        notes = [Note(note.start - first_beat, note.length, note.pitch, note.velocity) for note in notes]
        shift = self._into_range(notes)
        tops = _tops(notes, self.frames_per_beat, shift)
        drafts = Drafts(self.networks, [(seed, i) for i in range(PARTICLES)], temperature, top_p)
        random, weights = np.random.default_rng([seed, PARTICLES]), np.zeros(PARTICLES)
        for number, top in enumerate(tops):
            weights = weights + drafts.write_frame(self._accept_below, top=top)
            if number + 1 < len(tops):
                weights = _resample(drafts, weights, random, (seed, number))
        best = int(np.argmax(weights + np.minimum(drafts.over, 0)))
        written = drafts.roll(best)
        score = with_soprano(self._sounding(written, tempo, shift), notes)
        roll = transposed(written, -shift)
        return Tune(score, roll, find_key(roll), seed, -float(drafts.log_probabilities[best]) / len(roll))

    def log_likelihoods(self, rolls: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """The exact log-probability, nats, of each frame of piano rolls `[frames, 88]`: each one's index and float64 `[frames]`."""
        for number, roll in enumerate(rolls):
            if roll.ndim != 2 or roll.shape[1] != KEYS or not len(roll):
                raise InputError(f"roll {number} has shape {list(roll.shape)}, wanted [frames, {KEYS}]")
            if roll.sum(axis=1).max() > LONGEST:
                raise InputError(f"roll {number} has a frame of more than {LONGEST} notes")
        return log_likelihoods(self.networks, rolls)

    def _length(self, seconds: float | None, bars: int | None, tempo: float, begun: int) -> tuple[int, int]:
        """Frames of the piece, at least and at most."""
        if seconds is not None and bars is not None:
            raise InputError("seconds and bars were both given; one says how long")
        if bars is not None:
            shortest = longest = int(_positive("bars", bars)) * 4 * self.frames_per_beat
        else:
            frames = _positive("seconds", 30 if seconds is None else seconds) * tempo / 60 * self.frames_per_beat
            shortest, longest = max(1, round(frames * (1 - SLACK))), max(1, round(frames * (1 + SLACK)))
        if longest > LONGEST_TUNE:
            raise InputError(f"a piece of {longest:,} frames was asked for; {LONGEST_TUNE:,} are the most")
        if begun >= longest:
            beats = begun / self.frames_per_beat
            raise InputError(f"the primer has {beats:.0f} beats, which is all that was asked for or more: ask for a longer piece")
        return max(shortest, begun), longest

    def _end(self, drafts: Drafts, row: int, plan: "_Plan") -> tuple[np.ndarray, float]:
        """Go on with several drafts, and end one of them where the model finds it most probable that the piece is over."""
        drafts.select([row] * ENDINGS, [(plan.seed, drafts.frames, row, i) for i in range(ENDINGS)])
        accept = self._accept(plan.shift)
        ends = [(float(drafts.over[0]), drafts.frames, 0, float(drafts.log_probabilities[0]))]
        held = round((LAST_CHORD - 1) * self.frames_per_beat)
        while drafts.frames < plan.longest - held:
            drafts.write_frame(accept)
            best = int(np.argmax(drafts.over))
            ends.append((float(drafts.over[best]), drafts.frames, best, float(drafts.log_probabilities[best])))
        _, frames, best, log_probability = max(ends)
        roll = drafts.roll(best)[:frames]
        return np.concatenate([roll, np.repeat(roll[-1:], min(held, plan.longest - frames), axis=0)]), log_probability

    def _accept(self, shift: int) -> Accept:
        """Whether a frame can be played where it is: none is silent; a chorale's are sung by four voices, when it is transposed by
        `shift`; no chord stays for ever (a model that thinks that the piece is over holds its last), no fragment goes round and round."""

        def accept(before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
            if self.style == "chorale" and assign_voices(transposed(frame, shift)) is None:
                return False
            return bool(frame.any()) and not self._gets_stuck(before, frame)

        return accept

    def _gets_stuck(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        held, loop, harmony = (beats * self.frames_per_beat for beats in (LONGEST_CHORD, LONGEST_LOOP, LONGEST_HARMONY))
        if _goes_round(before, frame, 1, held) or any(
            _goes_round(before, frame, period, max(3 * period, loop)) for period in range(2, loop + 1)
        ):
            return True
        return self.style == "folk" and _goes_round([_below(other) for other in before[-harmony:]], _below(frame), 1, harmony)

    def _accept_below(self, before: Sequence[np.ndarray], frame: np.ndarray) -> bool:
        """The same below a melody, which may rest, and hold a note as long as it likes; with it goes a chord."""
        if not frame.any():
            return True
        return frame.sum() > 2 and (self.style != "chorale" or assign_voices(frame, free_soprano=True) is not None)

    def _into_range(self, notes: Sequence[Note]) -> int:
        """By how many semitones the melody is moved while the model looks at it, so that voices have room below it."""
        low, high = (VOICES[0].low, VOICES[0].high) if self.style == "chorale" else (60, 88)
        pitches = [note.pitch for note in notes]
        if min(pitches) >= low and max(pitches) <= high:
            return 0
        middle, octaves = (low + high) / 2 - (min(pitches) + max(pitches)) / 2, 12
        return round(middle / octaves) * octaves or (low - min(pitches) if min(pitches) < low else high - max(pitches))

    def _sounding(self, roll: np.ndarray, tempo: float, shift: int) -> Score:
        """The score of what the model wrote, moved back to where the melody is; a piano's music becomes a melody over chords."""
        style = "folk" if self.style == "piano" else self.style
        score = ARRANGEMENTS[style](roll, tempo, self.frames_per_beat)
        tracks = []
        for track in score.tracks:
            moved = [Note(n.start, n.length, n.pitch - shift, n.velocity) for n in track.notes if 0 <= n.pitch - shift <= 127]
            tracks.append(type(track)(track.name, tuple(moved), track.program))
        return Score(tuple(tracks), score.tempo, score.beats_per_bar, score.beats)


@dataclass(frozen=True)
class _Plan:
    """What to compose: frames at least and at most, how to draw, the key (None: whichever) and by how many semitones all is transposed
    in the end."""

    shortest: int
    longest: int
    temperature: float
    top_p: float
    seed: int
    key: Key | None = None
    shift: int = 0


def _any_key(style: str, seed: int) -> Key:
    """A key that is usual in a style, by the seed."""
    return parse_key(str(np.random.default_rng(seed).choice(USUAL_KEYS[style])))


def _clearest(drafts: Drafts, key: Key) -> list[int]:
    """The drafts, those first that are the most clearly in a key."""
    return sorted(range(len(drafts)), key=lambda row: -clarity(drafts.roll(row), key))


def _resample(drafts: Drafts, weights: np.ndarray, random: np.random.Generator, seed: tuple[int, ...]) -> np.ndarray:
    """Let improbable drafts go and copy probable ones, when few carry most of the weight; the weights that go on."""
    shares = np.exp(weights - weights.max())
    shares /= shares.sum()
    if 1 / np.square(shares).sum() > len(shares) / 2:
        return weights
    places = (random.random() + np.arange(len(shares))) / len(shares)  # systematic resampling
    rows = np.minimum(np.searchsorted(np.cumsum(shares), places), len(shares) - 1)
    drafts.select(rows.tolist(), [(*seed, i) for i in range(len(rows))])
    return np.zeros_like(weights)


def _goes_round(before: Sequence[np.ndarray], frame: np.ndarray, period: int, longest: int) -> bool:
    """Whether, with this frame, what comes again after `period` frames would go on for more than `longest`."""
    if len(before) < longest or (frame != before[-period]).any():
        return False
    return all((before[-i] == before[-i - period]).all() for i in range(1, longest - period + 1))


def _below(frame: np.ndarray) -> np.ndarray:
    """A frame without its top note."""
    below = frame.copy()
    below[keys_of(frame)[:1]] = 0
    return below


def _read(source: Midi) -> Score:
    return read_midi(Path(source) if isinstance(source, str | os.PathLike) else source)


def _notes(score: Score) -> list[Note]:
    return sorted(note for track in score.tracks for note in track.notes)


def _top_line(notes: Sequence[Note]) -> list[Note]:
    """The highest note at each beginning, ended where the next begins: a melody for one voice."""
    line: list[Note] = []
    for note in notes:
        if line and abs(line[-1].start - note.start) < 1e-6:
            if note.pitch > line[-1].pitch:
                line[-1] = note
        elif not line or note.start >= line[-1].start + line[-1].length - 1e-6 or note.pitch >= line[-1].pitch:
            line.append(note)
    ended = []
    for note, after in zip(line, [*line[1:], None], strict=True):
        length = min(note.length, after.start - note.start) if after else note.length
        ended.append(Note(note.start, length, note.pitch, note.velocity))
    return ended


def _tops(notes: Sequence[Note], frames_per_beat: int, shift: int) -> list[int]:
    """A melody's key in each frame, or REST."""
    moved = [Note(note.start, note.length, note.pitch + shift) for note in notes]
    tops = []
    for frame in to_roll(moved, frames_per_beat):
        keys = keys_of(frame)
        tops.append(int(keys[0]) if len(keys) else REST)
    return tops


def _in_triad(key: Key) -> np.ndarray:
    """Which keys of the piano belong to the tonic's chord, bool `[88]`."""
    return np.isin((np.arange(KEYS) + LOWEST) % 12, key.triad())


def _positive(name: str, value: float) -> float:
    if not 0 < value < float("inf"):
        raise InputError(f"{name} is {value}; it must be above 0")
    return value
