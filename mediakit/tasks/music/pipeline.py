"""Seeds in, music out: composed from nothing, on from a beginning, or as voices below a melody."""

import io
import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mediakit.datasets.pieces import frames_per_beat_of
from mediakit.errors import InputError, InputWarning, MediakitError
from mediakit.media.arrangement import ARRANGEMENTS, Grid
from mediakit.media.keys import Key, find_key, parse_key
from mediakit.media.midi import read_midi, write_midi
from mediakit.media.musicxml import write_musicxml
from mediakit.media.piano_roll import KEYS
from mediakit.media.score import Score, first_beat, parse_metre, to_roll
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
RAISED = {"jsb": 12}  # semitones by which a data set is written higher than it sounds
SECONDS = 30.0
LONGEST_TUNE = 20_000  # frames
SLACK = 0.1  # the fraction by which a piece may be shorter or longer than requested
USUAL_KEYS = {
    "chorale": ("G", "G", "A", "D", "F", "Bb", "C", "Am", "Gm", "Em", "Bm", "Dm"),
    "folk": ("G", "G", "G", "D", "D", "D", "A", "A", "C", "F", "Em", "Am"),
    "piano": ("C", "G", "D", "F", "Bb", "Eb", "Am", "Dm", "Gm", "Cm"),
}
USUAL_METRES = {"chorale": ("4/4",), "folk": ("4/4", "4/4", "6/8", "3/4"), "piano": ("4/4",)}
GRIDS = {1: "quarter notes", 2: "eighth notes", 4: "sixteenth notes"}  # by frames per quarter note


