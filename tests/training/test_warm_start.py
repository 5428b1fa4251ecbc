"""Training from a trained model: which weights go where, which words and settings stay."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError
from mediakit.recipes import captioning
from mediakit.runtime.model_folder import open_folder
from mediakit.training.loading import find_recipe
from mediakit.training.run_folder import RunFolder
from mediakit.training.warm_start import _combined, open_warm_start

sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
from cases import CASES


def test_entries_are_paired_by_name():
    trained, initial = np.arange(6.0).reshape(3, 2), np.full((4, 2), -1.0)
    theirs, ours = (("a", "b", "c"), None), (("c", "new", "a", "b"), None)
    assert _combined(initial, trained, theirs, ours).tolist() == [[4, 5], [-1, -1], [0, 1], [2, 3]]
    square = _combined(np.zeros((2, 2)), np.arange(9.0).reshape(3, 3), (("a", "b", "c"),) * 2, (("c", "a"),) * 2)
    assert square.tolist() == [[8, 6], [2, 0]]
    assert _combined(initial, trained, None, None) is None and _combined(initial[0], trained, theirs, ours) is None


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The run folder of a LeNet of two classes, most of whose layers have no name."""
    root = tmp_path_factory.mktemp("trained")
    (root / "data").mkdir()
    CASES["lenet"].write_data(root / "data")
    mediakit.train("lenet", root / "data", root / "run", batch_size=5, epochs=1, size=28)
    return root / "run"


def start_model(start, data, **settings):
    recipe = start.recipe
    config = recipe.config(start.settings(recipe, settings))
    examples = recipe.read(config, data, start)
    model = recipe.build(config, examples)
    return config, model, start.apply(recipe, config, examples, model)


@pytest.mark.parametrize("part", ["", "model"], ids=["run folder", "model folder"])
def test_a_run_and_its_model_folder_give_the_same_weights(trained, part):
    config, model, left = start_model(open_warm_start(trained / part), trained.parent / "data", rate=0.5)
    assert (config.size, config.batch_size, config.rate, left) == (28, 5, 0.5, [])
    with np.load(RunFolder(trained).newest_weights()) as arrays:
        for i, variable in enumerate(model.variables):
            np.testing.assert_allclose(variable.numpy(), arrays[f"{i:05d}"], rtol=1e-5, atol=1e-7)


def test_weights_of_other_sizes_are_left(trained):
    _, model, left = start_model(open_warm_start(trained), trained.parent / "data", size=32)
    flat = next(layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    assert left == [flat.kernel.path]


def test_what_cannot_be_a_start_is_one_line(trained, tmp_path):
    with pytest.raises(ModelError, match="no model 'lenett'"):
        open_warm_start("lenett")
    with pytest.raises(InputError, match="music: cannot start from lenet, which is of the task classification"):
        open_warm_start(trained).settings(find_recipe("music"), {})
    manifest = json.loads((trained / "model" / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({name: part for name, part in manifest.items() if name != "recipe"}))
    with pytest.raises(ModelError, match="its manifest names no recipe"):
        open_warm_start(tmp_path)


def test_fine_tuning_goes_on_from_the_trained_model(trained, tmp_path, capfd):
    history = mediakit.fine_tune(trained / "model", trained.parent / "data", tmp_path / "more", epochs=1, rate=1e-6)
    assert "starting from lenet: 10 of 10 variables" in capfd.readouterr().err
    with np.load(RunFolder(trained).newest_weights()) as before, np.load(RunFolder(tmp_path / "more").newest_weights()) as after:
        for name in before.files[:-1]:
            np.testing.assert_allclose(after[name], before[name], atol=1e-4)
    manifest = open_folder(history.model).manifest
    assert manifest["config"]["size"] == 28 and manifest["training"].endswith("Started from the weights of lenet.")
    with pytest.raises(InputError, match="other settings"):
        mediakit.train("lenet", trained.parent / "data", tmp_path / "more", epochs=1, rate=1e-6, size=28, batch_size=5)


def test_a_shipped_captioner_keeps_its_words_and_learns_new_ones(tmp_path):
    for i in range(20):
        Image.fromarray(np.full((8, 8, 3), i, np.uint8)).save(tmp_path / f"{i}.png")
    rows = [f"{i}.png,a dog on a quuxland,{'dev' if i == 19 else 'train'}" for i in range(20)]
    (tmp_path / "captions.csv").write_text("\n".join(["image,caption,split", *rows]) + "\n", encoding="utf-8")
    start = open_warm_start("captioning")
    config = start.recipe.config(start.settings(start.recipe, {"photos_per_batch": 5}))
    data = captioning.read(config, tmp_path, start)
    known = start.data.vocabulary.words
    assert data.vocabulary.words == (*known, "quuxland") and not config.imagenet and config.units == 512
    assert captioning.read(config, tmp_path).vocabulary.words[4:] == ("a", "dog", "on", "quuxland")


@pytest.mark.nightly
def test_fine_tuning_the_shipped_captioner_stays_near_it(tmp_path):
    """From the command line, on a few made photos: one step of each phase."""
    CASES["captioning"].write_data(tmp_path)
    out = tmp_path / "run"
    settings = {"photos_per_batch": 10, "decoder_epochs": 1, "joint_epochs": 1, "decoder_rate": 1e-5, "joint_rate": 1e-5}
    command = [sys.executable, "-m", "mediakit", "train", "captioning", "--start", "captioning", "--data", str(tmp_path), "--out", str(out)]
    command += [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    done = subprocess.run(command, capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert b"starting from captioning: 142 of 142 variables" in done.stderr
    photo = next(Path(mediakit.__file__).parent.parent.glob("samples/*.jpg"))
    before, after = (mediakit.load(model)(photo) for model in ("captioning", out / "model"))
    assert len(set(before.text.split()) & set(after.text.split())) >= 3
    assert "Flickr8k" in json.dumps(open_folder(out / "model").manifest["data"])
