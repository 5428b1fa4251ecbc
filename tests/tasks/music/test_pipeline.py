"""The shipped music models: what they write is what they score, and is what was asked for."""

import io
import pickle
import shutil

import numpy as np
import pytest

import mediakit
from mediakit.datasets import pieces
from mediakit.errors import InputError, InputWarning, ModelError
from mediakit.media.arrangement import VOICES, assign_voices
from mediakit.media.keys import Key
from mediakit.media.midi import write_midi
from mediakit.media.piano_roll import frame_of, keys_of
from mediakit.media.score import Change, Metre, Note, Score, Track
from mediakit.media.voice_leading import count_parallels
from mediakit.runtime.model_folder import open_folder, shipped
from mediakit.tasks.music import metrics as music
from mediakit.tasks.music.composing import Drafts, Networks
from mediakit.tasks.music.harmonisation import top_line
from mediakit.tasks.music.pipeline import TuneRequest
from mediakit.tasks.music.rules import loops


@pytest.fixture(scope="module", params=["jsb", "nottingham"])
def composer(request):
    return mediakit.load(f"music/{request.param}")


def melody(*pitches, length=1.0, start=0.0):
    file = io.BytesIO()
    notes = tuple(Note(start + i * length, length, pitch) for i, pitch in enumerate(pitches))
    write_midi(Score((Track("melody", notes),), 100), file)
    return file.getvalue()


def test_what_is_sampled_is_scored_alike(composer):
    """Written note by note with states carried on, scored all at once: the same numbers."""
    drafts = Drafts(Networks.open(composer.folder), [(0, i) for i in range(3)])
    for _ in range(30):
        drafts.write_frame()
    rolls = [drafts.roll(row) for row in range(3)]
    scored = dict(composer.log_likelihoods(rolls))
    np.testing.assert_allclose([scored[i].sum() for i in range(3)], drafts.log_probabilities, rtol=1e-3)


def test_a_piece_is_as_long_and_in_the_key_that_was_asked(composer):
    tune = composer(3, seconds=25, key="Eb")
    assert tune.key == Key(3, False) and 22 <= tune.score.seconds <= 28
    assert tune.roll.any(axis=1).all() and 0 < tune.nll_per_frame < 8
    assert composer(3, bars=6).score.beats == 24
    again = pickle.loads(pickle.dumps(composer))(3, seconds=25, key="Eb")
    np.testing.assert_array_equal(again.roll, tune.roll)
    assert tune.to_dict()["key"] == "Eb major" and tune.to_dict()["seed"] == 3


@pytest.mark.parametrize(("metre", "bars", "beats"), [("4/4", 5, 20), ("3/4", 5, 15)])
def test_bars_are_exact_in_any_metre_and_end_on_the_tonic(composer, metre, bars, beats):
    tune = composer(4, metre=metre, bars=bars, key="Dm")
    assert tune.score.beats == beats and tune.score.bars == bars and str(tune.score.metre) == tune.to_dict()["metre"] == metre
    assert tune.key == tune.score.key == Key(2, True)
    assert (keys_of(tune.roll[-1])[-1] + 21) % 12 == 2
    assert (tune.roll[-3 * composer.frames_per_beat :] == tune.roll[-1]).all(), "held for a bar"


def test_a_metre_that_the_grid_cannot_hold():
    with pytest.raises(InputError, match="writes quarter notes, which 6/8 does not fit"):
        mediakit.load("music/jsb")(1, metre="6/8")


def test_chorales_have_no_parallel_fifths_or_octaves():
    tunes = mediakit.load("music/jsb")([0, 1], bars=8)
    counts = np.sum([count_parallels(tune.roll) for tune in tunes], axis=0)
    assert counts[2] > 20 and counts[:2].sum() <= 1


def primer(notes, **options):
    file = io.BytesIO()
    write_midi(Score((Track("melody", notes), Track("kit", (Note(0, 0.5, 36),), drums=True)), 100.0, **options), file)
    return file.getvalue()


