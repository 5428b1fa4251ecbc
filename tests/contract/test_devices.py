"""Recipes train alike on one device, on two devices of one process, and on two workers.

All batches have odd numbers of examples, so that replicas have unequal ones. Two recipes are tried on every run, which between
them have several optimizers, clipped gradients, batch normalisation and state of their own; the others in nightly runs
(`pytest -m nightly`).
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES

SCRIPT = Path(__file__).with_name("train_on.py")
REPRESENTATIVES = ("lenet", "dcgan")


@pytest.fixture(
    scope="module",
    params=[REPRESENTATIVES, pytest.param(tuple(sorted(set(CASES) - set(REPRESENTATIVES))), marks=pytest.mark.nightly)],
    ids=["two", "others"],
)
def recipes(request):
    return request.param


@pytest.fixture(scope="module")
def data(recipes, tmp_path_factory):
    """A folder with a folder of data for each recipe."""
    folder = tmp_path_factory.mktemp("data")
    for recipe in recipes:
        (folder / recipe).mkdir()
        CASES[recipe].write_data(folder / recipe)
    return folder


def start(recipes, data, out, strategy, devices=1, env=None):
    jobs = json.dumps([[recipe, str(data / recipe), str(out / recipe)] for recipe in recipes])
    command = [sys.executable, str(SCRIPT), strategy, str(devices), jobs]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})


def finish(process):
    _, err = process.communicate(timeout=3000)
    assert process.returncode == 0, err.decode()[-3000:]


@pytest.fixture(scope="module")
def one_device(recipes, data, tmp_path_factory):
    out = tmp_path_factory.mktemp("one")
    finish(start(recipes, data, out, "one"))
    return out


def assert_same(recipes, out, other):
    for recipe in recipes:
        losses = [epoch_losses(place / recipe) for place in (out, other)]
        np.testing.assert_allclose(*losses, rtol=2e-3, atol=2e-3, err_msg=recipe)
        for ours, theirs in zip(*(finished_weights(place / recipe) for place in (out, other)), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-3, err_msg=recipe)


def epoch_losses(run):
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def finished_weights(run):
    with np.load(sorted(run.glob("finished-*.npz"))[-1]) as arrays:
        return [arrays[name] for name in sorted(arrays.files) if name != "position"]


def test_two_devices_train_the_same(recipes, data, one_device, tmp_path):
    finish(start(recipes, data, tmp_path, "mirrored", devices=2))
    assert_same(recipes, tmp_path, one_device)


def test_two_workers_train_the_same(recipes, data, one_device, tmp_path):
    """`auto` finds out that there are several: TF_CONFIG says so."""
    workers, processes = [f"127.0.0.1:{port}" for port in free_ports(2)], []
    for index in range(2):
        config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        processes.append(start(recipes, data, tmp_path, "auto", env={"TF_CONFIG": json.dumps(config)}))
    for process in processes:
        finish(process)
    assert_same(recipes, tmp_path, one_device)


def test_a_worker_that_dies_is_replaced(recipes, data, one_device, tmp_path):
    """The others end by themselves; started again, all go on from the last checkpoint."""
    recipe, workers = recipes[0], [f"127.0.0.1:{port}" for port in free_ports(2)]
    settings = {**CASES[recipe].settings, **CASES[recipe].steady}
    command = [sys.executable, "-m", "mediakit", "train", recipe, "--data", str(data / recipe), "--out", str(tmp_path / recipe)]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]

    def start_all():
        config = [json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}) for index in range(2)]
        environments = [{**os.environ, "TF_CONFIG": each} for each in config]
        return [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=each) for each in environments]

    survivor, victim = start_all()
    log = tmp_path / recipe / "metrics.jsonl"
    while not (log.exists() and log.read_text()) and survivor.poll() is None:
        time.sleep(0.01)
    victim.kill()
    _, messages = survivor.communicate(timeout=3000)
    victim.communicate()
    assert survivor.returncode == 1 and b"mediakit: another worker has died" in messages, messages[-3000:]
    for process in start_all():
        finish(process)
    assert_same([recipe], tmp_path, one_device)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
