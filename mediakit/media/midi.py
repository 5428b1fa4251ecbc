"""Reading and writing MIDI files with mido."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np

from mediakit.errors import InputError
from mediakit.media.piano_roll import KEYS, LOWEST

TICKS = 480  # per quarter note
DRUMS = 9  # channel 10 when counting from 1
MAX_BYTES = 20_000_000
MAX_BEATS = 20_000  # an hour and a half; a damaged file can claim centuries


@dataclass(frozen=True, order=True)
class Note:
    """A note: start and length in quarter notes, MIDI pitch, and velocity in 1..127."""

    start: float
    length: float
    pitch: int
    velocity: int = 80


@dataclass(frozen=True)
class Track:
    """The notes of one player, with a name and a General MIDI program (0 is a piano)."""

    name: str
    notes: tuple[Note, ...]
    program: int = 0


@dataclass(frozen=True)
class Score:
    """Simultaneous tracks, the tempo in quarter notes per minute, and the bar's and the score's length in quarter notes."""

    tracks: tuple[Track, ...]
    tempo: float
    beats_per_bar: int = 4
    beats: float = 0.0

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.beats * 60 / self.tempo


def write_midi(score: Score, file: IO[bytes]) -> None:
    """Write a score as a standard MIDI file of type 1: a track with tempo and metre, then one track per player.

    The same score always gives the same bytes.
    """
    import mido

    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    head = mido.MidiTrack()
    head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(score.tempo), time=0))
    head.append(mido.MetaMessage("time_signature", numerator=score.beats_per_bar, denominator=4, time=0))
    head.append(mido.MetaMessage("end_of_track", time=_ticks(score.beats)))
    midi.tracks.append(head)
    for channel, track in enumerate(score.tracks):
        channel += channel >= DRUMS
        lines = mido.MidiTrack([mido.MetaMessage("track_name", name=track.name, time=0)])
        lines.append(mido.Message("program_change", channel=channel, program=track.program, time=0))
        now = 0
        for time, on, pitch, velocity in _events(track.notes):
            kind = "note_on" if on else "note_off"
            lines.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=time - now))
            now = time
        lines.append(mido.MetaMessage("end_of_track", time=max(_ticks(score.beats) - now, 0)))
        midi.tracks.append(lines)
    midi.save(file=file)


def _events(notes: Sequence[Note]) -> list[tuple[int, bool, int, int]]:
    """Events as (time in ticks, on or off, pitch, velocity), sorted by time, with ends before starts at the same time."""
    events = []
    for note in notes:
        start, end = _ticks(note.start), max(_ticks(note.start + note.length), _ticks(note.start) + 1)
        events += [(start, True, note.pitch, note.velocity), (end, False, note.pitch, 0)]
    return sorted(events)


def _ticks(beats: float) -> int:
    return round(beats * TICKS)


def read_midi(source: str | Path | bytes | IO[bytes]) -> Score:
    """Read the notes of a MIDI file, without drums. `source` is a path, the file's bytes, or an open binary file.

    Raises InputError when it cannot be read, is not a MIDI file, is too long, or has no notes besides drums.
    """
    name, content = _content(source)
    midi = _parse(name, content)
    tracks, drums = [], 0
    for number, lines in enumerate(midi.tracks):
        notes, struck = _notes(lines, midi.ticks_per_beat)
        drums += struck
        if notes:
            tracks.append(Track(lines.name or f"track {number + 1}", tuple(sorted(notes))))
    if not tracks:
        raise InputError(f"{name}: has {'drums only' if drums else 'no notes'}; expected a melody or chords")
    beats = max(note.start + note.length for track in tracks for note in track.notes)
    if beats > MAX_BEATS:
        raise InputError(f"{name}: is {beats:.0f} beats long, more than {MAX_BEATS}; the file may be damaged")
    return Score(tuple(tracks), _tempo(midi), beats=beats)


def _content(source: str | Path | bytes | IO[bytes]) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name, content = "MIDI", source
    elif isinstance(source, str | Path):
        name = str(source)
        try:
            with open(source, "rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    else:
        name, content = getattr(source, "name", "MIDI"), source.read(MAX_BYTES + 1)
    if not content:
        raise InputError(f"{name}: is empty; expected a MIDI file")
    if len(content) > MAX_BYTES:
        raise InputError(f"{name}: is larger than {MAX_BYTES // 1_000_000} MB, too large for a MIDI file of one piece")
    if content[:4] == b"RIFF":  # an .rmi file wraps a MIDI file
        content = content[content.find(b"MThd") :] if b"MThd" in content else content
    return name, content


def _parse(name: str, content: bytes) -> Any:
    if content[:4] != b"MThd":
        raise InputError(f"{name}: not a MIDI file")
    import mido

    try:
        midi = mido.MidiFile(file=BytesIO(content), clip=True)
    except Exception as error:  # mido raises all kinds of errors on broken data
        why = "it is cut short" if isinstance(error, EOFError) else str(error) or type(error).__name__
        raise InputError(f"{name}: a damaged MIDI file: {why}") from error
    if midi.ticks_per_beat <= 0 or midi.ticks_per_beat >= 0x8000:
        raise InputError(f"{name}: counts time in SMPTE frames, not in beats; export it with ticks per beat")
    return midi


def _notes(lines: Any, ticks_per_beat: int) -> tuple[list[Note], int]:
    """The notes of a track, and the number of drum notes. A note without an end lasts until the end of the track."""
    now, drums, notes = 0, 0, []
    sounding: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for message in lines:
        now += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity > 0:
            if message.channel == DRUMS:
                drums += 1
            else:
                sounding[key].append((now, message.velocity))
        elif sounding[key]:
            start, velocity = sounding[key].pop(0)
            notes.append(_note(start, now, key[1], velocity, ticks_per_beat))
    for (_, pitch), starts in sounding.items():
        notes += [_note(start, now, pitch, velocity, ticks_per_beat) for start, velocity in starts]
    return notes, drums


def _note(start: int, end: int, pitch: int, velocity: int, ticks_per_beat: int) -> Note:
    return Note(start / ticks_per_beat, max(end - start, 1) / ticks_per_beat, pitch, velocity)


def _tempo(midi: Any) -> float:
    import mido

    for lines in midi.tracks:
        for message in lines:
            if message.type == "set_tempo" and message.tempo > 0:
                return round(mido.tempo2bpm(message.tempo), 2)  # undoes the rounding to microseconds in the file
    return 120.0


def to_roll(notes: Sequence[Note], frames_per_beat: int) -> np.ndarray:
    """Put notes on a grid, uint8 `[frames, 88]`.

    Starts and ends are rounded to frames, and every note lasts at least one. Whole beats of silence before the first note are
    dropped.
    """
    first_beat = int(min(note.start for note in notes) + 1e-6)
    spans = list(_spans(notes, frames_per_beat, first_beat))
    roll = np.zeros((max((end for _, end, _ in spans), default=0), KEYS), np.uint8)
    for start, end, key in spans:
        if 0 <= key < KEYS:
            roll[start:end, key] = 1
    return roll


def _spans(notes: Sequence[Note], frames_per_beat: int, first_beat: int) -> Iterator[tuple[int, int, int]]:
    """Each note's first frame, the frame after its last, and its key."""
    for note in notes:
        start = round((note.start - first_beat) * frames_per_beat)
        end = max(round((note.start + note.length - first_beat) * frames_per_beat), start + 1)
        yield start, end, note.pitch - LOWEST
