"""Scores as sound: played by FluidSynth where it and a sound font are installed, else by a simple built-in synthesizer."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import numpy as np

from mediakit.media import sound
from mediakit.media.arrangement import GUITAR, PIANO
from mediakit.media.midi import write_midi
from mediakit.media.score import Score

SAMPLE_RATE = 44_100  # Hz
SOUND_FONTS = ("/usr/share/sounds/sf2", "/usr/share/soundfonts", "/usr/local/share/soundfonts", "/opt/homebrew/share/soundfonts")
ATTACK, RELEASE = 0.025, 0.18  # seconds
# The harmonics' strengths, and their decay rates per second.
SUNG = (np.array([1.0, 0.45, 0.3, 0.12, 0.06]), np.array([0.3, 0.5, 0.8, 1.2, 2.0]))
PLUCKED = (np.array([1.0, 0.6, 0.35, 0.25, 0.12, 0.08]), np.array([2.0, 2.6, 3.5, 4.5, 6.0, 8.0]))


def write_wav(score: Score, file: IO[bytes]) -> str:
    """Write a score as a 16-bit WAV file. Returns a description of what played it."""
    fluidsynth, font = shutil.which("fluidsynth"), sound_font()
    if fluidsynth and font:
        played = _fluidsynth(fluidsynth, font, score)
        if played:
            file.write(played)
            return f"FluidSynth with {font.name}"
    sound.write_wav(synthesise(score), SAMPLE_RATE, file)
    missing = "no sound font was found; set SOUNDFONT" if fluidsynth else "FluidSynth is not installed"
    return f"the built-in synthesizer ({missing})"


def sound_font() -> Path | None:
    """The sound font to use: $SOUNDFONT if set, else the first one installed; None if there is none."""
    named = os.environ.get("SOUNDFONT")
    if named:
        return Path(named) if Path(named).is_file() else None
    found = sorted(path for folder in SOUND_FONTS for path in Path(folder).glob("*.sf[23]"))
    return found[0] if found else None


def _fluidsynth(program: str, font: Path, score: Score) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        midi, played = Path(folder) / "score.mid", Path(folder) / "score.wav"
        with open(midi, "wb") as file:
            write_midi(score, file)
        done = subprocess.run(
            [program, "-ni", "-q", "-r", str(SAMPLE_RATE), "-F", str(played), str(font), str(midi)], capture_output=True, check=False
        )
        return played.read_bytes() if done.returncode == 0 and played.is_file() else None


def synthesise(score: Score, rate: int = SAMPLE_RATE) -> np.ndarray:
    """Synthesise a score as float32 `[samples]` in -1..1; each note is a few decaying harmonics."""
    end = float(score.seconds_at(max([score.beats, *(note.start + note.length for track in score.tracks for note in track.notes)])))
    samples = np.zeros(int((end + 2 * RELEASE) * rate) + 1, np.float32)
    for track in score.tracks:
        if track.drums:  # needs a sound font
            continue
        strengths, fading = PLUCKED if track.program in (PIANO, GUITAR) else SUNG
        begins = score.seconds_at(np.array([note.start for note in track.notes]))
        ends = score.seconds_at(np.array([note.start + note.length for note in track.notes]))
        for note, begin, length in zip(track.notes, begins.tolist(), (ends - begins).tolist(), strict=True):
            tone = _tone(note.pitch, length, strengths, fading, rate) * np.float32(note.velocity / 127)
            start = int(begin * rate)
            part = samples[start : start + len(tone)]
            part += tone[: len(part)]
    loudest = float(np.abs(samples).max(initial=0))
    return samples * np.float32(0.89 / loudest) if loudest > 0 else samples


def _tone(pitch: int, seconds: float, strengths: np.ndarray, fading: np.ndarray, rate: int) -> np.ndarray:
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    time = np.arange(int((seconds + RELEASE) * rate) + 1, dtype=np.float32) / rate
    tone = np.zeros_like(time)
    for number, (strength, fade) in enumerate(zip(strengths, fading, strict=True), 1):
        if frequency * number < rate / 2:
            tone += np.float32(strength) * np.exp(-np.float32(fade) * time) * np.sin(np.float32(2 * np.pi * frequency * number) * time)
    envelope = np.minimum(time / ATTACK, 1) * np.clip((seconds + RELEASE - time) / RELEASE, 0, 1)
    return (tone * envelope).astype(np.float32)
