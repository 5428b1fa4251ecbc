import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import DataError
from mediakit.tasks.traffic.metrics import block_sums, evaluate, examples, future, linear, persistence, statistics


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    speeds = 50 + 8 * np.sin(np.arange(200)[:, None] / 9 + np.arange(4)) + rng.normal(size=(200, 4))
    (tmp_path / "speeds.csv").write_text("\n".join(",".join(f"{cell:.3f}" for cell in row) for row in speeds))
    (tmp_path / "adjacency.csv").write_text("1,1,0,0\n1,1,1,0\n0,1,1,1\n0,0,1,1\n")
    return tmp_path


CONFIG = {"train_part": 0.8, "minutes": 5}


def test_examples_are_the_moments_that_training_held_out(folder):
    found = examples(folder, "val", CONFIG)
    assert [one.origin for one in found] == list(range(160, 199))
    with pytest.raises(DataError, match="no split 'test'"):
        examples(folder, "test", CONFIG)


def test_errors_at_a_step_alone_and_up_to_it():
    truth = np.full((30, 12, 2), 50.0)
    truth[25:, 3:] = np.nan
    made = truth + np.arange(12)[:, None]  # no error at 5 minutes, 11 at 60
    found = statistics(5)(block_sums(made, truth))
    assert found["RMSE_60"] == pytest.approx(11) and found["MAE_15"] == pytest.approx(2) and found["MAPE_15"] == pytest.approx(4)
    assert found["RMSE_to_15"] == pytest.approx(np.sqrt((0 + 1 + 4) / 3))


def test_baselines_and_intervals(folder):
    found = evaluate(mediakit.load(DATA / "tiny_traffic"), examples(folder, "val", CONFIG))
    low, high = found.intervals["RMSE_60"]
    assert found.examples == 39 and low <= found.values["RMSE_60"] <= high
    assert found.baselines["linear AR(12), time of day"]["RMSE_60"] < found.baselines["persistence"]["RMSE_60"]


def test_the_linear_model_learns_from_training_rows_alone(folder):
    found = examples(folder, "val", CONFIG)
    changed = found[0].speeds.copy()
    changed[175:] += 30
    one, other = (linear(speeds, found[0].slots, 160, found[:10]) for speeds in (found[0].speeds, changed))
    np.testing.assert_array_equal(one, other)
    assert persistence(found[0].speeds, found).shape == (39, 12, 4)
    assert np.isnan(future(found[0].speeds, np.array([198]))[0, 1:]).all()
