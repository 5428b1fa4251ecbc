"""Model folders: the shipped one whole, and copies of it with something wrong."""

import json
import pickle
import shutil

import numpy as np
import pytest

import mediakit
from mediakit.errors import ModelError
from mediakit.runtime.card import render
from mediakit.runtime.model_folder import open_folder, record_figures, shipped


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(shipped()["captioning"], tmp_path / "model")
    return tmp_path / "model"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match="captioning"):
        open_folder("nothing")


@pytest.mark.parametrize("name", ["encoder.tflite", "decoder.tflite", "vocabulary.txt"])
def test_a_damaged_file_is_named(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name}.*sha256"):
        mediakit.load(copy)
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name):
        mediakit.load(copy)


def change(copy, **fields):
    file = copy / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def test_a_newer_format_is_refused(copy):
    change(copy, format_version=99)
    with pytest.raises(ModelError, match="install a newer mediakit"):
        open_folder(copy)


def test_an_unknown_task_is_refused(copy):
    change(copy, task="juggling")
    with pytest.raises(ModelError, match="juggling"):
        mediakit.load(copy)


def test_a_vocabulary_that_does_not_fit_is_refused(copy):
    from mediakit.runtime.model_folder import describe_file

    file = copy / "vocabulary.txt"
    file.write_text("".join(f"{line}\n" for line in file.read_text().splitlines()[:-3]))
    change(copy, files={"vocabulary": describe_file(file)})
    with pytest.raises(ModelError, match="don't belong together"):
        mediakit.load(copy)


def test_recorded_figures_replace_older_ones(copy):
    entry = {"data": "d", "split": "dev", "options": {}, "examples": 3, "date": "2026-01-01", "values": {"CIDEr": 0.5}}
    before = len(open_folder(copy).manifest["figures"])
    record_figures(open_folder(copy), entry)
    record_figures(open_folder(copy), {**entry, "values": {"CIDEr": 0.6}})
    folder = open_folder(copy)
    assert len(folder.manifest["figures"]) == before + 1
    assert folder.manifest["figures"][-1]["values"] == {"CIDEr": 0.6}
    assert (copy / "card.md").read_text() == render(folder.manifest)


def test_shipped_cards_are_their_manifests():
    for path in shipped().values():
        folder = open_folder(path)
        assert (path / "card.md").read_text() == render(folder.manifest)
        assert folder.manifest["figures"], "nothing was measured"


def test_a_network_checks_its_inputs():
    network = open_folder("captioning").network("encoder")
    with pytest.raises(ModelError, match="image is missing"):
        network()
    with pytest.raises(ModelError, match="shape"):
        network(image=np.zeros((1, 2, 2, 3), np.float32))
    with pytest.raises(ModelError, match="float32"):
        network(image=np.zeros(network.inputs[0]["shape"], np.float64))


def test_a_network_can_be_pickled():
    network = open_folder("captioning").network("encoder")
    image = np.full(network.inputs[0]["shape"], 100, np.float32)
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(again(image=image)["gist"], network(image=image)["gist"])