@dataclass(frozen=True)
class TuneRequest:
    """A piece to compose. What it leaves out is an option of the stream.

    Attributes:
        seed: a whole number from 0 to 2**32 - 1; the same seed and options give the same piece.
        key: such as G or Am; by default one that is usual in the style, drawn by the seed.
        metre: such as 3/4; by default one that is usual in the style, drawn by the seed.
        primer: a MIDI file to continue.
        melody: a MIDI file to harmonise; its top notes stay as they are.
    """

    seed: int = 0
    key: str | None = None
    metre: str | None = None
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
        """Write a MIDI file, or with the ending .musicxml notation. Raises InputError for a name that promises another format."""
        ending = os.path.splitext(os.fsdecode(path))[1]
        if ending.lower() not in ("", ".mid", ".midi", ".musicxml"):
            raise InputError(f"{os.fsdecode(path)}: would hold MIDI, not {ending}; name it .mid or .musicxml")
        with open(path, "wb") as file:
            writer(Path(os.fsdecode(path)))(self.score, file)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `seconds`, `bars`, `metre`, `tempo`, `key`, `tracks`, `notes`, `seed`, `nll_per_frame`."""
        return {
            "seconds": round(self.score.seconds, 2),
            "bars": round(self.score.bars, 2),
            "metre": str(self.score.metre),
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


def writer(path: Path) -> Callable[[Score, IO[bytes]], None]:
    """The function that writes a score in the format of a file's ending; MIDI for any other than .musicxml."""
    return write_musicxml if path.suffix.lower() == ".musicxml" else write_midi


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

    columns = ("seconds", "bars", "metre", "tempo", "key", "tracks", "notes", "seed", "nll_per_frame", "midi")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        dataset = folder.file("dataset").read_text(encoding="utf-8").strip()
        self.style = STYLES.get(dataset, "piano")
        self.frames_per_beat = frames_per_beat_of(dataset, int(folder.manifest.get("config", {}).get("frames_per_beat", 4)))
        raised = RAISED.get(dataset, 0)
        self._models = Pool(lambda: MusicModel(Networks.open(folder), self.style, self.frames_per_beat, raised))

    def stream(
        self,
        requests: Iterable[int | TuneRequest | MediakitError],
        *,
        seconds: float | None = None,
        bars: int | None = None,
        tempo: float | None = None,
        key: str | None = None,
        metre: str | None = None,
        primer: Midi | None = None,
        melody: Midi | None = None,
        temperature: float = 1.0,
        top_p: float = 0.98,
    ) -> Iterator[tuple[int | TuneRequest | MediakitError, Tune | MediakitError]]:
        """Yield each seed or request with its tune or error, in order, at flat memory.

        Args:
            requests: seeds, which are whole numbers from 0, or `TuneRequest`s.
            seconds: approximate length, with the primer; 30 by default. A piece ends where the model finds that it may.
            bars: exact length in bars, with the primer, instead of `seconds`.
            tempo: quarter notes per minute; by default the file's or the style's.
            key, metre, primer, melody: of all pieces, see `TuneRequest`.
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
        if metre is not None:
            parse_metre(metre)
        defaults: dict[str, Any] = {"key": key, "metre": metre, "primer": _reusable(primer), "melody": _reusable(melody)}
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
        if request.key or request.metre or request.primer or options.seconds or options.bars:
            raise InputError("a melody to harmonise sets the beginning, the key, the metre and the length; leave these out")
        melody = _read(request.melody, options.tempo)
        score, roll, log_probability = harmonise(model, melody, request.seed, options.temperature, options.top_p)
        return Tune(score, roll, find_key(roll), request.seed, -log_probability / len(roll))

    def _compose(self, model: MusicModel, request: TuneRequest, options: "_Options") -> Tune:
        draft = self._continued(request, options) if request.primer is not None else self._new(request, options)
        grid, shortest, longest = self._length(draft, options)
        if any(abs(note.start * self.frames_per_beat % 1 - 0.5) < 0.4 for note in draft.score.notes):
            warnings.warn(f"the primer's rhythm is rounded to {self._frames}, as {self.folder.name} writes", InputWarning, stacklevel=2)
        plan = Plan(grid, draft.key, shortest, longest, options.temperature, options.top_p, request.seed)
        roll, log_probability = compose(model, draft.roll, plan)
        tracks = [track.moved(draft.start) for track in ARRANGEMENTS[self.style](roll, grid)]
        drums = [track for track in draft.score.tracks if track.drums]
        beats = draft.start + len(roll) / self.frames_per_beat
        score = replace(draft.score, tracks=(*tracks, *drums), beats=beats, key=draft.key)
        key = find_key(roll)
        if key != draft.key:
            warnings.warn(f"seed {request.seed}: meant to be in {draft.key}, sounds more like {key}", InputWarning, stacklevel=2)
        return Tune(score, roll, key, request.seed, -log_probability / max(len(roll) - len(draft.roll), 1))

    def _new(self, request: TuneRequest, options: "_Options") -> "_Beginning":
        """The empty beginning of a piece: its key, metre and tempo."""
        random = np.random.default_rng(request.seed)
        key = parse_key(request.key or str(random.choice(USUAL_KEYS[self.style])))
        metre = parse_metre(request.metre or str(random.choice(USUAL_METRES[self.style])))
        if not Grid(self.frames_per_beat, metre).fits:
            raise InputError(f"{self.folder.name} writes {self._frames}, which {metre} does not fit; take another metre")
        score = Score((), options.tempo or TEMPI[self.style], metre)
        return _Beginning(score, np.zeros((0, KEYS), np.uint8), key, 0)

    def _continued(self, request: TuneRequest, options: "_Options") -> "_Beginning":
        """The beginning of a piece that continues a primer, in its key, metre and tempo."""
        if request.key or request.metre:
            raise InputError("primer cannot be used with key or metre: the primer sets both")
        assert request.primer is not None
        primer = _read(request.primer, options.tempo)
        notes = primer.notes
        roll = to_roll(notes, self.frames_per_beat)
        return _Beginning(primer, roll, primer.last_key or find_key(roll), first_beat(notes))

    @property
    def _frames(self) -> str:
        """What a frame is, in words."""
        return GRIDS.get(self.frames_per_beat, f"frames of 1/{self.frames_per_beat} quarter note")

    def _length(self, draft: "_Beginning", options: "_Options") -> tuple[Grid, int, int]:
        """The grid of the piece, and the least and the largest number of bars after its upbeat."""
        *before, (since, _, metre) = draft.score.metres()
        grid = Grid(self.frames_per_beat, metre)
        offset = round((since - draft.start) * self.frames_per_beat)  # the frame at which the metre begins
        grid = replace(grid, upbeat=offset % grid.bar)
        begun = -(-(len(draft.roll) - grid.upbeat) // grid.bar)  # bars of the beginning
        if options.bars is not None:
            earlier = sum(math.ceil((end - start) / other.bar) for start, end, other in before)
            shortest = longest = (offset + (options.bars - earlier) * grid.bar) // grid.bar
        else:
            left = (options.seconds or SECONDS) - draft.score.seconds
            wanted = (draft.score.beats - draft.start + left * draft.score.last_tempo / 60) * self.frames_per_beat - grid.upbeat
            shortest, longest = math.ceil(wanted * (1 - SLACK) / grid.bar), math.floor(wanted * (1 + SLACK) / grid.bar)
            if longest <= begun or longest < shortest:
                shortest = longest = max(round(wanted / grid.bar), 0 if len(draft.roll) else 1)
        if longest * grid.bar > LONGEST_TUNE:
            raise InputError(f"the piece would have {longest * grid.bar:,} frames; the most is {LONGEST_TUNE:,}")
        if begun >= longest:
            raise InputError(f"the primer has {draft.score.bars:.3g} bars already: ask for a longer piece")
        return grid, max(shortest, begun + 1), longest

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
class _Beginning:
    """What a piece begins with.

    Attributes:
        score: its tempo and metre, and the notes of a primer.
        roll: the piano roll of the notes, uint8 `[frames, 88]`.
        key: of the piece.
        start: the quarter notes of silence before the roll.
    """

    score: Score
    roll: np.ndarray
    key: Key
    start: int


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


def _read(source: Midi, tempo: float | None) -> Score:
    given = _reusable(source)
    assert given is not None
    score = read_midi(given if isinstance(given, bytes) else Path(given))
    return score.at_tempo(tempo) if tempo else score


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        raise InputError(f"{name} is {value}; it must be above 0")