def test_a_primer_sets_key_metre_place_and_drums(composer):
    notes = tuple(Note(2 + i, 1, pitch) for i, pitch in enumerate((74, 77, 81, 79, 77, 76, 74)))
    tune = composer(1, primer=primer(notes, metre=Metre(3, 4), key=Key(2, True)), bars=7)
    assert tune.score.beats == 21 and tune.score.bars == 7 and tune.score.metre == Metre(3, 4) and tune.score.key == Key(2, True)
    assert [(note.start, note.pitch) for note in tune.score.tracks[0].notes[:3]] == [(2, 74), (3, 77), (4, 81)]
    assert tune.score.tracks[-1].drums and tune.score.tracks[-1].notes == (Note(0, 0.5, 36),)
    assert tune.key == Key(2, True)


def test_a_harmonised_melody_keeps_tempo_metre_place_and_drums(composer):
    notes = tuple(Note(2 + i, 1, pitch) for i, pitch in enumerate((74, 77, 81, 79, 77, 76, 74)))
    given = {"metre": Metre(3, 4), "key": Key(2, True), "changes": (Change(4, tempo=50.0), Change(6, metre=Metre(4, 4)))}
    tune = composer(1, melody=primer(notes, **given))
    score = tune.score
    assert score.tracks[0].notes == notes and score.tracks[-1].drums
    assert (score.tempo, score.metre, score.key, score.changes) == (100, Metre(3, 4), Key(2, True), given["changes"])
    assert min(note.start for track in score.tracks[1:-1] for note in track.notes) == 2
    assert composer(1, melody=primer(notes, **given), tempo=200).score.changes[0].tempo == 100


def test_a_primer_finer_than_the_grid_is_said_to_be_rounded(composer):
    with pytest.warns(InputWarning, match=r"rhythm is rounded to (quarter|eighth) notes"):
        composer(1, primer=melody(*[60, 62, 64, 65] * 2, length=0.25), bars=4)


def test_a_melody_that_is_too_long(composer):
    with pytest.raises(InputError, match="too long; the most is"):
        composer(1, melody=melody(60, 62, length=3000))


def test_chorales_can_be_sung_in_any_key():
    composer = mediakit.load("music/jsb")
    for number, key in enumerate(("F#", "C", "Bbm")):
        tune = composer(number, seconds=12, key=key)
        assert all(assign_voices(frame) for frame in tune.roll)
        for track, voice in zip(tune.score.tracks, VOICES, strict=True):
            assert all(voice.low <= note.pitch <= voice.high for note in track.notes)


def test_nothing_goes_round_and_round(composer):
    tune = composer(1, seconds=60)
    runs = np.diff(np.flatnonzero(np.append(True, (tune.roll[1:] != tune.roll[:-1]).any(axis=1))))
    assert runs.max(initial=0) <= 4 * composer.frames_per_beat
    a, b, c = (frame_of([note]) for note in (60, 62, 64))
    assert loops([a, b, a, b], a, 2, 4) and not loops([a, b, a, b], b, 2, 4) and not loops([c, b, a, b], a, 2, 4)


@pytest.mark.parametrize("low", [-24, 0, 12])
def test_any_melody_can_be_harmonised(composer, low):
    given = [72 + low + step for step in (0, 2, 4, 5, 7, 5, 4, 2, 0)]
    tune = composer(2, melody=melody(*given, start=2.0))
    assert [note.pitch for note in tune.score.tracks[0].notes] == given
    lower = [note.pitch for track in tune.score.tracks[1:] for note in track.notes]
    assert lower and max(lower) <= max(given) and tune.score.tempo == 100
    assert [keys_of(frame)[0] + 21 for frame in tune.roll][:: composer.frames_per_beat] == given


def test_the_top_notes_of_chords_are_the_melody():
    notes = sorted([Note(0, 2, 60), Note(0, 2, 72), Note(1, 1, 64), Note(2, 1, 62), Note(2.5, 1, 74)])
    assert [(note.start, note.length, note.pitch) for note in top_line(notes)] == [(0, 2, 72), (2, 0.5, 62), (2.5, 1, 74)]


