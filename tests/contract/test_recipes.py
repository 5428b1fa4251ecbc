"""What every recipe keeps: it trains the same on any devices, resumes exactly, ships networks that answer without TensorFlow."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mediakit.runtime.card import render
from mediakit.runtime.model_folder import open_folder

pytest.importorskip("tensorflow", reason="recipes need the extra train")
sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES

SCRIPT = Path(__file__).with_name("train_tiny.py")


@pytest.fixture(scope="module", params=CASES)
def recipe(request):
    return request.param


@pytest.fixture(scope="module")
def data(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    CASES[recipe].write_data(folder)
    return folder


def start(recipe, data, out, steady=True, env=None, **options):
    settings = {**CASES[recipe].settings, **(CASES[recipe].steady if steady else {})}
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, str(SCRIPT), recipe, str(data), str(out), json.dumps(settings), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})


def finish(process, code=0):
    _, err = process.communicate(timeout=500)
    assert process.returncode == code, err.decode()[-3000:]


def finished_weights(run):
    files = sorted(run.glob("finished-*.npz"))
    assert files, f"no finished phase in {run}"
    with np.load(files[-1]) as arrays:
        return [arrays[name] for name in sorted(arrays.files) if name != "position"]


def losses(run):
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [row["loss"] for row in rows]


def assert_same(run, other, tolerance):
    np.testing.assert_allclose(losses(run), losses(other), rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(finished_weights(run), finished_weights(other), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.fixture(scope="module")
def one_device(recipe, data, tmp_path_factory):
    """A whole training on one device, with the model folder that it writes."""
    run = tmp_path_factory.mktemp("one")
    finish(start(recipe, data, run))
    return run


def test_two_devices_train_the_same(recipe, data, one_device, tmp_path):
    """Five examples a batch on two replicas: unequal numbers of examples and of words, and gradients that are clipped."""
    finish(start(recipe, data, tmp_path, strategy="mirrored", devices=2))
    assert_same(tmp_path, one_device, 2e-3)


def test_two_workers_train_the_same(recipe, data, one_device, tmp_path):
    ports = free_ports(2)
    workers = [f"127.0.0.1:{port}" for port in ports]
    processes = []
    for index in range(2):
        config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        env = {"TF_CONFIG": json.dumps(config)}
        processes.append(start(recipe, data, tmp_path, env=env, strategy="auto"))
    for process in processes:
        finish(process)
    assert_same(tmp_path, one_device, 2e-3)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_resumes_exactly_after_kill(recipe, data, tmp_path):
    """With dropout on: the random state is part of what is saved. Killed in the middle of an epoch, twice."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    finish(start(recipe, data, whole, steady=False))
    finish(start(recipe, data, broken, steady=False, kill_after=2), code=-signal.SIGKILL)
    finish(start(recipe, data, broken, steady=False, kill_after=6), code=-signal.SIGKILL)
    finish(start(recipe, data, broken, steady=False))
    for ours, theirs in zip(finished_weights(broken), finished_weights(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_shipped_model_answers_without_tensorflow(recipe, data, one_device):
    """In a fresh process. Export has compared each network with the Keras model."""
    item = CASES[recipe].item
    item = str(data / item) if isinstance(item, Path) else item
    code = f"""
import sys, mediakit
print(mediakit.load({str(one_device / "model")!r})({item!r}))
assert not {{"tensorflow", "keras"}} & set(sys.modules), "imported"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stdout, done.stderr


def test_training_starts_from_the_model_folder(recipe, data, one_device):
    """The weights come back from the LiteRT files, in their precision."""
    from mediakit.training.warm_start import open_warm_start

    if recipe == "dcgan":
        pytest.skip("its batch normalization is folded into its convolutions")
    start = open_warm_start(one_device / "model")
    config = start.recipe.config(start.settings(start.recipe, {}))
    examples = start.recipe.read(config, data, start)
    model = start.recipe.build(config, examples)
    left = start.apply(start.recipe, config, examples, model)
    assert all("discriminator" in [part.name for part in model.layers] for _ in left), left
    for variable, trained in zip(model.variables, finished_weights(one_device), strict=True):
        if variable.dtype == "float32" and variable.path not in left:
            np.testing.assert_allclose(variable.numpy(), trained, atol=0.01 * np.abs(trained).max() + 1e-6, err_msg=variable.path)


def test_card_comes_from_the_manifest(one_device):
    folder = open_folder(one_device / "model")
    assert (folder.path / "card.md").read_text() == render(folder.manifest)
    assert set(folder.manifest["networks"]) and folder.manifest["parameters"] > 0


def test_a_run_folder_refuses_other_settings(recipe, data, one_device):
    settings = {**CASES[recipe].settings, **CASES[recipe].steady, "seed": "7"}
    command = [sys.executable, "-m", "mediakit", "train", recipe, "--data", str(data), "--out", str(one_device)]
    command += [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    assert done.returncode == 1
    assert b"other settings" in done.stderr and b"Traceback" not in done.stderr


FIT = """
import keras, numpy as np
from pathlib import Path
from mediakit.training.loading import find_recipe
recipe = find_recipe({recipe!r})
config = recipe.config({settings!r})
model = recipe.build(config, recipe.read(config, Path({data!r})))
model.compile("adam", "mse")
inputs = [np.ones((4, *(size or 3 for size in tensor.shape[1:])), tensor.dtype) for tensor in model.inputs]
outputs = [np.zeros(tensor.shape, "float32") for tensor in keras.tree.flatten(model.predict(inputs, verbose=0))]
history = model.fit(inputs, outputs if len(outputs) > 1 else outputs[0], batch_size=2, epochs=1, verbose=0)
assert np.isfinite(history.history["loss"][0])
"""


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_trains_with_plain_compile_and_fit(recipe, data, backend):
    pytest.importorskip(backend, reason="another backend of Keras")
    code = FIT.format(recipe=recipe, settings=CASES[recipe].settings, data=str(data))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, "KERAS_BACKEND": backend},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
