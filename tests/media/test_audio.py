"""Scores as sound: the right pitch at the right time."""

import io
import wave

import numpy as np
import pytest

from mediakit.media import audio
from mediakit.media.score import Change, Note, Score, Track


def score(*notes, program=0, tempo=120.0):
    return Score((Track("it", notes, program),), tempo, beats=4)


@pytest.mark.parametrize("program", [0, 52])
@pytest.mark.parametrize(("pitch", "frequency"), [(69, 440.0), (57, 220.0), (81, 880.0)])
def test_a_note_has_its_pitch(program, pitch, frequency):
    sound = audio.synthesise(score(Note(0, 4, pitch), program=program))
    spectrum = np.abs(np.fft.rfft(sound[: audio.SAMPLE_RATE]))
    assert abs(int(spectrum.argmax()) - frequency) <= 1


def test_a_change_of_tempo_is_heard():
    slower = Score((Track("it", (Note(2, 1, 69),)),), 120.0, beats=3, changes=(Change(1, tempo=60.0),))
    loud = np.flatnonzero(np.abs(audio.synthesise(slower)) > 0.01) / audio.SAMPLE_RATE
    assert 1.5 <= loud[0] < 1.52 and 2.4 < loud[-1] <= 2.5 + audio.RELEASE


def test_a_note_sounds_at_its_time():
    sound = audio.synthesise(score(Note(1, 1, 69)))
    loud = np.flatnonzero(np.abs(sound) > 0.01) / audio.SAMPLE_RATE
    assert 0.5 <= loud[0] < 0.52 and 1.0 < loud[-1] <= 1.0 + audio.RELEASE
    assert np.abs(sound).max() <= 0.9


def test_silence():
    assert not audio.synthesise(Score((Track("it", ()),), 120.0, beats=2)).any()


def test_writing_a_wav_file_names_the_player(monkeypatch):
    monkeypatch.setenv("PATH", "")
    file = io.BytesIO()
    assert "built-in synthesizer" in audio.write_wav(score(Note(0, 1, 60)), file)
    file.seek(0)
    with wave.open(file) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, audio.SAMPLE_RATE)
        assert sound.getnframes() > 2 * audio.SAMPLE_RATE


def test_fluidsynth_is_used_where_installed(monkeypatch, tmp_path):
    """A stand-in for FluidSynth that copies its MIDI input to its output."""
    program, font = tmp_path / "fluidsynth", tmp_path / "font.sf2"
    program.write_text('#!/bin/sh\nwhile [ "$1" != -F ]; do shift; done\n/bin/cp "$4" "$2"\n')
    program.chmod(0o755)
    font.write_bytes(b"")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SOUNDFONT", str(font))
    file = io.BytesIO()
    assert audio.write_wav(score(Note(0, 1, 60)), file) == "FluidSynth with font.sf2"
    assert file.getvalue()[:4] == b"MThd"
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "absent.sf2"))
    assert "no sound font" in audio.write_wav(score(Note(0, 1, 60)), io.BytesIO())
