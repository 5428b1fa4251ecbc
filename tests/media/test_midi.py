"""MIDI files, checked against other libraries."""

import contextlib
import io

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.media.keys import ALL, Key
from mediakit.media.midi import read_midi, write_midi
from mediakit.media.score import Change, Metre, Note, Score, Track

beats = st.integers(0, 64).map(lambda n: n / 4)
notes = st.builds(
    Note, start=beats, length=st.integers(1, 16).map(lambda n: n / 4), pitch=st.integers(21, 108), velocity=st.integers(1, 127)
)


def without_overlaps(line):
    """The notes of a line without those that start while their key still sounds."""
    kept = []
    for note in sorted(line):
        if not any(other.pitch == note.pitch and other.start + other.length > note.start for other in kept):
            kept.append(note)
    return tuple(kept)


lines = st.lists(notes, min_size=1, max_size=20).map(without_overlaps)
tracks = st.lists(st.builds(Track, name=st.just("voice"), notes=lines), min_size=1, max_size=4).map(tuple)
scores = st.builds(Score, tracks=tracks, tempo=st.integers(40, 200).map(float))


def written(score):
    file = io.BytesIO()
    write_midi(score, file)
    return file.getvalue()


@given(scores)
def test_written_scores_are_read_back(score):
    again = read_midi(written(score))
    assert [track.notes for track in again.tracks] == [track.notes for track in score.tracks]
    assert abs(again.tempo - score.tempo) < 0.01


changing = Score(
    (Track("melody", (Note(0, 1, 60), Note(11, 1, 62))), Track("drums", (Note(2, 1, 36, 99),), drums=True)),
    90.0,
    Metre(3, 4),
    12.0,
    Key(2, True),
    (Change(3, tempo=45.5), Change(6, metre=Metre(6, 8), key=Key(5, False)), Change(9, tempo=200.0)),
)


def test_changes_and_drums_are_kept():
    again = read_midi(written(changing))
    assert again == changing
    theirs = pretty_midi.PrettyMIDI(io.BytesIO(written(changing)))
    assert [i.is_drum for i in theirs.instruments] == [False, True]
    assert [(m.numerator, m.denominator) for m in theirs.time_signature_changes] == [(3, 4), (6, 8)]
    assert abs(theirs.get_end_time() - again.seconds) < 1e-3


@pytest.mark.parametrize("key", ALL)
def test_every_key_signature_is_read_back(key):
    assert read_midi(written(Score(changing.tracks, 90.0, key=key))).key == key


def test_changes_may_be_on_any_track_and_out_of_order():
    melody = mido.MidiTrack([on(60), mido.Message("note_off", note=60, time=1920)])
    late = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=250_000, time=960)])
    early = mido.MidiTrack(
        [mido.MetaMessage("set_tempo", tempo=1_000_000, time=480), mido.MetaMessage("set_tempo", tempo=1_000_000, time=960)]
    )
    file, content = mido.MidiFile(ticks_per_beat=480), io.BytesIO()
    file.tracks += [melody, late, early]
    file.save(file=content)
    score = read_midi(content.getvalue())
    assert score.tempo == 120 and [(change.start, change.tempo) for change in score.changes] == [(1, 60), (2, 240), (3, 60)]


@given(scores)
def test_every_note_ends_and_is_where_it_was_written(score):
    content = written(score)
    for track in mido.MidiFile(file=io.BytesIO(content)).tracks:
        sounding = set()
        for message in track:
            if message.type == "note_on":
                assert message.note not in sounding
                sounding.add(message.note)
            elif message.type == "note_off":
                sounding.remove(message.note)
        assert not sounding
    read = pretty_midi.PrettyMIDI(io.BytesIO(content))
    theirs = sorted((n.start, n.end, n.pitch) for instrument in read.instruments for n in instrument.notes)
    beat = 60 / score.tempo
    ours = sorted((n.start * beat, (n.start + n.length) * beat, n.pitch) for track in score.tracks for n in track.notes)
    np.testing.assert_allclose(theirs, ours, atol=1e-3)


def midi(*messages, ticks=480, **options):
    file = mido.MidiFile(ticks_per_beat=ticks, **options)
    file.tracks.append(mido.MidiTrack(messages))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def on(note, time=0, **options):
    return mido.Message("note_on", note=note, time=time, **options)


def test_notes_without_ends_and_ends_without_notes():
    content = midi(mido.Message("note_off", note=50, time=0), on(60), on(62, 480), mido.Message("note_on", note=62, velocity=0, time=240))
    [track] = read_midi(content).tracks
    assert track.notes == (Note(0, 1.5, 60, 64), Note(1, 0.5, 62, 64))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"MThd", "damaged MIDI file: it is cut short"),
        (b"RIFF not one", "not a MIDI file"),
        (b"hello", "not a MIDI file"),
        (midi(on(60))[:-9], "damaged MIDI file: it is cut short; no notes"),
        (b"MThd\0\0\0\6\0\1\0\1\xe7\x28", "SMPTE"),
        (b"MThd\0\0\0\6\0\1\0\1\0\0", "a beat has no ticks"),
        (midi()[:14] + b"RIFFWAVE" * 10, "bytes after the last track"),
        (midi(*[on(60)] * 600_000, *[on(62)] * 600_000), "more than 1,000,000 events"),
        (midi(), "no notes"),
        (midi(on(36, channel=9), mido.Message("note_off", note=36, channel=9, time=100)), "drums only"),
        (midi(on(60), mido.Message("note_off", note=60, time=2**27)), "beats long"),
    ],
)
def test_bad_files(content, why):
    with pytest.raises(InputError, match=why):
        read_midi(content)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_do_not_crash_the_reader(content):
    for given_bytes in (content, b"MThd" + content, midi(on(60))[:18] + content):
        with contextlib.suppress(InputError):
            assert read_midi(given_bytes).tracks


def test_missing_and_huge_files(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_midi(tmp_path / "absent.mid")
    with pytest.raises(InputError, match="larger"):
        read_midi(b"MThd" + bytes(20_000_001))
