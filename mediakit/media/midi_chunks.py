"""The events of a MIDI file, read as sequencers read them: what is damaged is mended or skipped, and the rest is kept.

The format is that of the Standard MIDI Files 1.0 specification (MIDI Manufacturers Association 1996).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mediakit.errors import InputError

HEADER, TRACK = b"MThd", b"MTrk"
FARTHEST_HEADER = 65_536  # bytes of something else before it, such as a RIFF or a MacBinary header
MOST_EVENTS = 1_000_000
MOST_VENDOR_CHUNKS = 16  # in a row
NOTE_OFF, NOTE_ON, META = 0x80, 0x90, 0xFF
TRACK_NAME, END_OF_TRACK, TEMPO, METRE, KEY = 0x03, 0x2F, 0x51, 0x58, 0x59
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}  # by kind of channel message
_SYSTEM_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # of system messages, which do not belong in files; other ones have none


class Event(NamedTuple):
    """A channel message or a meta event.

    Attributes:
        tick: when.
        kind: NOTE_OFF, NOTE_ON or another channel message without its channel, or META.
        channel: 0..15; of a meta event its type, such as TEMPO.
        data: its bytes.
    """

    tick: int
    kind: int
    channel: int
    data: bytes


@dataclass
class MidiFile:
    """What could be read of a MIDI file.

    Attributes:
        ticks_per_beat: per quarter note.
        tracks: their events, in order.
        mended: what was wrong, each in a few words.
    """

    ticks_per_beat: int
    tracks: list[list[Event]] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)

    def mend(self, what: str) -> None:
        """Note what was wrong, once."""
        if what not in self.mended:
            self.mended.append(what)


def read_chunks(name: str, content: bytes) -> MidiFile:
    """Read a MIDI file's tracks. Raises InputError, beginning with `name`, for what is not a MIDI file or cannot be used."""
    start = content.find(HEADER, 0, FARTHEST_HEADER)
    if start < 0:
        raise InputError(f"{name}: not a MIDI file")
    header = content[start + 8 : start + 14]
    if len(header) < 6:
        raise InputError(f"{name}: a damaged MIDI file: it is cut short")
    expected, division = (int.from_bytes(header[i : i + 2]) for i in (2, 4))
    if division >= 0x8000:
        raise InputError(f"{name}: counts time in SMPTE frames, not in beats; export it with ticks per beat")
    if not division:
        raise InputError(f"{name}: a damaged MIDI file: a beat has no ticks")
    file = MidiFile(division)
    if start and content[:4] != b"RIFF":
        file.mend("bytes before its header")
    _read_tracks(name, content, start + 8 + _length(content, start), file)
    if len(file.tracks) < expected:
        file.mend(f"{len(file.tracks)} of {expected} tracks are there")
    return file


def _read_tracks(name: str, content: bytes, position: int, file: MidiFile) -> None:
    """Read the chunks from a position on."""
    room = MOST_EVENTS
    while position < len(content):
        if content[position : position + 4] != TRACK:
            position = _next_chunk(content, position, file)
            continue
        stated_end = position + 8 + _length(content, position)
        reader = _TrackReader(content, position + 8, stated_end, file)
        events = []
        for event in reader:
            events.append(event)
            if len(events) > room:
                raise InputError(f"{name}: has more than {MOST_EVENTS:,} events, too many for a piece")
        room -= len(events)
        file.tracks.append(events)
        position = reader.position if reader.given_up else _after_track(content, reader.position, stated_end, file)


def _next_chunk(content: bytes, position: int, file: MidiFile) -> int:
    """Where the chunk after an unknown one begins: after its length, or else at the next track."""
    end = position + 8 + _length(content, position)
    if content[position : position + 4].isalnum() and _is_boundary(content, end):
        return end
    found = content.find(TRACK, position)
    file.mend("bytes between tracks" if found > 0 else "bytes after the last track")
    return found if found > 0 else len(content)


def _after_track(content: bytes, position: int, stated_end: int, file: MidiFile) -> int:
    """Where the next chunk begins, given where a track's events end and where its header says that they do."""
    if position == stated_end:
        return position
    if position < stated_end and _is_boundary(content, stated_end):
        file.mend("bytes after the end of a track")
        return stated_end
    file.mend("a track of another length than stated")
    return position


def _is_boundary(content: bytes, position: int) -> bool:
    """Whether a track or the end of the file is here, or after a vendor's chunks."""
    for _ in range(MOST_VENDOR_CHUNKS):
        kind = content[position : position + 4]
        if position == len(content) or kind == TRACK:
            return True
        if not kind.isalnum():
            return False
        position += 8 + _length(content, position)
    return False


def _length(content: bytes, position: int) -> int:
    """The length that a chunk's header states."""
    return int.from_bytes(content[position + 4 : position + 8])


class _TrackReader:
    """Iterates over the events of a track. `position` is then where to read on, and `given_up` whether the rest made no sense."""

    def __init__(self, content: bytes, start: int, stated_end: int, file: MidiFile):
        self.position = start
        self._content, self._stated_end, self._file = content, stated_end, file
        self.given_up = False

    def __iter__(self) -> Iterator[Event]:
        tick, running = 0, 0  # the status byte is left out where it is that of the last channel message
        while not self._is_over():
            begin = self.position
            try:
                tick += self._number()
                status = self._status(running)
                if status < 0x80:
                    self._give_up("an unreadable event", begin)
                elif status < 0xF0:
                    running = status
                    yield Event(tick, status & 0xF0, status & 0x0F, self._data(_DATA_BYTES[status & 0xF0]))
                elif status == META:
                    kind, data = self._meta()
                    if kind == END_OF_TRACK:
                        return
                    yield Event(tick, META, kind, data)
                else:
                    self._skip_system(status)
            except IndexError:
                self._give_up("it is cut short", begin)

    def _is_over(self) -> bool:
        """Whether the track ends here without an end mark: it was given up, or it is as long as its header says."""
        if self.given_up:
            return True
        if self.position < self._stated_end or not _is_boundary(self._content, self.position):
            return False
        self._file.mend("a track without an end")
        return True

    def _give_up(self, why: str, position: int) -> None:
        """Leave the rest of the track, from a position on: go to the next one."""
        self.given_up = True
        self._file.mend(why)
        found = self._content.find(TRACK, position)
        self.position = found if found > 0 else len(self._content)

    def _status(self, running: int) -> int:
        """The status byte of the next event."""
        first = self._content[self.position]
        if first < 0x80:
            return running
        self.position += 1
        return first

    def _number(self) -> int:
        """A number of variable length, seven bits a byte."""
        value = 0
        for _ in range(4):
            byte = self._content[self.position]
            self.position += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                break
        return value

    def _data(self, count: int) -> bytes:
        """The bytes of a channel message; values above 127 are clipped."""
        end = self.position + count
        if end > len(self._content):
            raise IndexError
        data = self._content[self.position : end]
        self.position = end
        if not data.isascii():
            self._file.mend("values above 127")
            data = bytes(min(byte, 127) for byte in data)
        return data

    def _meta(self) -> tuple[int, bytes]:
        kind = self._content[self.position]
        self.position += 1
        length = self._number()
        data = self._content[self.position : self.position + length]
        self.position += length
        if self.position > len(self._content):
            raise IndexError
        return kind, data

    def _skip_system(self, status: int) -> None:
        if status in (0xF0, 0xF7):
            length = self._number()
            self.position += length
        else:
            self._file.mend("system messages")
            self.position += _SYSTEM_BYTES.get(status, 0)
