"""The shipped captioning model through its pipeline."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import mediakit
from mediakit.errors import InputError, MediakitError
from mediakit.media.image import read_photo


@pytest.fixture(scope="module")
def captioner():
    return mediakit.load("captioning")


@pytest.fixture(scope="module")
def paths(samples):
    return sorted(samples.glob("*.jpg"))


def test_one_photo_in_every_form(captioner, paths):
    path = paths[0]
    wanted = captioner(path)
    assert wanted.text and wanted.log_probability < 0
    assert wanted.attention.shape[0] == len(wanted.words)
    np.testing.assert_allclose(wanted.attention.sum(axis=(1, 2)), 1, atol=0.02)
    for photo in (str(path), path.read_bytes(), open(path, "rb")):  # noqa: SIM115
        assert captioner(photo).text == wanted.text
    assert captioner(read_photo(path)).text


def test_many_are_the_same_as_each_alone(captioner, paths):
    together = captioner(paths * 4)
    alone = [captioner(path) for path in paths] * 4
    assert [said.text for said in together] == [said.text for said in alone]
    assert [said.log_probability for said in together] == pytest.approx([said.log_probability for said in alone], abs=0.05)


def test_a_stream_goes_on_past_bad_photos_in_order(captioner, paths, tmp_path):
    (tmp_path / "bad.jpg").write_text("no photo")
    given = [paths[0], tmp_path / "bad.jpg", *paths[1:], InputError("passed on")] * 5
    said = list(captioner.stream(given))
    assert [photo for photo, _ in said] == given
    assert [isinstance(result, MediakitError) for _, result in said] == [isinstance(p, InputError) or p.name == "bad.jpg" for p in given]


def test_n_best_are_different_and_ordered(captioner, paths):
    caption = captioner(paths[0], beam=5, n_best=3)
    texts = [caption.text, *(other.text for other in caption.alternatives)]
    assert len(set(texts)) == 3
    assert caption.to_dict()["alternatives"][0]["caption"] == texts[1]


def test_sampling_follows_the_seed(captioner, paths):
    first = [said.text for said in captioner(paths, sample=True, seed=1)]
    assert first == [said.text for said in captioner(paths, sample=True, seed=1)]
    assert first != [said.text for said in captioner(paths, sample=True, seed=2)]


def test_can_be_pickled(captioner, paths):
    assert pickle.loads(pickle.dumps(captioner))(paths[0]).text == captioner(paths[0]).text


def test_a_fresh_process_imports_neither_tensorflow_nor_keras(paths):
    code = f"import mediakit, sys; mediakit.load('captioning')({str(paths[0])!r})\n"
    code += "print([m for m in ('tensorflow', 'keras', 'jax', 'torch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "[]"


def test_golden_words(captioner, samples):
    """Loose enough for another model, tight enough for a broken one."""
    expected = json.loads((samples.parent / "tests" / "data" / "golden_captions.json").read_text())
    for name, words in expected.items():
        assert set(words) & set(captioner(samples / name).words), f"{name}: {captioner(samples / name).text}"
