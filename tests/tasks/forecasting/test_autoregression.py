import numpy as np
import pytest

from mediakit.media.seasons import partial_autocorrelation
from mediakit.tasks.forecasting import autoregression


def simulated(coefficients, steps, seed=0, intercept=1.0):
    rng = np.random.default_rng(seed)
    values = np.zeros(steps + 200)
    for t in range(len(coefficients), len(values)):
        values[t] = intercept + sum(c * values[t - 1 - i] for i, c in enumerate(coefficients)) + rng.normal()
    return values[200:]


@pytest.mark.parametrize("lags", [(1,), (1, 2, 3), (1, 4, 5), (12, 1)])
def test_the_fit_is_that_of_statsmodels(lags):
    autoreg = pytest.importorskip("statsmodels.tsa.ar_model").AutoReg
    values = simulated([0.6, -0.3], 300)
    ours = autoregression.fit(values, sorted(lags))
    theirs = autoreg(values, sorted(lags)).fit()
    np.testing.assert_allclose([ours.intercept, *ours.coefficients], theirs.params, atol=1e-6)
    np.testing.assert_allclose(ours.predict(values, 20), theirs.forecast(20), atol=1e-6)
    np.testing.assert_allclose(ours.residuals, theirs.resid, atol=1e-6)
    # statsmodels divides by the number of residuals, we by their degrees of freedom.
    freedom = len(ours.residuals) - len(lags) - 1
    np.testing.assert_allclose(ours.variance * freedom / len(ours.residuals), theirs.sigma2, rtol=1e-6)


def test_criteria_are_those_of_separate_fits_on_the_same_rows():
    values = simulated([0.6, -0.3], 200)
    lags = [1, 2, 3, 7]
    scores = autoregression.criteria(values, lags)
    for order in range(len(lags) + 1):
        rows = np.stack([np.ones(193), *(values[7 - lag : 200 - lag] for lag in lags[:order])], axis=1)
        residuals = values[7:] - rows @ np.linalg.lstsq(rows, values[7:], rcond=None)[0]
        k = order + 2
        assert scores[order] == pytest.approx(193 * np.log(residuals @ residuals / 193) + 2 * k + 2 * k * (k + 1) / (193 - k - 1))


def test_the_order_of_a_known_process_is_found():
    model = autoregression.fit_best(simulated([0.6, -0.3], 4000), 1)
    assert model.difference == 0 and model.lags[:2] == (1, 2) and len(model.lags) < 6
    np.testing.assert_allclose(model.coefficients[:2], [0.6, -0.3], atol=0.05)
    assert model.largest_root < 1


def test_a_random_walk_is_differenced_and_not_stationary():
    walk = np.cumsum(np.random.default_rng(1).normal(size=2000))
    assert autoregression.fit_best(walk, 1).predict(walk, 50)[-1] == pytest.approx(walk[-1], abs=3)
    assert autoregression.fit(np.cumsum(walk), (1, 2)).largest_root > 0.99


@pytest.mark.parametrize("difference", [0, 1, 4])
def test_the_impulse_response_is_the_difference_that_an_innovation_makes(difference):
    values = simulated([0.5, 0.2], 200)
    differenced = values[difference:] - values[: len(values) - difference] if difference else values
    model = autoregression.replace(autoregression.fit(differenced, (1, 2, 5)), difference=difference)
    pushed = values.copy()
    pushed[-1] += 1
    np.testing.assert_allclose(model.predict(pushed, 9) - model.predict(values, 9), model.impulse_response(10)[1:], atol=1e-9)


def test_seasonal_differences_repeat_a_season_exactly():
    season = np.array([3.0, 1, 4, 1, 5, 9, 2])
    model = autoregression.fit_best(np.tile(season, 20) + np.random.default_rng(0).normal(size=140) * 1e-6, 7)
    np.testing.assert_allclose(model.predict(np.tile(season, 20), 14), np.tile(season, 2), atol=1e-3)


def test_partial_autocorrelation_is_that_of_statsmodels():
    stattools = pytest.importorskip("statsmodels.tsa.stattools")
    values = simulated([0.6, -0.3], 300)
    np.testing.assert_allclose(partial_autocorrelation(values, 10), stattools.pacf(values, 10, method="ldb"), atol=1e-8)
