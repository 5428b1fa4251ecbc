"""Model folders: the shipped one whole, and copies of it with something wrong."""

import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

import mediakit
from mediakit.errors import ModelError
from mediakit.runtime.card import headline, render
from mediakit.runtime.evaluation import Evaluation
from mediakit.runtime.model_folder import choose, open_folder, record_evaluation, shipped


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


def borrow(folder, owner, file="encoder.tflite"):
    """Let a folder use another one's encoder in place of its own."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["networks"]["encoder"]["from"] = owner
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / file).unlink()


def test_a_network_of_a_shipped_model_is_shared(copy, samples):
    before, encoder = open_folder(copy).size, (copy / "encoder.tflite").stat().st_size
    borrow(copy, "captioning")
    assert open_folder(copy).size == pytest.approx(before - encoder, abs=10_000)  # and the manifest
    captions = [mediakit.load(model)(samples / "cat.jpg").text for model in ("captioning", copy)]
    assert captions[0] == captions[1]
    assert pickle.loads(pickle.dumps(mediakit.load(copy)))(samples / "cat.jpg").text == captions[0]


def test_a_network_of_a_folder_nearby_is_shared_and_checked(copy, tmp_path):
    shutil.copytree(copy, tmp_path / "owner")
    borrow(copy, "../owner")
    mediakit.load(copy)
    with open(tmp_path / "owner" / "encoder.tflite", "ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match=r"owner/encoder\.tflite: is not the file that .*model was trained with"):
        mediakit.load(copy)
    shutil.rmtree(tmp_path / "owner")
    with pytest.raises(ModelError, match=r"owner/encoder\.tflite, which .*model needs: No such file"):
        mediakit.load(copy)


@pytest.mark.parametrize("owner", [7, None, ["captioning"]])
def test_an_owner_is_a_name(copy, owner):
    borrow(copy, owner)
    with pytest.raises(ModelError, match=r"not a manifest: the owner of encoder\.tflite"):
        open_folder(copy)


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


def test_a_recorded_evaluation_replaces_an_older_one_of_the_same_split(copy):
    first = Evaluation({"CIDEr": 0.5}, 3, data="d", split="dev", date="2026-01-01")
    before = open_folder(copy).manifest["figures"]
    record_evaluation(open_folder(copy), first)
    record_evaluation(open_folder(copy), replace(first, split="test"))
    record_evaluation(open_folder(copy), replace(first, values={"CIDEr": 0.6}))
    folder = open_folder(copy)
    assert folder.manifest["figures"][: len(before)] == before
    assert [(entry["split"], entry["values"]["CIDEr"]) for entry in folder.manifest["figures"][len(before) :]] == [
        ("test", 0.5),
        ("dev", 0.6),
    ]
    assert (copy / "card.md").read_text() == render(folder.manifest)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("captioning", "captioning"), ("film_genres", "trailer_genre"), ("music/jsb", "music/jsb")],
)
def test_a_task_or_recipe_stands_for_its_only_model(name, wanted):
    assert open_folder(name).name == wanted


def test_settings_choose_among_the_models_of_a_task():
    folder, left = choose("translation", {"target": "de", "beam": 3})
    assert folder.name == "translation/en-de" and left == {"beam": 3}
    folder, left = choose("translation/en-de", {"target": "fr"})
    assert folder.name == "translation/en-de" and left == {"target": "fr"}, "a model that is named needs no choice"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "several models of translation: name one of translation/en-cs, translation/en-de"),
        ({"source": "en"}, "several models of translation with source=en"),
        ({"target": "xx"}, "no model of translation with target=xx"),
    ],
)
def test_a_task_of_several_models_needs_a_choice(settings, why):
    with pytest.raises(ModelError, match=why):
        choose("translation", settings)


@pytest.mark.parametrize(
    ("name", "near"),
    [("capton", "captioning"), ("en-de", "translation/en-de"), ("translation/en_de", "translation/en-de")],
)
def test_a_misspelt_name_is_told_the_right_one(name, near):
    with pytest.raises(ModelError, match=rf"no model '{name}'.*did you mean {near}"):
        open_folder(name)


def test_shipped_cards_are_their_manifests():
    for path in shipped().values():
        folder = open_folder(path)
        assert (path / "card.md").read_text() == render(folder.manifest)
        assert headline(folder.manifest), "nothing was measured"


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
    np.testing.assert_array_equal(again(image=image)["regions"], network(image=image)["regions"])
