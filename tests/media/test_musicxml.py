"""MusicXML: bars are full, and pitches and ties are those of the score."""

import io
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.media.keys import Key
from mediakit.media.musicxml import DIVISIONS, write_musicxml
from mediakit.media.score import Change, Metre, Note, Score, Track

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def xml(score):
    file = io.BytesIO()
    write_musicxml(score, file)
    return ET.fromstring(file.getvalue())


def pitch_of(note):
    alter = int(note.findtext("pitch/alter") or 0)
    return STEPS[note.findtext("pitch/step")] + alter + 12 * (int(note.findtext("pitch/octave")) + 1)


def notes_of(part):
    """The notes of a part as (start, length, pitch) in quarter notes, tied ones joined."""
    now, found, held = 0, [], {}
    for note in part.iter("note"):
        length = int(note.findtext("duration"))
        start = now - length if note.find("chord") is not None else now
        now = start + length
        if note.find("pitch") is None:
            continue
        pitch, ties = pitch_of(note), {tie.get("type") for tie in note.findall("tie")}
        begin = held.pop(pitch) if "stop" in ties else start
        if "start" in ties:
            held[pitch] = begin
        else:
            found.append((begin / DIVISIONS, (now - begin) / DIVISIONS, pitch))
    assert not held
    return sorted(found)


quarters = st.integers(0, 48).map(lambda n: n / 4)
notes = st.builds(Note, start=quarters, length=st.integers(1, 20).map(lambda n: n / 4), pitch=st.integers(21, 108))


def without_overlaps(line):
    kept = []
    for note in sorted(line):
        if not any(other.pitch == note.pitch and other.start + other.length > note.start for other in kept):
            kept.append(note)
    return tuple(kept)


@settings(max_examples=30)
@given(
    st.lists(notes, min_size=1, max_size=12).map(without_overlaps),
    st.sampled_from([Metre(4, 4), Metre(3, 4), Metre(6, 8), Metre(5, 8)]),
    st.sampled_from([None, Key(2, True), Key(8, False), Key(4, False)]),
)
def test_a_part_sounds_like_its_track(line, metre, key):
    beats = max(note.start + note.length for note in line)
    root = xml(Score((Track("it", line),), 90.0, metre, beats, key))
    part = root.find("part")
    assert notes_of(part) == [(note.start, note.length, note.pitch) for note in line]
    for measure in part.findall("measure"):
        alone = [note for note in measure.findall("note") if note.find("chord") is None]
        assert sum(int(note.findtext("duration")) for note in alone) == metre.bar * DIVISIONS


def test_what_changes_is_written_where_it_changes():
    changes = (Change(4, tempo=60.0), Change(8, metre=Metre(3, 4), key=Key(5, False)))
    root = xml(Score((Track("it", (Note(0, 14, 61),)),), 90.0, Metre(4, 4), 14.0, Key(9, False), changes))
    assert [part.findtext("part-name") for part in root.iter("score-part")] == ["it"]
    assert [time.findtext("beats") for time in root.iter("time")] == ["4", "3"]
    assert [key.findtext("fifths") for key in root.iter("key")] == ["3", "-1"]
    assert [(sound.get("tempo")) for sound in root.iter("sound")] == ["90", "60"]
    assert [len(measure.findall("direction")) for measure in root.iter("measure")] == [1, 1, 0, 0]
    assert len(root.findall("part/measure")) == 4


def test_pitches_are_spelled_by_the_key():
    def spelled(key, pitch):
        [note] = xml(Score((Track("it", (Note(0, 4, pitch),)),), 90.0, beats=4, key=key)).iter("note")
        return note.findtext("pitch/step") + {"1": "#", "-1": "b", None: ""}[note.findtext("pitch/alter")]

    assert spelled(Key(9, False), 61) == "C#" and spelled(Key(8, False), 61) == "Db" and spelled(None, 61) == "C#"
    assert spelled(Key(2, True), 61) == "C#" and spelled(Key(2, True), 70) == "Bb", "the leading note of D minor is C#"
