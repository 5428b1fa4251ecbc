"""Writing scores as MusicXML 4.0 (W3C Music Notation Community Group 2021), which notation programs read.

Rhythm is written to the nearest sixteenth note. A chord that changes in part is written as tied chords, so that a part needs one voice
only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import IO
from xml.etree import ElementTree as ET

from mediakit.media.keys import Key
from mediakit.media.score import Change, Metre, Score, Track

DIVISIONS = 4  # of a quarter note
MIDDLE_C = 60
DOCTYPE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    b'"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
# Written lengths in divisions, longest first: type and dots.
_TYPES = {16: ("whole", 0), 12: ("half", 1), 8: ("half", 0), 6: ("quarter", 1), 4: ("quarter", 0), 3: ("eighth", 1), 2: ("eighth", 0)}
_TYPES |= {1: ("16th", 0)}
# Names of the twelve pitch classes: with sharps, and with flats.
_SHARPS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
_FLATS = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]


@dataclass(frozen=True)
class _Measure:
    """A bar: start and end in divisions, its metre, and the changes in it."""

    start: int
    end: int
    metre: Metre
    changes: tuple[Change, ...]


def write_musicxml(score: Score, file: IO[bytes]) -> None:
    """Write a score with one part per track. The same score always gives the same bytes."""
    root = ET.Element("score-partwise", version="4.0")
    software = ET.SubElement(ET.SubElement(root, "identification"), "encoding")
    ET.SubElement(software, "software").text = "mediakit"
    names = ET.SubElement(root, "part-list")
    measures = list(_measures(score))
    for number, track in enumerate(score.tracks, 1):
        entry = ET.SubElement(names, "score-part", id=f"P{number}")
        ET.SubElement(entry, "part-name").text = track.name
        instrument = ET.SubElement(ET.SubElement(entry, "score-instrument", id=f"P{number}-I1"), "instrument-name")
        instrument.text = track.name
        midi = ET.SubElement(entry, "midi-instrument", id=f"P{number}-I1")
        channel = 10 if track.drums else number + (number > 9)
        ET.SubElement(midi, "midi-channel").text = str(channel)
        ET.SubElement(midi, "midi-program").text = str(track.program + 1)
    for number, track in enumerate(score.tracks, 1):
        root.append(_part(f"P{number}", track, measures, score.key))
    ET.indent(root)
    file.write(DOCTYPE + ET.tostring(root, encoding="utf-8") + b"\n")


def _measures(score: Score) -> Iterator[_Measure]:
    """The bars of a score. What lies before a change of metre may be shorter than a bar."""
    first = Change(0.0, score.tempo, score.metre, score.key)
    changes = [(_divisions(change.start), change) for change in (first, *score.changes)]
    for start, end, metre in score.metres():
        begin, stop, length = _divisions(start), _divisions(end), max(_divisions(metre.bar), 1)
        for bar in range(begin, stop, length):
            close = min(bar + length, stop) if stop < _divisions(score.beats) else bar + length
            yield _Measure(bar, close, metre, tuple(change for at, change in changes if bar <= at < close))


def _divisions(beats: float) -> int:
    return round(beats * DIVISIONS)


def _part(name: str, track: Track, measures: Sequence[_Measure], key: Key | None) -> ET.Element:
    part = ET.Element("part", id=name)
    chords = _chords(track)
    position = 0
    lowest = min((note.pitch for note in track.notes), default=MIDDLE_C)
    for number, measure in enumerate(measures, 1):
        element = ET.SubElement(part, "measure", number=str(number))
        key = next((change.key for change in measure.changes if change.key), key)
        _attributes(element, measure, number == 1, "F" if lowest < MIDDLE_C - 10 else "G")
        now = measure.start
        while now < measure.end:
            while position < len(chords) and chords[position][1] <= now:
                position += 1
            start, end, pitches = chords[position] if position < len(chords) else (measure.end, measure.end, {})
            if start > now:
                start, end, pitches = now, start, {}
            stop = min(end, measure.end)
            _write_chord(element, now, stop, pitches, key)
            now = stop
    return part


def _chords(track: Track) -> list[tuple[int, int, dict[int, tuple[int, int]]]]:
    """What sounds between one start or end of a note and the next: start, end, and each pitch with the ends of its note."""
    notes = []
    for note in track.notes:
        start = _divisions(note.start)
        notes.append((start, max(_divisions(note.start + note.length), start + 1), note.pitch))
    edges = sorted({edge for start, end, _ in notes for edge in (start, end)})
    sounding: dict[int, tuple[int, int]] = {}
    chords, waiting = [], sorted(notes, reverse=True)
    for begin, stop in pairwise(edges):
        sounding = {pitch: span for pitch, span in sounding.items() if span[1] > begin}
        while waiting and waiting[-1][0] <= begin:
            start, end, pitch = waiting.pop()
            sounding[pitch] = (start, end)
        if sounding:
            chords.append((begin, stop, dict(sorted(sounding.items()))))
    return chords


def _attributes(element: ET.Element, measure: _Measure, is_first: bool, clef: str) -> None:
    """What is written at the start of a bar: divisions, key, metre and clef, and the tempo."""
    key = next((change.key for change in measure.changes if change.key), None)
    metre = next((change.metre for change in measure.changes if change.metre), None)
    if is_first or key or metre:
        attributes = ET.SubElement(element, "attributes")
        if is_first:
            ET.SubElement(attributes, "divisions").text = str(DIVISIONS)
        if key:
            signature = ET.SubElement(attributes, "key")
            ET.SubElement(signature, "fifths").text = str(key.fifths)
            ET.SubElement(signature, "mode").text = "minor" if key.minor else "major"
        if metre:
            time = ET.SubElement(attributes, "time")
            ET.SubElement(time, "beats").text = str(metre.count)
            ET.SubElement(time, "beat-type").text = str(metre.unit)
        if is_first:
            sign = ET.SubElement(attributes, "clef")
            ET.SubElement(sign, "sign").text = clef
            ET.SubElement(sign, "line").text = "2" if clef == "G" else "4"
    for change in measure.changes:
        if change.tempo:
            direction = ET.SubElement(element, "direction", placement="above")
            metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
            ET.SubElement(metronome, "beat-unit").text = "quarter"
            ET.SubElement(metronome, "per-minute").text = f"{change.tempo:g}"
            ET.SubElement(direction, "offset").text = str(_divisions(change.start) - measure.start)
            ET.SubElement(direction, "sound", tempo=f"{change.tempo:g}")


def _write_chord(element: ET.Element, start: int, end: int, pitches: dict[int, tuple[int, int]], key: Key | None) -> None:
    """Write a chord, or a rest if there are no pitches, as one or more notes of written lengths, tied where a note goes on."""
    while start < end:
        length = next(length for length in _TYPES if length <= end - start)
        for place, pitch in enumerate(pitches or [None]):
            note = ET.SubElement(element, "note")
            if pitch is None:
                ET.SubElement(note, "rest")
                ties = []
            else:
                if place:
                    ET.SubElement(note, "chord")
                _write_pitch(note, pitch, key)
                begins, stops = pitches[pitch]
                ties = [*(["stop"] if begins < start else []), *(["start"] if start + length < stops else [])]
            ET.SubElement(note, "duration").text = str(length)
            for tie in ties:
                ET.SubElement(note, "tie", type=tie)
            kind, dots = _TYPES[length]
            ET.SubElement(note, "type").text = kind
            for _ in range(dots):
                ET.SubElement(note, "dot")
            if ties:
                notations = ET.SubElement(note, "notations")
                for tie in ties:
                    ET.SubElement(notations, "tied", type=tie)
        start += length


def _write_pitch(note: ET.Element, pitch: int, key: Key | None) -> None:
    """A pitch, spelled with the sharps or flats of its key; a minor key's leading note is always raised."""
    flat = key is not None and key.fifths < 0 and not (key.minor and (pitch - key.tonic) % 12 == 11)
    name = (_FLATS if flat else _SHARPS)[pitch % 12]
    element = ET.SubElement(note, "pitch")
    ET.SubElement(element, "step").text = name[0]
    if len(name) > 1:
        ET.SubElement(element, "alter").text = "-1" if flat else "1"
    ET.SubElement(element, "octave").text = str(pitch // 12 - 1)
