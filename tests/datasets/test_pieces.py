"""Piano rolls in every known layout."""

import numpy as np
import pytest
from scipy.io import savemat

from mediakit.datasets import jsb_chorales, midi_folder, pieces, poly_music
from mediakit.errors import DataError
from mediakit.media.midi import write_midi
from mediakit.media.score import Note, Score, Track


def piece(seed):
    return (np.random.default_rng(seed).random((5 + seed, 88)) < 0.04).astype(np.uint8)


def write_benchmark(folder, name):
    parts = {}
    for number, split in enumerate(poly_music.SPLITS):
        cell = np.empty((1, 2), object)
        cell[0, 0], cell[0, 1] = piece(2 * number), piece(2 * number + 1)
        parts[f"{split}data"] = cell
    savemat(folder / poly_music.FILES[name], parts)


def write_tune(path, *pitches):
    path.parent.mkdir(exist_ok=True)
    with open(path, "wb") as file:
        write_midi(Score((Track("tune", tuple(Note(i, 1, pitch) for i, pitch in enumerate(pitches))),), 100), file)


def test_the_benchmark(tmp_path):
    write_benchmark(tmp_path, "nottingham")
    assert pieces.find_set(tmp_path) == "nottingham"
    got = pieces.read(tmp_path, "valid")
    assert len(got) == 2 and got[1].dtype == np.uint8
    np.testing.assert_array_equal(got[1], piece(3))


def test_several_sets_in_one_folder(tmp_path):
    write_benchmark(tmp_path, "jsb")
    write_benchmark(tmp_path, "muse_data")
    with pytest.raises(DataError, match="choose one with --set dataset"):
        pieces.read(tmp_path, "train")
    assert len(pieces.read(tmp_path, "train", "jsb")) == 2


def test_errors_say_what_is_wrong(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        pieces.find_set(tmp_path / "absent")
    with pytest.raises(DataError, match="no piano rolls and no MIDI files"):
        pieces.find_set(tmp_path)
    with pytest.raises(DataError, match="no set"):
        pieces.find_set(tmp_path, "bach")
    with pytest.raises(DataError, match="no such file"):
        pieces.read(tmp_path, "train", "jsb")
    write_benchmark(tmp_path, "jsb")
    with pytest.raises(DataError, match="no split"):
        pieces.read(tmp_path, "dev")
    (tmp_path / "Nottingham.mat").write_bytes(b"no matrices")
    with pytest.raises(DataError, match="not a readable MATLAB file"):
        pieces.read(tmp_path, "train", "nottingham")
    savemat(tmp_path / "Piano_midi.mat", {"traindata": np.zeros((1, 3))})
    with pytest.raises(DataError, match="not a piano roll"):
        pieces.read(tmp_path, "train", "piano_midi")


def test_chorales_in_sixteenths(tmp_path):
    voices = np.array([[72, 67, 64, 48], [np.nan, 67, 64, 48]], np.float16)
    cell = np.empty(1, object)
    cell[0] = voices
    np.savez(tmp_path / jsb_chorales.FILE, train=cell, valid=cell, test=cell)
    [chorale] = jsb_chorales.read(tmp_path, "test")
    assert chorale.tolist() == [[72, 67, 64, 48], [-1, 67, 64, 48]]
    assert pieces.find_set(tmp_path) == "jsb_16th"
    [roll] = pieces.read(tmp_path, "train")
    assert [np.flatnonzero(frame).tolist() for frame in roll] == [[27, 43, 46, 51], [27, 43, 46]]


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_pickle_of_anything_but_arrays_is_refused(tmp_path):
    cell = np.empty(1, object)
    cell[0] = Payload(tmp_path / "made")
    np.savez(tmp_path / jsb_chorales.FILE, train=cell, valid=np.zeros((1, 2, 4)))
    with pytest.raises(DataError, match=r"cannot be read: its pickle names \w+\.open, and may hold NumPy arrays only"):
        jsb_chorales.read(tmp_path, "train")
    assert not (tmp_path / "made").exists()
    with pytest.raises(DataError, match=r"valid\.npy is not an array of arrays"):
        jsb_chorales.read(tmp_path, "valid")
    with pytest.raises(DataError, match=r"test\.npy"):
        jsb_chorales.read(tmp_path, "test")


def test_midi_files_of_a_folder(tmp_path):
    for i in range(40):
        write_tune(tmp_path / f"{i}.mid", 60, 62 + i % 3)
    warnings = []
    parts = {split: midi_folder.read(tmp_path, split, 2, warn=warnings.append) for split in midi_folder.SPLITS}
    assert sum(map(len, parts.values())) == 40 and all(parts.values()) and len(parts["train"]) > 25
    assert len(warnings) == 1 and "expect overfitting" in warnings[0]
    assert parts["train"][0].shape == (4, 88)
    assert len(pieces.read(tmp_path, "valid")) == len(parts["valid"])


def test_folders_are_splits_and_bad_files_are_left_out(tmp_path):
    write_tune(tmp_path / "train" / "a.mid", 60)
    write_tune(tmp_path / "test" / "b.MIDI", 60, 62)
    (tmp_path / "train" / "bad.mid").write_text("no music")
    warnings = []
    assert len(midi_folder.read(tmp_path, "train", warn=warnings.append)) == 1
    assert "1 of 2 MIDI files are left out" in warnings[0] and "bad.mid" in warnings[0]
    assert len(midi_folder.read(tmp_path, "test", warn=warnings.append)) == 1
    with pytest.raises(DataError, match="no usable MIDI file"):
        midi_folder.read(tmp_path, "valid", warn=warnings.append)


def test_grids():
    grids = {"jsb": 1, "nottingham": 2, "midi": 8, None: 8}
    assert {name: pieces.frames_per_beat_of(name, 8) for name in grids} == grids


def test_the_published_files(data_folder):
    folder = data_folder / "poly_music"
    if not folder.is_dir():
        pytest.skip("no poly_music")
    assert [len(pieces.read(folder, split, "jsb")) for split in ("train", "valid", "test")] == [229, 76, 77]
    assert [len(pieces.read(folder, split, "nottingham")) for split in ("train", "valid", "test")] == [694, 173, 170]
