import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.charts import draw_residuals
from mediakit.tasks.forecasting import methods
from mediakit.tasks.forecasting.backtest import backtest, origins, scores
from mediakit.tasks.forecasting.forecast import Prediction

LEVELS = (80, 95)


def test_growth_in_percent_is_forecast_on_a_scale_of_logarithms():
    values = 100 * 1.02 ** np.arange(120) * np.exp(np.random.default_rng(0).normal(size=120) * 0.01)
    assert methods.best_scale(values, 1)[0].log
    made = methods.ar(values, 12, 1, LEVELS)
    assert made.mean[-1] == pytest.approx(100 * 1.02**131, rel=0.1)
    assert (made.intervals[95][:, 0] > 0).all()


def test_intervals_of_a_known_process_have_the_right_width():
    rng = np.random.default_rng(0)
    values = [0.0, 0.0]
    for _ in range(4000):
        values.append(1 + 0.6 * values[-1] - 0.3 * values[-2] + rng.normal())
    made = methods.ar(np.array(values), 100, 1, LEVELS)
    deviation = np.sqrt(1.3 / (0.7 * (1.3**2 - 0.6**2)))  # of an AR(2): Box and Jenkins 1970, section 3.2
    assert made.mean[-1] == pytest.approx(1 / 0.7, abs=0.15)
    assert np.diff(made.intervals[95][-1])[0] == pytest.approx(2 * 1.96 * deviation, rel=0.07)


@pytest.mark.parametrize("method", [methods.ar, methods.naive, methods.seasonal_naive, methods.drift])
@pytest.mark.parametrize("values", [np.full(60, 5.0), np.arange(40.0), np.array([1.0, 2, 1, 2]), np.full(30, 1e12)])
def test_every_method_answers_simple_series_with_finite_numbers(method, values):
    for season in (1, 4, 12):
        made = method(values, 6, season, LEVELS)
        assert np.isfinite(made.mean).all() and all(np.isfinite(pairs).all() for pairs in made.intervals.values())
        assert (made.intervals[95][:, 0] <= made.intervals[80][:, 0] + 1e-9).all()


def test_naive_methods_repeat_and_draw_lines():
    values = np.array([1.0, 5, 2, 6, 3, 7])
    assert methods.naive(values, 3, 2, LEVELS).mean.tolist() == [7, 7, 7]
    assert methods.seasonal_naive(values, 3, 2, LEVELS).mean.tolist() == [3, 7, 3]
    np.testing.assert_allclose(methods.drift(values, 2, 1, LEVELS).mean, [8.2, 9.4])


@pytest.mark.parametrize(
    ("values", "bounded"),
    [([0, 3, 0, 1, 2, 0] * 6, True), ([0.0, 2.5, 0.0, 0.3] * 9, True), ([0.4, 2.5, 0.1, 0.3] * 9, False), ([0, -3, 2, 1] * 9, False)],
    ids=["counts", "rain", "positive", "of both signs"],
)
def test_amounts_are_never_forecast_below_zero(values, bounded):
    made = methods.at_least_zero(methods.ar)(np.array(values, float), 8, 1, LEVELS)
    plain = methods.ar(np.array(values, float), 8, 1, LEVELS)
    lowest = 0 if bounded else -np.inf
    np.testing.assert_array_equal(made.mean, np.maximum(plain.mean, lowest))
    np.testing.assert_array_equal(made.intervals[95], np.maximum(plain.intervals[95], lowest))
    assert not bounded or plain.intervals[95].min() < 0


def test_the_equation_gives_back_the_forecast():
    values = np.random.default_rng(2).normal(size=400) + 20
    scale, model = methods.best_scale(values, 1)
    text = methods.equation(scale, model)
    assert "Y_t" in text and "stationary" in text and "e_t ~ N(0" in text


def test_scores_by_hand():
    made = Prediction(np.array([1.0, 3.0]), {95: np.array([[0.0, 2.0], [2.0, 4.0]])})
    found = scores(made, np.array([2.0, 5.0]), np.array([0.0, 1.0, 0.0, 1.0]), 1)
    assert found["MAE"] == 1.5 and found["MASE"] == 1.5 and found["coverage_95"] == 50
    assert found["RMSE"] == pytest.approx(np.sqrt(2.5)) and found["interval_score"] == pytest.approx(2 + 40 * 1 / 2)
    assert found["sMAPE"] == pytest.approx(100 * (1 / 3 * 2 + 2 / 8 * 2) / 2)


def test_a_backtest_sees_nothing_of_what_it_forecasts():
    seen = []

    def spy(values, horizon, season, levels):
        seen.append((len(values), values[-1]))
        return methods.naive(values, horizon, season, (95,))

    backtest(np.arange(100.0), {"spy": spy}, 10, 1, 3)
    assert seen == [(70, 69), (80, 79), (90, 89)]
    with pytest.raises(InputError, match="too few"):
        origins(14, 10, 3)


def test_residuals_are_drawn_with_what_correlates_in_them():
    series, first, second = draw_residuals(np.sin(np.arange(90) / 3))
    assert series.size == first.size == second.size
    bar = np.asarray(first.convert("L")).min(axis=0) < 100  # columns that hold a bar or the frame
    assert bar.sum() > 60
    assert np.asarray(first).tobytes() != np.asarray(second).tobytes()
