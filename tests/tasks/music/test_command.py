"""`mediakit compose` as a person types it: files whole or absent, the same seed the same bytes, bad input in one line."""

import io
import json
import os
import subprocess
import sys
import wave

import mido
import pretty_midi
import pytest
from PIL import Image

from mediakit.media.arrangement import VOICES
from mediakit.media.midi import read_midi, write_midi
from mediakit.media.score import Note, Score, Track

COMMAND = [sys.executable, "-m", "mediakit", "compose"]
TUNE = [72, 74, 76, 77, 79, 77, 76, 74, 72, 71, 72, 72]


def compose(*args, **options):
    return subprocess.run([*COMMAND, *map(str, args)], capture_output=True, timeout=120, check=False, **options)


def one_clear_line(done, code=1):
    text = done.stderr.decode()
    return done.returncode == code and "Traceback" not in text and len(text.strip().splitlines()) == 1


@pytest.fixture
def melody(tmp_path):
    """Quarter notes and eighths, with a rest."""
    notes = [Note(i, 0.9, pitch, 70 + i) for i, pitch in enumerate(TUNE)]
    notes[3:4] = [Note(3, 0.5, 77, 80), Note(3.5, 0.4, 79, 81)]
    del notes[7]
    path = tmp_path / "melody.mid"
    with open(path, "wb") as file:
        write_midi(Score((Track("melody", tuple(notes)),), 92), file)
    return path


def hanging(path):
    count = 0
    for track in mido.MidiFile(path).tracks:
        for message in track:
            count += message.type == "note_on" and message.velocity > 0
            count -= message.type == "note_off" or (message.type == "note_on" and message.velocity == 0)
    return count


def test_a_chorale_for_four_voices_within_their_ranges(tmp_path):
    done = compose("-o", tmp_path / "a.mid", "--seed", 7, "--json")
    assert done.returncode == 0 and done.stderr == b""
    row = json.loads(done.stdout)
    assert set(row) == {"path", "seconds", "bars", "metre", "tempo", "key", "tracks", "notes", "seed", "nll_per_frame"}
    read = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid"))
    assert 26 <= read.get_end_time() <= 34 and abs(read.get_end_time() - row["seconds"]) < 0.1
    assert [instrument.name for instrument in read.instruments] == row["tracks"] == [voice.name for voice in VOICES]
    for instrument, voice in zip(read.instruments, VOICES, strict=True):
        pitches = {note.pitch for note in instrument.notes}
        assert voice.low <= min(pitches) and max(pitches) <= voice.high
    assert hanging(tmp_path / "a.mid") == 0
    assert compose("-o", tmp_path / "b.mid", "--seed", 7).stdout.startswith(str(tmp_path / "b.mid").encode() + b"\t")
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()
    compose("-o", tmp_path / "c.mid", "--seed", 8)
    assert (tmp_path / "a.mid").read_bytes() != (tmp_path / "c.mid").read_bytes()


def test_one_bar_is_not_several(tmp_path):
    assert compose("--bars", 1, "-o", tmp_path / "a.mid").stdout.endswith(b"\t1 bar\n")


def test_folk_in_a_key_of_some_bars_with_sound_and_picture(tmp_path):
    done = compose(
        "--style", "folk", "--key", "G", "--bars", 8, "--metre", "4/4", "--tempo", 120,
        "-o", tmp_path / "a.mid", "--wav", tmp_path / "a.wav",
        "--piano-roll", tmp_path / "a.png", "--json", env={**os.environ, "PATH": ""},
    )  # fmt: skip
    row = json.loads(done.stdout)
    assert row["key"] == "G major" and row["seconds"] == 16 and row["tempo"] == 120 and row["tracks"] == ["Melody", "Chords"]
    assert b"built-in synthesizer (FluidSynth is not installed)" in done.stderr
    with wave.open(str(tmp_path / "a.wav")) as sound:
        assert sound.getframerate() == 44_100 and sound.getnframes() / 44_100 >= 16
        assert max(sound.readframes(44_100)) > 0
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > 400
    assert hanging(tmp_path / "a.mid") == 0


