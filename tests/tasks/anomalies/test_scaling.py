import numpy as np
import pytest

from mediakit.tasks.anomalies.predictor import student_quantile
from mediakit.tasks.anomalies.scaling import RunningScale, compress, expand


def test_the_scale_follows_a_series_from_earlier_values_alone():
    values = 100 + 3 * np.random.default_rng(0).normal(size=2000)
    before = RunningScale().follow(values)
    assert before[-1] == pytest.approx([100, 3 * np.sqrt(2 / np.pi)], rel=0.1)
    changed = values.copy()
    changed[1000:] += 50
    np.testing.assert_array_equal(RunningScale().follow(changed)[:1001], before[:1001])


def test_an_outlier_hardly_moves_the_scale():
    values = np.random.default_rng(0).normal(size=1000)
    values[500] = 1e6
    assert RunningScale().follow(values)[-1, 1] < 1.2


def test_compression_can_be_undone_and_keeps_the_order():
    values = np.array([-1e6, -3.0, 0.0, 0.5, 40.0, 1e9])
    near = compress(values, np.array(2.0), np.array(3.0))
    assert (np.diff(near) > 0).all() and abs(near).max() < 25
    np.testing.assert_allclose(expand(near, np.array(2.0), np.array(3.0)), values, rtol=1e-6)


def test_student_quantiles():
    scipy = pytest.importorskip("scipy.stats")
    freedom = np.array([2.5, 4.0, 10.0, 50.0])
    np.testing.assert_allclose(student_quantile(1.96, freedom), scipy.t.ppf(0.975, freedom), rtol=0.03)
