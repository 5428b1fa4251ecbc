"""A task and a recipe that another distribution brings are used like our own, from training to the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KIT = Path(__file__).parents[1] / "data" / "doubling_kit"
ENTRY_POINTS = """[mediakit.tasks]
doubling = doubling_kit.task

[mediakit.recipes]
doubling = doubling_kit.recipe
"""


def install(site, name="doubling_kit", entry_points=ENTRY_POINTS):
    """What pip leaves behind: the package and its metadata."""
    shutil.copytree(KIT, site / "doubling_kit", ignore=shutil.ignore_patterns("__pycache__"))
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return install(tmp_path_factory.mktemp("site"))


def run(site, *args, code=None):
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, *(["-c", code] if code else ["-m", "mediakit"]), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "PYTHONPATH": path})


@pytest.fixture(scope="module")
def model(site, tmp_path_factory):
    pytest.importorskip("tensorflow", reason="training needs the extra train")
    data = tmp_path_factory.mktemp("numbers")
    for split in ("train", "val"):
        (data / f"{split}.txt").write_text("1 2 -1 3 0.5 -2 1.5 2.5\n")
    done = run(site, "train", "doubling", "--data", data, "--out", data / "run")
    assert done.returncode == 0, done.stderr
    return data / "run" / "model"


def test_its_command_is_listed_and_has_help(site):
    listed = run(site, "--help").stdout
    assert "double" in listed and "Double numbers." in listed and "caption" in listed
    assert "Usage: mediakit double" in run(site, "double", "--help").stdout


def test_from_training_to_answers(site, model):
    manifest = json.loads((model / "manifest.json").read_text())
    assert (manifest["task"], manifest["recipe"]) == ("doubling", "doubling")
    assert manifest["versions"]["doubling-kit"] == "1.0"
    done = run(site, "double", 3, 4, "--model", model)
    assert done.stdout == "6\n8\n", done.stderr
    code = f"import mediakit; print(mediakit.load({str(model)!r})([3, 4]), list(mediakit.Mapper({str(model)!r}, 'n')({{'n': [1, None]}})))"
    done = run(site, code=code)
    assert done.stdout.count("Double(value=") == 2 and "['n', 'double', 'error']" in done.stdout, done.stderr


def test_it_is_evaluated(site, model):
    done = run(site, "evaluate", model, "--data", model.parents[1], "--split", "val", "--json")
    entry = json.loads(done.stdout)
    assert entry["error"] < 0.1 and entry["examples"] == 8


def test_without_the_package_one_line_says_what_to_install(site, model):
    done = run(site / "nowhere", "evaluate", model, "--data", model, "--split", "val")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    for part in (str(model), "'doubling'", "install doubling-kit", "captioning"):
        assert part in done.stderr


@pytest.mark.parametrize("target", ["doubling_kit.absent", "doubling_kit.broken", "doubling_kit.task:absent"])
def test_a_package_that_cannot_be_imported_harms_nobody_else(tmp_path, target):
    site = install(tmp_path, entry_points=f"[mediakit.tasks]\ndoubling = {target}\n")
    (site / "doubling_kit" / "broken.py").write_text("1 / 0\n")
    done = run(site, "--help")
    assert done.returncode == 0 and "caption" in done.stdout and done.stderr == ""
    done = run(site, code="from mediakit.tasks import find_task; find_task('doubling')")
    assert "the task 'doubling' of doubling-kit cannot be imported" in done.stderr.splitlines()[-1]


def test_our_own_commands_cannot_be_taken_over(tmp_path):
    site = install(tmp_path)
    task = site / "doubling_kit" / "task.py"
    task.write_text(task.read_text().replace('COMMAND = "double"', 'COMMAND = "caption"'))
    assert "Describe photos" in run(site, "--help").stdout
