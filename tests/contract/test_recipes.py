"""What every recipe keeps: it resumes exactly, ships networks that answer without TensorFlow, and trains with plain Keras.

One training serves all tests of a recipe. What several devices compute is in test_devices.py.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import keras

from mediakit.runtime.card import render
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks import find_task
from mediakit.training import checkpoints
from mediakit.training.distribution import make_strategy
from mediakit.training.loading import find_recipe, recipe_names
from mediakit.training.session import Session
from mediakit.training.trainer import Trainer
from mediakit.training.warm_start import open_warm_start

sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES


def test_every_recipe_has_a_case():
    assert sorted(CASES) == recipe_names()


@pytest.fixture(scope="module", params=CASES)
def recipe(request):
    return request.param


@pytest.fixture(scope="module")
def data(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    CASES[recipe].write_data(folder)
    return folder


def open_session(recipe, data, run):
    found = find_recipe(recipe)
    return Session.open(found, found.config(CASES[recipe].settings), data, make_strategy("one"), run)


class CopyingTrainer(Trainer):
    """Saves after every step, and once copies its run folder: what `kill -9` would have left of it at that moment.

    Args:
        copy: where to; taken in the middle of the last phase that has epochs, after its first epoch if it has several.
    """

    def __init__(self, session, run, copy):
        super().__init__(session.model, session.phases, make_strategy("one"), run, save_seconds=0)
        self.copy = copy
        self._index, self._epoch = max((i, min(1, phase.epochs - 1)) for i, phase in enumerate(session.phases) if phase.epochs)

    def _save(self, path, variables, position):
        super()._save(path, variables, position)
        here = position.get("phase") == self._index and position.get("epoch") == self._epoch and position.get("step")
        if here and not self.copy.exists():
            shutil.copytree(self.run_folder, self.copy)


@dataclass(frozen=True)
class Run:
    """The folder of a whole training on one device, with random numbers, and a copy of it as it was half-way."""

    folder: Path
    copy: Path


@pytest.fixture(scope="module")
def run(recipe, data, tmp_path_factory):
    made = Run(tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("copies") / "run")
    session = open_session(recipe, data, made.folder)
    CopyingTrainer(session, made.folder, made.copy).train()
    session.export(made.folder / "model")
    yield made
    keras.backend.clear_session()


def test_resumes_exactly(recipe, data, run):
    """With dropout on: the random state is part of what is saved."""
    session = open_session(recipe, data, run.copy)
    Trainer(session.model, session.phases, make_strategy("one"), run.copy).train()
    for ours, theirs in zip(finished_weights(run.copy), finished_weights(run.folder), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def finished_weights(folder):
    """What the last phase ended with."""
    return checkpoints.read(max(folder.glob("finished-*.npz")))[1]


def test_shipped_model_answers_without_tensorflow(recipe, data, run):
    """In a fresh process. Export has compared each network with the Keras model."""
    item = CASES[recipe].item
    item = str(data / item) if isinstance(item, Path) else item
    code = f"""
import sys, mediakit
print(mediakit.load({str(run.folder / "model")!r})({item!r}))
assert not {{"tensorflow", "keras"}} & set(sys.modules), "imported"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stdout, done.stderr


def test_training_starts_from_the_model_folder(recipe, data, run):
    """The weights come back from the LiteRT files, in their precision."""
    if recipe == "dcgan":
        pytest.skip("its batch normalization is folded into its convolutions")
    start = open_warm_start(run.folder / "model")
    config = start.recipe.config(start.settings(start.recipe, {}))
    examples = start.recipe.read(config, data, start)
    model = start.recipe.build(config, examples)
    left = start.apply(start.recipe, config, examples, model)
    assert all("discriminator" in [part.name for part in model.layers] for _ in left), left
    for variable, trained in zip(model.variables, finished_weights(run.folder), strict=True):
        if variable.dtype == "float32" and variable.path not in left:
            np.testing.assert_allclose(variable.numpy(), trained, atol=0.01 * np.abs(trained).max() + 1e-6, err_msg=variable.path)


def test_card_and_manifest_agree(recipe, run):
    folder = open_folder(run.folder / "model")
    assert (folder.path / "card.md").read_text() == render(folder.manifest)
    assert find_task(folder.task).name == find_recipe(recipe).task
    assert set(folder.manifest["networks"]) and folder.manifest["parameters"] > 0


def test_the_card_names_what_was_read_and_nothing_else(run, data):
    """These data sets are nobody's published ones."""
    manifest = open_folder(run.folder / "model").manifest
    assert all(entry["name"] == data.name or entry["license"] == "its owner's" for entry in manifest["data"]), manifest["data"]
    for published in ("Flickr8k", "IMDb", "ImageNet", "Fashion-MNIST", "CoNLL", "JSB"):
        assert published not in (run.folder / "model" / "card.md").read_text()


def check_fit(recipe, data):
    """Two steps of `compile` and `fit`, under whichever backend Keras has."""
    found = find_recipe(recipe)
    config = found.config(CASES[recipe].settings)
    model = found.build(config, found.read(config, Path(data)))
    model.compile("adam", "mse", jit_compile=False)
    inputs = [np.ones((4, *(size or 3 for size in tensor.shape[1:])), tensor.dtype) for tensor in model.inputs]
    outputs = [np.zeros(tensor.shape, "float32") for tensor in keras.tree.flatten(model.predict(inputs, verbose=0))]
    history = model.fit(inputs, outputs if len(outputs) > 1 else outputs[0], batch_size=2, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"][0])


def test_trains_with_plain_compile_and_fit(recipe, data):
    check_fit(recipe, data)


@pytest.mark.parametrize("names", [("lenet", "music"), pytest.param(tuple(CASES), marks=pytest.mark.nightly)], ids=["two", "all"])
def test_they_train_with_plain_compile_and_fit_under_jax(names, tmp_path):
    """One process for several recipes, since starting it takes longer than they do."""
    pytest.importorskip("jax", reason="another backend of Keras")
    for recipe in names:
        (tmp_path / recipe).mkdir()
        CASES[recipe].write_data(tmp_path / recipe)
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import keras, test_recipes
assert keras.backend.backend() == "jax"
for recipe in {names!r}:
    print(recipe, file=sys.stderr, flush=True)
    test_recipes.check_fit(recipe, f"{tmp_path}/{{recipe}}")
"""
    env = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.nightly
def test_a_dry_run_tries_it_all(recipe, data, capsys):
    from mediakit.training import command

    command.train(recipe, data, None, CASES[recipe].settings, dry_run=True)
    assert "model folder: card.md" in capsys.readouterr().out