def test_several_are_those_of_the_next_seeds(tmp_path):
    done = compose("-o", tmp_path / "a.mid", "--n", 2, "--seed", 5, "--seconds", 5, "--json")
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [row["seed"] for row in rows] == [5, 6] and [os.path.basename(row["path"]) for row in rows] == ["a-1.mid", "a-2.mid"]
    compose("-o", tmp_path / "b.mid", "--seed", 6, "--seconds", 5)
    assert (tmp_path / "a-2.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_standard_output(tmp_path):
    piped = compose("-o", "-", "--seconds", 5)
    assert piped.stderr == b"" and len(read_midi(io.BytesIO(piped.stdout)).tracks) == 4
    compose("-o", tmp_path / "a.mid", "--seconds", 5)
    assert (tmp_path / "a.mid").read_bytes() == piped.stdout


@pytest.mark.skipif(os.name != "posix", reason="no named pipes")
def test_a_pipe_is_written_and_stays_a_pipe(tmp_path):
    for option, start in (("-o", b"MThd"), ("--wav", b"RIFF")):
        pipe = tmp_path / f"pipe{option}"
        os.mkfifo(pipe)
        copy = tmp_path / "copy"
        with open(copy, "wb") as file, subprocess.Popen(["cat", pipe], stdout=file) as reader:
            assert compose("-o", tmp_path / "a.mid", option, pipe, "--seconds", 5, "-q").returncode == 0
            reader.wait(timeout=60)
        assert copy.read_bytes().startswith(start) and pipe.is_fifo()


@pytest.mark.parametrize("style", ["chorale", "folk"])
def test_a_beginning_is_kept(tmp_path, melody, style):
    assert compose("--style", style, "--primer", melody, "-o", tmp_path / "a.mid", "--seconds", 20).returncode == 0
    read = read_midi(tmp_path / "a.mid")
    assert [note.pitch for note in read.tracks[0].notes[:3]] == TUNE[:3] and abs(read.tempo - 92) < 0.1
    done = compose("--primer", melody, "-o", tmp_path / "b.mid", "--seconds", 2)
    assert one_clear_line(done) and b"longer" in done.stderr and not (tmp_path / "b.mid").exists()


@pytest.mark.parametrize("style", ["chorale", "folk"])
def test_a_harmonised_melody_stays_note_by_note(tmp_path, melody, style):
    done = compose("--style", style, "--harmonise", melody, "-o", tmp_path / "a.mid", "--json")
    assert done.returncode == 0, done.stderr
    ours, theirs = read_midi(tmp_path / "a.mid"), read_midi(melody)
    assert ours.tracks[0].notes == theirs.tracks[0].notes
    assert len(ours.tracks) == (4 if style == "chorale" else 2) and hanging(tmp_path / "a.mid") == 0
    lower = [note for track in ours.tracks[1:] for note in track.notes]
    assert len(lower) > 12 and max(note.pitch for note in lower) <= max(TUNE)


def written(path, *notes, channel=0):
    midi = mido.MidiFile()
    midi.tracks.append(mido.MidiTrack())
    for note in notes:
        midi.tracks[0] += [
            mido.Message("note_on", note=note, channel=channel),
            mido.Message("note_off", note=note, time=480, channel=channel),
        ]
    midi.save(path)
    return path


@pytest.mark.parametrize("option", ["--primer", "--harmonise"])
def test_bad_midi(tmp_path, option):
    (tmp_path / "empty.mid").write_bytes(b"")
    (tmp_path / "text.mid").write_text("no music")
    (tmp_path / "cut.mid").write_bytes(written(tmp_path / "good.mid", 60, 62).read_bytes()[:24])
    written(tmp_path / "silent.mid")
    written(tmp_path / "drums.mid", 36, 38, channel=9)
    wanted = {"empty": "is empty", "text": "not a MIDI file", "cut": "damaged", "silent": "no notes", "drums": "drums only"}
    wanted["absent"] = "No such file"
    for name, why in wanted.items():
        done = compose(option, tmp_path / f"{name}.mid", "-o", tmp_path / "out.mid")
        assert one_clear_line(done) and why in done.stderr.decode() and f"{name}.mid" in done.stderr.decode()
        assert not (tmp_path / "out.mid").exists() and not done.stdout


@pytest.mark.parametrize(("option", "ending"), [("-o", ".mid"), ("--wav", ""), ("--piano-roll", ".png")])
def test_a_folder_that_is_not_there(tmp_path, option, ending):
    done = compose("-o", tmp_path / "a.mid", option, tmp_path / "no" / f"b{ending}")
    assert one_clear_line(done) and "no folder" in done.stderr.decode()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert one_clear_line(compose("-o", tmp_path / "closed" / "a.mid", "--seconds", 5))


def test_a_file_that_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    assert one_clear_line(compose("-o", tmp_path / "file" / "a.mid"))


def test_no_key(tmp_path):
    done = compose("-o", tmp_path / "a.mid", "--key", "H sharp")
    assert done.returncode == 2 and "no key 'H sharp'" in done.stderr.decode()


@pytest.mark.parametrize(
    "options",
    [
        ["--seed", "seven"], ["--seed", "-1"], ["--style", "jazz"], ["--seconds", "0"], ["--bars", "0"], ["--temperature", "0"],
        ["--seconds", "5", "--bars", "4"], ["--n", "0"], ["--tempo", "1"], ["--nothing"], ["--style", "folk", "--model", "music/jsb"],
        ["--wav", "a.mp3"], ["--piano-roll", "a.jpg"], ["-o", "a.mp3"], ["-o", "tune"], ["--metre", "waltz"],
        ["--metre", "3/4", "--primer", "x.mid"], ["--seed", "4294967290", "--n", "10"], ["--temperature", "nan"],
        ["--key", "G", "--primer", "x.mid"], ["--bars", "4", "--harmonise", "x.mid"],
    ],
)  # fmt: skip
def test_wrong_usage(tmp_path, options):
    done = compose("-o", tmp_path / "a.mid", *options)
    assert done.returncode == 2 and "Traceback" not in done.stderr.decode()


def test_other_models(tmp_path):
    assert one_clear_line(compose("-o", tmp_path / "a.mid", "--model", "nothing"))
    done = compose("-o", tmp_path / "a.mid", "--model", "captioning")
    assert one_clear_line(done) and "captioning" in done.stderr.decode()
