"""Damaged MIDI files, which are read as sequencers read them."""

import warnings
from pathlib import Path

import pytest

from mediakit.errors import InputWarning
from mediakit.media.midi import read_midi
from mediakit.media.score import Metre

END = b"\0\xff\x2f\0"
VENDOR = b"XFIH\0\0\0\5hello"
PITCHES = [60, 64, 67, 72]


def chunk(kind, content, stated=None):
    return kind + (len(content) if stated is None else stated).to_bytes(4) + content


def header(tracks=1, division=480, content=b""):
    return chunk(b"MThd", b"\0\1" + tracks.to_bytes(2) + division.to_bytes(2) + content)


def notes(*pitches):
    return b"".join(bytes([0, 0x90, pitch, 80, 0x83, 0x60, 0x80, pitch, 0]) for pitch in pitches)


def meta(kind, *data):
    return bytes([0, 0xFF, kind, len(data), *data])


LINE = notes(*PITCHES)
TRACK = chunk(b"MTrk", LINE + END)

# What is read as if nothing were wrong, and, after the colon of the warning, what is said to be mended.
MENDED = {
    "eight sharps": (header() + chunk(b"MTrk", meta(0x59, 8, 0) + LINE + END), "a key signature of 8 sharps"),
    "nine flats": (header() + chunk(b"MTrk", meta(0x59, 247, 1) + LINE + END), "a key signature of 9 flats"),
    "a key neither major nor minor": (header() + chunk(b"MTrk", meta(0x59, 1, 9) + LINE + END), "an impossible key signature"),
    "no key": (header() + chunk(b"MTrk", meta(0x59) + LINE + END), "an impossible key signature"),
    "no beats in a bar": (header() + chunk(b"MTrk", meta(0x58, 0, 2, 24, 8) + LINE + END), "an impossible time signature"),
    "a beat of nothing": (header() + chunk(b"MTrk", meta(0x58, 4, 99, 24, 8) + LINE + END), "an impossible time signature"),
    "padding in the track": (header() + chunk(b"MTrk", LINE + END + bytes(7)), "bytes after the end of a track"),
    "padding between tracks": (header(2) + TRACK + bytes(5) + chunk(b"MTrk", END), "bytes between tracks"),
    "padding at the end": (header() + TRACK + bytes(1000), "bytes after the last track"),
    "text at the end": (header() + TRACK + b"Made by ear, 1998.", "bytes after the last track"),
    "too long a length": (header() + chunk(b"MTrk", LINE + END, 9999), "a track of another length than stated"),
    "too short a length": (header() + chunk(b"MTrk", LINE + END, 20), "a track of another length than stated"),
    "no length": (header() + chunk(b"MTrk", LINE + END, 0), "a track of another length than stated"),
    "a wrong length before a track": (
        header(2) + chunk(b"MTrk", LINE + END, 30) + chunk(b"MTrk", END),
        "a track of another length than stated",
    ),
    "no end of the track": (header() + chunk(b"MTrk", LINE), "a track without an end"),
    "cut short": (header() + chunk(b"MTrk", LINE + b"\0\x90\x48", 99), "it is cut short"),
    "cut in a text": (header() + chunk(b"MTrk", LINE + b"\0\xff\1\x40abc", 99), "it is cut short"),
    "a lost track": (header(2) + TRACK, "1 of 2 tracks are there"),
    "something before the header": (b"\0\0mac\0\0" + header() + TRACK, "bytes before its header"),
    "a message without a status": (header(2) + chunk(b"MTrk", b"\0\x40\x40" + END) + TRACK, "an unreadable event"),
    "a text that never ends": (header(2) + chunk(b"MTrk", b"\0\xff\1\xff\xff\xff\x7f" + END) + TRACK, "it is cut short"),
    "a clock": (header() + chunk(b"MTrk", b"\0\xf8" + LINE + END), "system messages"),
    "loud": (header() + chunk(b"MTrk", LINE.replace(b"\x3c\x50", b"\x3c\xd0") + END), "values above 127"),
}  # fmt: skip
# What is unusual but right.
SOUND = {
    "plain": header() + TRACK,
    "a vendor's chunk before the track": header() + VENDOR + TRACK,
    "a vendor's chunks after the track": header() + TRACK + VENDOR + VENDOR,
    "a longer header": header(content=b"more") + TRACK,
    "RIFF": b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + header() + TRACK,
    "system exclusive": header() + chunk(b"MTrk", b"\0\xf0\3abc" + LINE + END),
    "unknown meta events": header() + chunk(b"MTrk", meta(0x7F, 1, 2, 3) + meta(0x60) + LINE + END),
    "running status": header() + chunk(b"MTrk", bytes([0, 0x90, 60, 80, 0x83, 0x60, 60, 0]) + notes(*PITCHES[1:]) + END),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_is_damaged_is_mended_and_said(name):
    content, mended = MENDED[name]
    with pytest.warns(InputWarning) as told:
        score = read_midi(content)
    assert [note.pitch for note in score.notes] == PITCHES and score.metre == Metre() and score.key is None
    assert [str(warning.message) for warning in told] == [f"MIDI: a damaged MIDI file, read as well as possible: {mended}"]


@pytest.mark.parametrize("name", SOUND)
def test_what_is_unusual_is_read_without_a_word(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score = read_midi(SOUND[name])
    assert [note.pitch for note in score.notes] == PITCHES and score.beats == 4


def test_a_file_cut_anywhere_gives_the_notes_before_the_cut():
    whole = SOUND["plain"]
    for length in range(len(header()) + 8 + 9, len(whole)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = [note.pitch for note in read_midi(whole[:length]).notes]
        complete = (length - len(header()) - 8) // 9
        assert read[:complete] == PITCHES[:complete] and len(read) <= complete + 1


def test_a_damaged_track_does_not_take_the_others_along(tmp_path):
    path = Path(tmp_path) / "three.mid"
    path.write_bytes(header(3) + chunk(b"MTrk", notes(50) + END) + chunk(b"MTrk", notes(55) + b"\0\xff\1\xff\xff\xff\x7f" + END) + TRACK)
    with pytest.warns(InputWarning, match=r"three\.mid: a damaged MIDI file"):
        assert [track.notes[0].pitch for track in read_midi(path).tracks] == [50, 55, 60]
