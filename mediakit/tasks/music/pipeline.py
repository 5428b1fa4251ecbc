"""Seeds in, music out: composed from nothing, on from a beginning, or as voices below a melody."""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mediakit.datasets.pieces import frames_per_beat_of
from mediakit.errors import InputError, MediakitError
from mediakit.media.arrangement import ARRANGEMENTS
from mediakit.media.keys import Key, find_key, parse_key
from mediakit.media.midi import Note, Score, read_midi, to_roll, write_midi
from mediakit.media.piano_roll import KEYS, transposed
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult
from mediakit.runtime.seeds import check_seed
from mediakit.runtime.workers import Pool
from mediakit.tasks.music.composing import MusicModel, Networks, log_likelihoods
from mediakit.tasks.music.composition import Plan, compose
from mediakit.tasks.music.harmonisation import harmonise
from mediakit.tasks.music.note_features import LONGEST

if TYPE_CHECKING:
    from PIL.Image import Image

Midi = str | os.PathLike[str] | bytes | IO[bytes]
STYLES = {"jsb": "chorale", "jsb_16th": "chorale", "nottingham": "folk"}  # by data set; music of any other is for a piano
TEMPI = {"chorale": 80.0, "folk": 112.0, "piano": 100.0}  # quarter notes per minute
SECONDS = 30.0
LONGEST_TUNE = 20_000  # frames
SLACK = 0.1  # the fraction by which a piece may be shorter or longer than requested
HOME = 0  # the benchmark's pieces are transposed to C, so music is composed there and then transposed
USUAL_KEYS = {
    "chorale": ("G", "G", "A", "D", "F", "Bb", "C", "Am", "Gm", "Em", "Bm", "Dm"),
    "folk": ("G", "G", "G", "D", "D", "D", "A", "A", "C", "F", "Em", "Am"),
    "piano": ("C", "G", "D", "F", "Bb", "Eb", "Am", "Dm", "Gm", "Cm"),
}


@dataclass(frozen=True)
class TuneRequest:
    """A piece to compose. What it leaves out is an option of the stream.

    Attributes:
        seed: a whole number from 0 to 2**32 - 1; the same seed and options give the same piece.
        key: such as G or Am; by default one that is usual in the style, drawn by the seed.
        primer: a MIDI file to continue.
        melody: a MIDI file to harmonise; its top notes stay as they are.
    """

    seed: int = 0
    key: str | None = None
    primer: Midi | None = None
    melody: Midi | None = None


@dataclass(frozen=True, repr=False)
class Tune(DrawnResult):
    """A piece of music.

    Attributes:
        score: what to play.
        roll: the piano roll behind it, uint8 `[frames, 88]`.
        key: as it sounds.
        seed: from which it was composed.
        nll_per_frame: negative log-likelihood of what the model wrote, in nats per frame.
    """

    score: Score
    roll: np.ndarray = field(compare=False)
    key: Key
    seed: int
    nll_per_frame: float

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a MIDI file. Raises InputError for a name that promises another format."""
        ending = os.path.splitext(os.fsdecode(path))[1]
        if ending.lower() not in ("", ".mid", ".midi"):
            raise InputError(f"{os.fsdecode(path)}: would hold MIDI, not {ending}; name it .mid")
        with open(path, "wb") as file:
            write_midi(self.score, file)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `seconds`, `bars`, `tempo`, `key`, `tracks`, `notes`, `seed`, `nll_per_frame`."""
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

    def to_row(self) -> dict[str, Any]:
        """As `to_dict`, and the music as `midi`, the bytes of a file."""
        file = io.BytesIO()
        write_midi(self.score, file)
        return {**self.to_dict(), "midi": file.getvalue()}

    def draw(self) -> "Image":
        """The piano roll, one colour per track."""
        from mediakit.tasks.music.figures import draw_piano_roll

        return draw_piano_roll(self.score, f"{self.key}, seed {self.seed}")

    def __repr__(self) -> str:
        fields = self.to_dict()
        return f"Tune({fields['key']}, {fields['bars']:g} bars, {fields['seconds']:g} s, {fields['notes']} notes, seed {self.seed})"


def load(folder: ModelFolder, *, threads: int | None = None) -> "Composer":
    """The pipeline of a music model folder."""
    return Composer(folder, threads)


