"""Recordings of words, in folders and archives."""

import tarfile

import numpy as np
import pytest

from mediakit.datasets import spoken_words
from mediakit.errors import DataError
from mediakit.media.sound import write_wav


def record(path, value=0.1, rate=8000):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        write_wav(np.full(rate // 100, value), rate, file)


def said(recordings):
    return [(one.label, one.speaker) for one in recordings]


def test_names_tell_label_speaker_and_order(tmp_path):
    for number in (10, 9, 0):
        record(tmp_path / "recordings" / f"7_ada_{number}.wav", number / 100)
    record(tmp_path / "1_ben_0.wav")
    found = spoken_words.read(tmp_path, 8000)
    assert said(found) == [("1", "ben"), *[("7", "ada")] * 3]
    np.testing.assert_allclose([one.samples[0] for one in found[1:]], [0, 0.09, 0.1], atol=1e-4)


def test_folders_tell_label_and_speaker(tmp_path):
    record(tmp_path / "no" / "ben" / "x.wav", rate=16000)
    record(tmp_path / "yes" / "y.wav")
    found = spoken_words.read(tmp_path, 8000)
    assert said(found) == [("no", "ben"), ("yes", spoken_words.SOMEBODY)]
    assert [one.rate for one in found] == [8000, 8000] and abs(len(found[0].samples) - 80) < 20


def test_an_archive_is_read_as_a_folder(tmp_path):
    record(tmp_path / "7_ada_0.wav")
    with tarfile.open(tmp_path / "recordings.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "7_ada_0.wav", "recordings/7_ada_0.wav")
    (tmp_path / "7_ada_0.wav").unlink()
    assert said(spoken_words.read(tmp_path, 8000)) == said(spoken_words.read(tmp_path / "recordings.tar.gz", 8000)) == [("7", "ada")]


def test_damaged_files_are_left_out_with_a_warning(tmp_path):
    record(tmp_path / "7_ada_0.wav")
    (tmp_path / "7_ada_1.wav").write_bytes(b"broken")
    warnings = []
    assert len(spoken_words.read(tmp_path, 8000, warn=warnings.append)) == 1
    assert len(warnings) == 1 and "1 of 2" in warnings[0] and "7_ada_1.wav" in warnings[0]


def test_folders_without_recordings_are_told(tmp_path):
    with pytest.raises(DataError, match="LABEL_SPEAKER_NUMBER"):
        spoken_words.read(tmp_path, 8000)
    record(tmp_path / "seven.wav")
    with pytest.raises(DataError, match=r"seven\.wav"):
        spoken_words.read(tmp_path, 8000)
    (tmp_path / "bad.tar").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"bad\.tar"):
        spoken_words.read(tmp_path / "bad.tar", 8000)


def test_the_first_of_each_word_by_each_speaker_are_held_out(tmp_path):
    for speaker in ("ada", "ben"):
        for number in range(3):
            record(tmp_path / f"7_{speaker}_{number}.wav", number / 10)
    train, held_out = spoken_words.split(spoken_words.read(tmp_path, 8000), 1)
    assert said(train) == [("7", "ada")] * 2 + [("7", "ben")] * 2 and said(held_out) == [("7", "ada"), ("7", "ben")]
    assert all(one.samples[0] == 0 for one in held_out)


def test_only_digits_by_its_speakers_are_the_published_set(tmp_path):
    record(tmp_path / "7_theo_0.wav")
    assert spoken_words.origin(tmp_path, spoken_words.read(tmp_path, 8000)) is spoken_words.FSDD
    record(tmp_path / "7_ada_0.wav")
    assert spoken_words.origin(tmp_path, spoken_words.read(tmp_path, 8000)).license == "its owner's"
