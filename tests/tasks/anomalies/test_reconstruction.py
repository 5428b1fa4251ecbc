import numpy as np

from mediakit.datasets.anomaly_series import read_normal
from mediakit.tasks.anomalies.reconstruction import ReconstructionDetector


class MeanOfWindow:
    """Writes the last row as the mean of its window."""

    def __init__(self, window):
        self.inputs = ({"shape": [1, window, 2]},)

    def __call__(self, rows):
        return {"last": rows.mean(axis=1)}


def test_rows_that_are_written_badly_are_anomalies_and_blocks_do_not_matter():
    values = np.random.default_rng(0).normal(size=(700, 2))
    values[600:610] += 8
    values[300, 0] = np.nan
    whole = ReconstructionDetector.of(2).follow(MeanOfWindow(20), values)
    assert whole.anomaly[601:610].all() and whole.anomaly[100:600].mean() < 0.05
    detector = ReconstructionDetector.of(2)
    parts = [detector.follow(MeanOfWindow(20), values[begin : begin + 33]).score for begin in range(0, 700, 33)]
    np.testing.assert_allclose(np.concatenate(parts), whole.score)


def test_nothing_is_written_before_all_channels_have_had_a_value():
    values = np.random.default_rng(0).normal(size=(500, 2)) + 1000
    values[:100, 1] = np.nan
    found = ReconstructionDetector.of(2).follow(MeanOfWindow(20), values)
    assert np.isnan(found.expected[:119]).all() and np.isfinite(found.expected[119:, :, 0]).all()
    assert not found.anomaly.any()


def test_normal_rows_end_before_the_first_anomaly(tmp_path):
    (tmp_path / "a.csv").write_text("x,y,anomaly\n1,5,0\n2,,0\n9,9,1\n3,3,0\n")
    data = read_normal(tmp_path)
    assert data.channels == ["x", "y"] and data.tables[0].tolist() == [[1, 5], [2, 5]]
    assert data.windows(2, 0, 1).shape == (1, 2, 2)
