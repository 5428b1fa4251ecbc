"""Reading and writing MIDI files."""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from mediakit.errors import InputError, InputWarning
from mediakit.media import midi_chunks as chunks
from mediakit.media.keys import SIGNATURES, Key, key_of_signature
from mediakit.media.midi_chunks import Event, MidiFile
from mediakit.media.score import COMMON_TIME, Change, Metre, Note, Score, Track

TICKS = 480  # per quarter note
TEMPO = 120.0  # quarter notes per minute, of a file without a tempo
DRUMS = 9  # channel 10 when counting from 1
MAX_BYTES = 20_000_000
MAX_BEATS = 20_000  # an hour and a half; a damaged file can claim centuries


def write_midi(score: Score, file: IO[bytes]) -> None:
    """Write a score as a standard MIDI file of type 1: a track with tempo, metre and key, then one track per player.

    The same score always gives the same bytes.
    """
    import mido

    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    midi.tracks.append(mido.MidiTrack(_head(score)))
    for number, track in enumerate(score.tracks):
        channel = DRUMS if track.drums else number + (number >= DRUMS)
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


def _head(score: Score) -> list["mido.MetaMessage"]:  # type: ignore[name-defined] # noqa: F821
    """The messages of tempo, metre and key, and the end."""
    import mido

    messages, now = [], 0
    for change in (Change(0, score.tempo, score.metre, score.key), *score.changes):
        at_once = []
        if change.tempo:
            at_once.append(mido.MetaMessage("set_tempo", tempo=min(mido.bpm2tempo(change.tempo), 2**24 - 1)))
        if change.metre:
            at_once.append(mido.MetaMessage("time_signature", numerator=change.metre.count, denominator=change.metre.unit))
        if change.key:
            at_once.append(mido.MetaMessage("key_signature", key=SIGNATURES[change.key.minor][change.key.fifths + 7]))
        for message in at_once:
            messages.append(message.copy(time=_ticks(change.start) - now))
            now = _ticks(change.start)
    return [*messages, mido.MetaMessage("end_of_track", time=max(_ticks(score.beats) - now, 0))]


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
    """Read a MIDI file: notes, drums, and the changes of tempo, metre and key. `source` is a path, the file's bytes, or an open
    binary file.

    What is damaged is mended or skipped, as sequencers do; an InputWarning then says what. Raises InputError when the file cannot
    be read, is not a MIDI file, is too long, or has no notes besides drums.
    """
    name, content = _content(source)
    file = chunks.read_chunks(name, content)
    tracks: list[Track] = []
    for number, events in enumerate(file.tracks):
        tracks += _tracks(events, file.ticks_per_beat, number)
    if all(track.drums for track in tracks):
        if file.mended and not tracks:
            raise InputError(f"{name}: a damaged MIDI file: {', '.join(file.mended)}; no notes can be read")
        raise InputError(f"{name}: has {'drums only' if tracks else 'no notes'}; expected a melody or chords")
    beats = max(note.start + note.length for track in tracks for note in track.notes)
    if beats > MAX_BEATS:
        raise InputError(f"{name}: is {beats:.0f} beats long, more than {MAX_BEATS}; the file may be damaged")
    first, *changes = _changes(file, beats)
    if file.mended:
        warnings.warn(f"{name}: a damaged MIDI file, read as well as possible: {', '.join(file.mended)}", InputWarning, stacklevel=2)
    return Score(tuple(tracks), first.tempo or TEMPO, first.metre or COMMON_TIME, beats, first.key, tuple(changes))


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
    return name, content


def _tracks(events: Sequence[Event], ticks_per_beat: int, number: int) -> list[Track]:
    """The notes and the drums of a track, as up to two tracks. A note without an end lasts until the end of the track."""
    notes: dict[bool, list[Note]] = {False: [], True: []}
    sounding: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)

    def add(channel: int, pitch: int, start: int, end: int, velocity: int) -> None:
        length = max(end - start, 1) / ticks_per_beat
        notes[channel == DRUMS].append(Note(start / ticks_per_beat, length, pitch, velocity))

    for event in events:
        if event.kind not in (chunks.NOTE_ON, chunks.NOTE_OFF):
            continue
        pitch, velocity = event.data
        key = (event.channel, pitch)
        if event.kind == chunks.NOTE_ON and velocity:
            sounding[key].append((event.tick, velocity))
        elif sounding[key]:
            start, velocity = sounding[key].pop(0)
            add(*key, start, event.tick, velocity)
    for key, starts in sounding.items():
        for start, velocity in starts:
            add(*key, start, events[-1].tick, velocity)
    names = [event.data.decode("latin-1").strip() for event in events if (event.kind, event.channel) == (chunks.META, chunks.TRACK_NAME)]
    name = next(filter(None, names), f"track {number + 1}")
    return [Track(name, tuple(sorted(part)), drums=drums) for drums, part in notes.items() if part]


def _changes(file: MidiFile, beats: float) -> list[Change]:
    """The tempo, metre and key at the start, then the changes of them before the last beat."""
    at: dict[float, Change] = {0.0: Change(0.0)}
    meta = (event for events in file.tracks for event in events if event.kind == chunks.META)
    for event in sorted(meta, key=lambda event: event.tick):
        start = event.tick / file.ticks_per_beat
        if start > 0 and start >= beats:
            break
        before = at.get(start, Change(start))
        if event.channel == chunks.TEMPO:
            at[start] = Change(start, _tempo(event.data) or before.tempo, before.metre, before.key)
        elif event.channel == chunks.METRE:
            at[start] = Change(start, before.tempo, _metre(event.data, file) or before.metre, before.key)
        elif event.channel == chunks.KEY:
            at[start] = Change(start, before.tempo, before.metre, _key(event.data, file) or before.key)
    return list(_differences(at.values()))


def _differences(changes: Iterable[Change]) -> Iterable[Change]:
    """The first change, and of the later ones what differs from before."""
    first, *later = changes
    yield first
    tempo, metre, key = first.tempo or TEMPO, first.metre or COMMON_TIME, first.key
    for change in later:
        new = Change(
            change.start,
            change.tempo if change.tempo != tempo else None,
            change.metre if change.metre != metre else None,
            change.key if change.key != key else None,
        )
        tempo, metre, key = change.tempo or tempo, change.metre or metre, change.key or key
        if new.tempo or new.metre or new.key:
            yield new


def _tempo(data: bytes) -> float | None:
    """Quarter notes per minute from the microseconds of a quarter note, without their rounding."""
    microseconds = int.from_bytes(data[:3])
    return round(60_000_000 / microseconds, 2) if microseconds else None


def _metre(data: bytes, file: MidiFile) -> Metre | None:
    if len(data) < 2 or not 0 < data[0] <= 32 or data[1] > 5:
        file.mend("an impossible time signature")
        return None
    return Metre(data[0], 2 ** data[1])


def _key(data: bytes, file: MidiFile) -> Key | None:
    fifths = int.from_bytes(data[:1], signed=True)
    if abs(fifths) > 7:
        file.mend(f"a key signature of {abs(fifths)} {'sharps' if fifths > 0 else 'flats'}")
        return None
    if len(data) < 2 or data[1] > 1:
        file.mend("an impossible key signature")
        return None
    return key_of_signature(fifths, bool(data[1]))
