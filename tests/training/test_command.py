"""`mediakit train --dry-run`: whatever is wrong with a recipe is found before training, and said in one line."""

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import numpy as np
from PIL import Image

from mediakit.errors import RecipeError
from mediakit.training import command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for name in ("cats", "dogs"):
        (folder / name).mkdir()
        for i in range(6):
            Image.fromarray(np.random.default_rng(i).integers(0, 256, (9, 9), np.uint8)).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture
def dry_run(repository, folder, tmp_path, monkeypatch):
    """Dry-runs the LeNet recipe with a part of its text replaced."""
    text = (repository / "recipes" / "lenet.py").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(old="", new=""):
        assert old in text
        (tmp_path / "mine.py").write_text(text.replace(old, new), encoding="utf-8")
        command.train("mine.py", folder, None, {"size": 28, "batch_size": 4}, dry_run=True)

    return run


def test_it_prints_what_there_is_to_know_and_leaves_nothing(dry_run, tmp_path, capsys):
    dry_run()
    out = capsys.readouterr().out
    assert '"batch_size": 4' in out and "parameters: 43,746" in out
    assert "image: uint8 [4, 28, 28, 1]" in out and "label: int32 [4]" in out
    assert "one step: loss 0." in out or "one step: loss 1." in out
    assert "model folder: card.md, classes.txt, classifier.tflite, manifest.json" in out
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {"mine.py"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("layers.Flatten()(x)", "layers.Flattten()(x)", r"mine\.py: build, line \d+: AttributeError"),
        ("return [training]", "return training", "mine.py: phases must return a list or tuple, not a Phase"),
        ("loss=\"sparse_categorical_crossentropy\"", "loss=lambda y, p: y.missing", r"mine\.py: phase training, line \d+: AttributeError"),
        ("return [training]", "from dataclasses import replace\n    return [replace(training, batches=lambda epoch, start: [(1, 2)])]",
         r"mine\.py: phase training: batches yields a tuple"),
        ("Export(model, batch=1)", "Export(model.get_layer('none'), batch=1)", r"mine\.py: networks, line \d+: ValueError: No such layer"),
        ("path.write_text", "path.write_tekst", r"mine\.py: files, line \d+: AttributeError"),
        ('name="probabilities"', 'name="scores"', r"mine\.py: the task classification cannot use its networks.*: the classifier lacks"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(dry_run, old, new, message):
    with pytest.raises(RecipeError, match=message) as raised:
        dry_run(old, new)
    assert "\n" not in str(raised.value)


def test_a_task_that_is_not_installed_is_said(dry_run, capsys):
    dry_run('TASK = "classification"', 'TASK = "sketching"')
    assert "no task 'sketching' is installed" in capsys.readouterr().err
