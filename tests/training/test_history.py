"""What a run has measured, as a Python user sees it."""

import json

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from mediakit.training.history import History

ROWS = [
    {"phase": "decoder", "epoch": 1, "seconds": 2.0, "loss": 3.0, "validation_cider": 0.1},
    {"phase": "decoder", "epoch": 2, "seconds": 2.0, "loss": 2.0, "validation_cider": 0.2},
    {"phase": "reward", "epoch": 1, "seconds": 2.0, "loss": 0.5, "reward": 0.4, "validation_cider": 0.3},
]


@pytest.fixture
def history(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return History.of(tmp_path)


def test_columns_have_one_entry_per_epoch(history, tmp_path):
    assert history.metrics["loss"] == [3.0, 2.0, 0.5] and history.metrics["reward"] == [None, None, 0.4]
    assert history.model == tmp_path / "model"
    assert repr(history) == f"History({tmp_path}: 3 epochs; loss 0.5, reward 0.4, validation_cider 0.3)"


def test_curves_of_the_loss_and_the_validation_metrics(history):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure = history.plot()
    assert [axis.get_title() for axis in figure.axes] == ["loss", "cider"]
    assert figure.axes[1].lines[0].get_ydata().tolist() == [0.1, 0.2, 0.3]
    pyplot.close(figure)


def test_before_the_first_epoch(tmp_path):
    assert repr(History.of(tmp_path)) == f"History({tmp_path}: no epoch yet)" and History.of(tmp_path).metrics == {}