def test_what_cannot_be_done_is_said(composer):
    for options, why in (
        ({"seconds": 0}, "seconds is 0"),
        ({"bars": -1}, "bars is -1"),
        ({"seconds": 5, "bars": 2}, "cannot be used together"),
        ({"seconds": 1e9}, "the most is"),
        ({"tempo": float("nan")}, "tempo is nan"),
        ({"temperature": 0}, "temperature is 0"),
        ({"top_p": 0}, "top_p is 0"),
        ({"key": "X"}, "no key"),
        ({"primer": b"no music"}, "not a MIDI file"),
        ({"primer": melody(60, 62), "key": "G"}, "the primer sets both"),
        ({"primer": melody(*[60] * 50), "bars": 2}, "ask for a longer piece"),
    ):
        with pytest.raises(InputError, match=why):
            composer(0, **options)
    with pytest.raises(InputError, match="shape"):
        list(composer.log_likelihoods([np.zeros((3, 12), np.uint8)]))
    with pytest.raises(InputError, match="more than 16 notes"):
        list(composer.log_likelihoods([np.ones((3, 88), np.uint8)]))


def test_a_stream_goes_on_past_what_cannot_be_composed(composer):
    wrong = ["7", -1, None, TuneRequest(1, key="X"), TuneRequest(1, primer=b"no music"), TuneRequest(1, melody=7), InputError("passed on")]
    given = [*wrong, 5, TuneRequest(5, key="Am"), TuneRequest(np.int64(5))]
    said = list(composer.stream(given, bars=2, key="Eb"))
    assert [item for item, _ in said] == given
    assert all(isinstance(result, InputError) for _, result in said[: len(wrong)])
    eb, am, again = (tune for _, tune in said[len(wrong) :])
    assert eb == composer(5, bars=2, key="Eb") == again and am != eb


def test_files_given_open_serve_for_all(composer):
    first, second = composer([1, 2], seconds=5, primer=io.BytesIO(melody(60, 64, 67)))
    assert first.roll[:3].tolist() == second.roll[:3].tolist() and first.seed != second.seed


def test_only_midi_is_written(composer, tmp_path):
    tune = composer(3, bars=2)
    tune.write(tmp_path / "tune.MID")
    tune.write(tmp_path / "tune.musicxml")
    assert b"<score-partwise" in (tmp_path / "tune.musicxml").read_bytes()
    with pytest.raises(InputError, match="would hold MIDI"):
        tune.write(tmp_path / "tune.mp3")
    assert {path.name for path in tmp_path.iterdir()} == {"tune.MID", "tune.musicxml"}


def test_it_is_short_in_a_console_and_a_piano_roll_in_a_notebook(composer):
    tune = composer(3, bars=2)
    assert repr(tune).startswith("Tune(") and len(repr(tune)) < 100
    assert tune._repr_png_().startswith(b"\x89PNG")
    row = tune.to_row()
    assert list(row) == list(composer.columns) and row["midi"].startswith(b"MThd")


def test_files_that_do_not_belong_together(tmp_path):
    folder = shutil.copytree(shipped()["music/jsb"], tmp_path / "model")
    with open(folder / "note.tflite", "ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match=r"note\.tflite"):
        mediakit.load(folder)


def test_the_recorded_likelihood_is_measured_again(composer, data_folder):
    """On the validation split, as recorded; another processor may round otherwise."""
    manifest = open_folder(composer.folder.path).manifest
    if not (data_folder / "poly_music").is_dir():
        pytest.skip("no poly_music")
    recorded = {entry["split"]: entry["values"]["nll_per_frame"] for entry in manifest["figures"]}
    rolls = pieces.read(data_folder / "poly_music", "valid", manifest["config"]["dataset"])
    measured = music.evaluate(composer, rolls).values["nll_per_frame"]
    assert abs(measured - recorded["valid"]) < 0.01
