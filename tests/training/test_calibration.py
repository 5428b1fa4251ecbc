"""The temperature and the energy of a classifier."""

import numpy as np
import pytest

from mediakit.training.calibration import energies, fit_temperature


def test_the_temperature_undoes_a_scale():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 5)) * 2
    exponentials = np.exp(logits)
    labels = np.array([rng.choice(5, p=row / row.sum()) for row in exponentials])
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, rel=0.1)
    assert fit_temperature(logits / 2, labels) == pytest.approx(0.5, rel=0.1)


def test_the_energy_is_low_where_a_class_is_supported():
    low, high = energies(np.array([[9.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), 1.0)
    assert low < -9 and high == pytest.approx(-np.log(3))