class Composer(Pipeline[int | TuneRequest, Tune]):
    """Composes music.

    Args:
        folder: an opened model folder of the task music.
        threads: how many pieces are composed side by side; by default one per processor, at most four.

    Attributes:
        style: chorale, folk or piano.
        frames_per_beat: frames per quarter note.
    """

    columns = ("seconds", "bars", "tempo", "key", "tracks", "notes", "seed", "nll_per_frame", "midi")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        dataset = folder.file("dataset").read_text(encoding="utf-8").strip()
        self.style = STYLES.get(dataset, "piano")
        self.frames_per_beat = frames_per_beat_of(dataset, int(folder.manifest.get("config", {}).get("frames_per_beat", 4)))
        self._models = Pool(lambda: MusicModel(Networks.open(folder), self.style, self.frames_per_beat))

    def stream(
        self,
        requests: Iterable[int | TuneRequest | MediakitError],
        *,
        seconds: float | None = None,
        bars: int | None = None,
        tempo: float | None = None,
        key: str | None = None,
        primer: Midi | None = None,
        melody: Midi | None = None,
        temperature: float = 1.0,
        top_p: float = 0.98,
    ) -> Iterator[tuple[int | TuneRequest | MediakitError, Tune | MediakitError]]:
        """Yield each seed or request with its tune or error, in order, at flat memory.

        Args:
            requests: seeds, which are whole numbers from 0, or `TuneRequest`s.
            seconds: approximate length, with the primer; 30 by default. A piece ends where the model finds that it may.
            bars: exact length in bars of four beats, instead of `seconds`.
            tempo: quarter notes per minute; by default the file's or the style's.
            key, primer, melody: of all pieces, see `TuneRequest`.
            temperature, top_p: of the sampling; lower is plainer.

        Raises InputError for options out of range.
        """
        if seconds is not None and bars is not None:
            raise InputError("seconds and bars cannot be used together: both set the length")
        for name, value in (("seconds", seconds), ("bars", bars), ("tempo", tempo), ("temperature", temperature)):
            _check_positive(name, value)
        if not 0 < top_p <= 1:
            raise InputError(f"top_p is {top_p}; it must be above 0 and at most 1")
        if key is not None:
            parse_key(key)
        defaults: dict[str, Any] = {"key": key, "primer": _reusable(primer), "melody": _reusable(melody)}
        options = _Options(seconds, bars, tempo, temperature, top_p)

        def write(index: int, given: int | TuneRequest) -> Tune:
            request = given if isinstance(given, TuneRequest) else TuneRequest(given)
            missing = {name: value for name, value in defaults.items() if getattr(request, name) is None}
            request = replace(request, seed=check_seed(request.seed), **missing)
            with self._models.one() as model:
                return self._write(model, request, options)

        return self._one_by_one(requests, write)

    def _write(self, model: MusicModel, request: TuneRequest, options: "_Options") -> Tune:
        if request.melody is None:
            return self._compose(model, request, options)
        if request.key or request.primer or options.seconds or options.bars:
            raise InputError("a melody to harmonise sets the beginning, the key and the length; leave these out")
        melody = _read(request.melody)
        tempo = options.tempo or melody.tempo
        score, roll, log_probability = harmonise(model, _notes(melody), tempo, request.seed, options.temperature, options.top_p)
        return Tune(score, roll, find_key(roll), request.seed, -log_probability / len(roll))

    def _compose(self, model: MusicModel, request: TuneRequest, options: "_Options") -> Tune:
        if request.primer is not None and request.key:
            raise InputError("primer and key cannot be used together: the primer sets the key")
        primer = None if request.primer is None else _read(request.primer)
        tempo = options.tempo or (primer.tempo if primer else TEMPI[self.style])
        beginning = to_roll(_notes(primer), self.frames_per_beat) if primer else np.zeros((0, KEYS), np.uint8)
        shortest, longest = self._length(options, tempo, len(beginning))
        plan = Plan(shortest, longest, options.temperature, options.top_p, request.seed)
        if not primer:
            key = parse_key(request.key or str(np.random.default_rng(request.seed).choice(USUAL_KEYS[self.style])))
            plan = replace(plan, key=Key(HOME, key.minor), shift=(key.tonic - HOME + 6) % 12 - 6)
        roll, log_probability = compose(model, beginning, plan)
        roll = transposed(roll, plan.shift)
        score = ARRANGEMENTS[self.style](roll, tempo, self.frames_per_beat)
        return Tune(score, roll, find_key(roll), request.seed, -log_probability / max(len(roll) - len(beginning), 1))

    def _length(self, options: "_Options", tempo: float, begun: int) -> tuple[int, int]:
        """The least and the largest number of frames of a piece of which `begun` frames are there."""
        if options.bars is not None:
            shortest = longest = int(options.bars) * 4 * self.frames_per_beat
        else:
            frames = (options.seconds or SECONDS) * tempo / 60 * self.frames_per_beat
            shortest, longest = max(1, round(frames * (1 - SLACK))), max(1, round(frames * (1 + SLACK)))
        if longest > LONGEST_TUNE:
            raise InputError(f"the piece would have {longest:,} frames; the most is {LONGEST_TUNE:,}")
        if begun >= longest:
            raise InputError(f"the primer has {begun / self.frames_per_beat:.0f} beats already: ask for a longer piece")
        return max(shortest, begun), longest

    def log_likelihoods(self, rolls: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield each piano roll's index and the exact log-probability of its frames, float64 `[frames]`, in nats.

        Args:
            rolls: uint8 `[frames, 88]` each.

        Raises InputError for a roll of another shape, or a frame with more notes than the model can write.
        """
        for number, roll in enumerate(rolls):
            if roll.ndim != 2 or roll.shape[1] != KEYS or not len(roll):
                raise InputError(f"roll {number} has shape {list(roll.shape)}, wanted [frames, {KEYS}]")
            if roll.sum(axis=1).max() > LONGEST:
                raise InputError(f"roll {number} has a frame of more than {LONGEST} notes")
        with self._models.one() as model:
            yield from log_likelihoods(model.networks, rolls)


@dataclass(frozen=True)
class _Options:
    """How all pieces of a stream are written, see `Composer.stream`."""

    seconds: float | None
    bars: int | None
    tempo: float | None
    temperature: float
    top_p: float


def _reusable(source: Midi | None) -> str | os.PathLike[str] | bytes | None:
    """A file that can be read for several pieces: an open one as its bytes."""
    if source is None or isinstance(source, str | os.PathLike | bytes):
        return source
    if not hasattr(source, "read"):
        raise InputError(f"music is a path, bytes or a binary file, not {type(source).__name__}")
    return source.read()


def _read(source: Midi) -> Score:
    given = _reusable(source)
    assert given is not None
    return read_midi(given if isinstance(given, bytes) else Path(given))


def _notes(score: Score) -> list[Note]:
    return sorted(note for track in score.tracks for note in track.notes)


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        raise InputError(f"{name} is {value}; it must be above 0")
